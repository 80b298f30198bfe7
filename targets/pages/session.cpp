#include "targets/pages/session.h"

#include <fmt/core.h>

#include <ctime>

#include "targets/pages/rows.h"

namespace hotlap::targets {
namespace {

constexpr std::string_view kSessionCookie = "session=";
constexpr std::size_t kUuidBytes = 36;

}  // namespace

std::string session_in(std::string_view cookies) {
  while (!cookies.empty()) {
    const auto end = cookies.find(';');
    auto cookie = cookies.substr(0, end);
    while (cookie.starts_with(' ')) cookie.remove_prefix(1);
    if (cookie.starts_with(kSessionCookie)) {
      const auto value = cookie.substr(kSessionCookie.size());
      const bool ours =
          value.size() == kUuidBytes && value.find_first_not_of("0123456789abcdef-") == std::string_view::npos;
      return ours ? std::string(value) : std::string();
    }
    cookies = end == std::string_view::npos ? std::string_view{} : cookies.substr(end + 1);
  }
  return {};
}

std::string session_cookie(std::string_view session) {
  return fmt::format("Set-Cookie: session={}; Path=/; HttpOnly\r\n", session);
}

std::int64_t seconds_now() noexcept {
  return std::time(nullptr);
}

Operation make_uuid() {
  return {.kind = OperationKind::eval, .text = "return require('uuid').str()"};
}

Operation visit(const std::string& session, const std::string& user_agent) {
  const auto now = seconds_now();
  return {.kind = OperationKind::upsert,
          .space = id_of(Space::sessions),
          .tuple = {session, now, std::int64_t{0}, std::string("127.0.0.1"), user_agent},
          .changes = {{'=', 1, now}, {'+', 2, std::int64_t{1}}, {'=', 4, user_agent}}};
}

Task<std::expected<Session, StoreError>> open_session(Link& link, const Visitor& visitor, OperationCount count) {
  Session session{.id = visitor.session, .set_cookie = {}};
  if (session.id.empty()) {
    const auto ask_uuid = make_uuid();
    const auto uuid = co_await on(link, ask_uuid);
    if (!uuid) co_return std::unexpected(uuid.error());
    if (!uuid->empty()) session.id = text_at(uuid->front(), 0);
    session.set_cookie = session_cookie(session.id);
    if (count == OperationCount::code) {
      const Operation one_more_user{.kind = OperationKind::update,
                                    .space = id_of(Space::server),
                                    .key = {std::int64_t{1}},
                                    .changes = {{'+', 1, std::int64_t{1}}}};
      if (const auto counted = co_await on(link, one_more_user); !counted) co_return std::unexpected(counted.error());
    }
  }
  const auto one_more_visit = visit(session.id, visitor.user_agent);
  if (const auto visited = co_await on(link, one_more_visit); !visited) co_return std::unexpected(visited.error());
  co_return session;
}

}  // namespace hotlap::targets
