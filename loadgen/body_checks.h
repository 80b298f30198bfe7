// Does a body that streams through hold a text, and what is its SHA-256? Takes it in any pieces and keeps no more of it
// than the end of a piece that may begin the text. Costs linear time in the body whatever the text. Allocates when a
// check is asked for the first time, not after. One per connection; not thread-safe. Source of the hash: OpenSSL.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "loadgen/contract/load_spec.h"

namespace hotlap::loadgen {

class BodyChecks {
 public:
  BodyChecks() noexcept;
  BodyChecks(BodyChecks&&) noexcept;
  BodyChecks& operator=(BodyChecks&&) noexcept;
  ~BodyChecks();

  // A new body. `expect` is the same in all calls about it.
  void begin(const load::Expectation& expect);
  void see(std::string_view bytes, const load::Expectation& expect);
  // At its end. True when nothing of the kind is expected.
  [[nodiscard]] bool holds_text(const load::Expectation& expect) const noexcept;
  [[nodiscard]] bool has_hash(const load::Expectation& expect);

 private:
  struct Hash;

  void search(std::string_view bytes, std::string_view wanted);

  bool found_ = false;
  std::string tail_;  // what was last seen, one byte shorter than the text
  std::unique_ptr<Hash> hash_;
};

}  // namespace hotlap::loadgen
