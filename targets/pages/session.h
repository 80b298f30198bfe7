// Who asks: a visitor with the site's cookie or without, and the operations that his session costs.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "targets/pages/task.h"
#include "targets/stores/store.h"

namespace hotlap::targets {

// How many operations a visitor without cookie costs. The article counts 3 on Good and 9 on Index; the code behind it
// also counts the new user in the server's row: 4 and 10. A visitor with a cookie costs 2 and 8 by either count.
enum class OperationCount : std::uint8_t { article, code };

struct Visitor {
  std::string session;  // from the cookie; empty: a new visitor
  std::string user_agent;
};

// The value of the cookie "session" in a Cookie field; empty when there is none or it is not one of ours.
[[nodiscard]] std::string session_in(std::string_view cookies);

// The header line that gives the cookie, with its CR LF.
[[nodiscard]] std::string session_cookie(std::string_view session);

struct Session {
  std::string id;
  std::string set_cookie;  // the header line for a new visitor, else empty
};

[[nodiscard]] Operation make_uuid();
// Adds the session or, when it is known, one visit to it.
[[nodiscard]] Operation visit(const std::string& session, const std::string& user_agent);

// In this order: for a new visitor a uuid from the database and (`code`) one more user; then the session's upsert.
[[nodiscard]] Task<std::expected<Session, StoreError>> open_session(Link& link, const Visitor& visitor,
                                                                    OperationCount count);

// Seconds since 1970, as rows keep them.
[[nodiscard]] std::int64_t seconds_now() noexcept;

}  // namespace hotlap::targets
