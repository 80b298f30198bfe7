// All pages behind one handler: finds the page that a path names, starts it with what it needs and writes its reply,
// now or when it has ended. One Site per worker (per connection in the blocking engine); it owns its chance and its
// date.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "targets/engines/handler.h"
#include "targets/pages/chance.h"
#include "targets/pages/page.h"
#include "targets/pages/routes.h"
#include "targets/pages/session.h"
#include "targets/pages/sleeper.h"
#include "targets/pages/statistics.h"
#include "targets/pages/techempower.h"
#include "targets/stores/store.h"

namespace hotlap::targets {

// What the pages may use. Each may be null: pages that need it answer 503. All outlive the Site and every page under
// way.
struct SiteServices {
  Store* store = nullptr;
  Store* blocking_store = nullptr;  // for /select-sync, which blocks its worker; null: `store` serves it
  Sleeper* sleeper = nullptr;
  const CachedStatistics* statistics = nullptr;  // null: zeros
  const std::vector<World>* worlds = nullptr;
  OperationCount operations = OperationCount::code;
  std::uint64_t seed = 1;  // of ids and tokens
};

class Site final : public Handler {
 public:
  explicit Site(const SiteServices& services) : services_(services), chance_(services.seed) {}

  bool handle(const Request& request, std::string& out, Deferral& deferral) override;

 private:
  using Answer = std::variant<Reply, Page>;

  bool append_constant(std::string_view path, std::string& out);
  [[nodiscard]] Answer answer(const Route& route, const Request& request);
  [[nodiscard]] Answer read_or_write(const Route& route, const Request& request);
  [[nodiscard]] Answer sleep(std::string_view query);
  void renew_date();

  SiteServices services_;
  Chance chance_;
  std::int64_t date_second_ = -1;
  std::string server_fields_;  // Server and Date, renewed each second
  std::string plaintext_;      // that page, as it stands on the wire
};

}  // namespace hotlap::targets
