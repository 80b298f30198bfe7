// The sticker site: what every engine serves. Pages without a database are answered in place; Good and Bad are
// coroutines over the Store. One Site per worker (per connection in the blocking engine); it owns nothing but its date.
#pragma once

#include <string>

#include "targets/engines/handler.h"
#include "targets/pages/page.h"
#include "targets/pages/templates.h"
#include "targets/stores/store.h"

namespace hotlap::targets {

class Site final : public Handler {
 public:
  // `store` may be null: then pages that need it answer 503. It must outlive the Site and every page under way.
  Site(Store* store, const Statistics& statistics) : store_(store), statistics_(statistics) {}

  bool handle(const Request& request, std::string& out, Deferral& deferral) override;

 private:
  [[nodiscard]] Reply answer_now(std::string_view path);
  [[nodiscard]] const std::string& server_fields();

  Store* store_;
  const Statistics& statistics_;
  std::int64_t date_second_ = -1;
  std::string server_fields_;  // Server and Date, renewed each second
};

// What /good (best) and /bad (worst) do, in this order: a session (for a visitor without cookie: a uuid from the
// database, one more user, the session's upsert; with cookie: the upsert), then nine rows of the rating index. The
// article's handlers do the same four or two operations (docs/method.md, "The pages").
enum class Ranking { best, worst };
[[nodiscard]] Page ranking_page(Store& store, Ranking ranking, std::string session, std::string user_agent);

// The five figures of the About page, read one after the other; zeros where the store fails.
[[nodiscard]] Statistics read_statistics(Store& blocking_store);

}  // namespace hotlap::targets
