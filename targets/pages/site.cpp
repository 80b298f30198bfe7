#include "targets/pages/site.h"

#include <fmt/core.h>

#include <ctime>
#include <nlohmann/json.hpp>

#include "targets/pages/response_writer.h"

namespace hotlap::targets {
namespace {

constexpr std::string_view kPlain = "text/plain; charset=utf-8";
// The two pages that never change, as they stand on the wire: 92 and 83 bytes.
constexpr std::string_view kHello = "Hello world!";
constexpr std::string_view kWholeHello =
    "HTTP/1.1 200 OK\r\nContent-Length: 12\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHello world!";
constexpr std::string_view kUgly = "UGLY";
constexpr std::string_view kWholeUgly =
    "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nUGLY";
constexpr std::string_view kSessionCookie = "session=";

// The value of our cookie in a Cookie field; empty when there is none or it is not a plain token.
std::string session_of(const http1::RequestHead& request) {
  auto cookies = request.field("cookie").value_or(std::string_view{});
  while (!cookies.empty()) {
    const auto end = cookies.find(';');
    auto cookie = cookies.substr(0, end);
    while (cookie.starts_with(' ')) cookie.remove_prefix(1);
    if (cookie.starts_with(kSessionCookie)) {
      const auto value = cookie.substr(kSessionCookie.size());
      const bool plain = value.size() == 36 && value.find_first_not_of("0123456789abcdef-") == std::string_view::npos;
      return plain ? std::string(value) : std::string();
    }
    cookies = end == std::string_view::npos ? std::string_view{} : cookies.substr(end + 1);
  }
  return {};
}

}  // namespace

bool Site::handle(const Request& whole, std::string& out, Deferral& deferral) {
  const auto& request = whole.head;
  const bool head_only = request.method == "HEAD";
  const auto path = request.path();
  const bool keep_alive = request.keep_alive;
  const bool old_client = request.minor_version == 0;
  const auto write = [keep_alive, old_client, head_only](std::string& into, const Reply& reply) {
    append_response(into, {.status = reply.status,
                           .content_type = reply.content_type,
                           .body = reply.body,
                           .fields = reply.fields,
                           .keep_alive = keep_alive,
                           .old_client = old_client,
                           .head_only = head_only});
  };
  const auto constant = [&](std::string_view body, std::string_view whole_response) {
    if (keep_alive && !head_only && !old_client)
      out += whole_response;
    else
      append_response(out, {.content_type = kPlain,
                            .body = body,
                            .keep_alive = keep_alive,
                            .old_client = old_client,
                            .head_only = head_only});
    return true;
  };

  if (!http1::is_known_method(request.method)) {  // RFC 9110 §9.1
    write(out, {.status = 501, .content_type = kPlain, .body = "There is no such method.\n"});
    return true;
  }
  if (!head_only && request.method != "GET") {
    write(out, {.status = 405,
                .content_type = kPlain,
                .body = "Only GET and HEAD are answered here.\n",
                .fields = "Allow: GET, HEAD\r\n"});
    return true;
  }
  if (path == "/") return constant(kHello, kWholeHello);
  if (path == "/ugly") return constant(kUgly, kWholeUgly);
  if (path != "/good" && path != "/bad") {
    write(out, answer_now(path));
    return true;
  }
  if (!store_) {
    write(out, {.status = 503,
                .content_type = kPlain,
                .body = "This page needs a database: start the target with --store.\n"});
    return true;
  }
  auto page = ranking_page(*store_, path == "/good" ? Ranking::best : Ranking::worst, session_of(request),
                           std::string(request.field("user-agent").value_or("Not detected")));
  if (page.ready()) {
    write(out, page.take());
    return true;
  }
  page.when_ready([write, done = deferral.defer()](const Reply& reply) mutable {
    std::string response;
    write(response, reply);
    done(std::move(response));
  });
  return false;
}

Reply Site::answer_now(std::string_view path) {
  if (path == "/about") return {.body = render_about(statistics_)};
  if (path == "/plaintext") return {.content_type = "text/plain", .body = "Hello, World!", .fields = server_fields()};
  if (path == "/json") {
    const nlohmann::json object = {{"message", "Hello, World!"}};
    return {.content_type = "application/json", .body = object.dump(), .fields = server_fields()};
  }
  return {.status = 404, .content_type = kPlain, .body = "There is no such page.\n"};
}

// TechEmpower's rules ask for Server and Date (RFC 9110 §6.6.1), the date not older than a second.
const std::string& Site::server_fields() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME_COARSE, &now);
  if (now.tv_sec != date_second_) {
    date_second_ = now.tv_sec;
    tm parts{};
    ::gmtime_r(&now.tv_sec, &parts);
    char date[64];
    const auto length = std::strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &parts);
    server_fields_ = fmt::format("Server: Hotlap\r\nDate: {}\r\n", std::string_view(date, length));
  }
  return server_fields_;
}

}  // namespace hotlap::targets
