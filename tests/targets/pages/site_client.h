// What the tests of the pages share: a site to ask, over a store that counts what it is told.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "targets/engines/handler.h"
#include "targets/pages/site.h"
#include "targets/stores/store.h"

namespace hotlap::targets {

struct Response {
  int status = 0;
  std::string head;  // with the status line and the blank line
  std::string body;

  [[nodiscard]] std::optional<std::string> field(const std::string& name) const;
};
[[nodiscard]] Response parse_response(const std::string& bytes);

// Passes operations on to another store and remembers them.
class CountingStore final : public Store, private Link {
 public:
  explicit CountingStore(Store& store) : store_(store) {}
  void lease(LeaseCompletion done) override;
  std::vector<Operation> operations;
  int leases = 0;

 private:
  void carry_out(const Operation& operation, Completion done) override;

  Store& store_;
  LinkLease link_;
};

// The embedded store, provisioned once for all tests of the program.
[[nodiscard]] Store& embedded_store();

// The first row that an operation finds; empty when it finds none.
[[nodiscard]] Tuple first_row(Store& store, const Operation& operation);

// A Site and the requests that it is asked. Pages answer at once over the embedded store.
class SiteClient {
 public:
  explicit SiteClient(SiteServices services);
  Response get(const std::string& target, const std::string& fields = "");
  Response ask(const std::string& method, const std::string& target, const std::string& fields = "",
               const std::string& body = "");
  Response send(const std::string& head);  // any head, as it stands on the wire

 private:
  Response answer(const std::string& head, const std::string& body);
  Site site_;
};

}  // namespace hotlap::targets
