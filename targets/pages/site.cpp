#include "targets/pages/site.h"

#include <fmt/core.h>

#include <cstring>
#include <ctime>

#include "targets/pages/agents.h"
#include "targets/pages/event_bus.h"
#include "targets/pages/form.h"
#include "targets/pages/response_writer.h"
#include "targets/pages/rows.h"
#include "targets/pages/sticker_site.h"
#include "targets/pages/store_limits.h"
#include "targets/pages/templates.h"

namespace hotlap::targets {
namespace {

constexpr std::string_view kHello = "Hello world!";
constexpr std::string_view kUgly = "UGLY";
constexpr std::string_view kPlaintext = "Hello, World!";
// The two pages that never change, as they stand on the wire: 92 and 83 bytes.
constexpr std::string_view kWholeHello =
    "HTTP/1.1 200 OK\r\nContent-Length: 12\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHello world!";
constexpr std::string_view kWholeUgly =
    "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nUGLY";
constexpr std::int64_t kLongestSleepMs = 10'000;
constexpr std::int64_t kPacks = 20;  // unless told how many

// Of a length known here, so that it is compared in place.
template <std::size_t size>
bool equals(std::string_view text, const char (&word)[size]) noexcept {
  return text.size() == size - 1 && std::memcmp(text.data(), word, size - 1) == 0;
}

Reply no_page(int status, std::string sentence, std::string fields = {}) {
  return {
      .status = status, .content_type = kPlainText, .body = std::move(sentence) + '\n', .fields = std::move(fields)};
}

Page sleep_page(Sleeper& sleeper, std::int64_t milliseconds) {
  co_await asleep(sleeper, std::chrono::milliseconds(milliseconds));
  co_return Reply{.content_type = kPlainText, .body = fmt::format("Slept {} ms.\n", milliseconds)};
}

Visitor visitor_of(const http1::RequestHead& head) {
  return {.session = session_in(head.field("cookie").value_or(std::string_view{})),
          .user_agent = std::string(head.field("user-agent").value_or("Not detected"))};
}

}  // namespace

bool Site::handle(const Request& request, std::string& out, Deferral& deferral) {
  const auto& head = request.head;
  const auto path = head.path();
  const bool old_client = head.minor_version == 0;
  if (head.keep_alive && !old_client && equals(head.method, "GET") && append_constant(path, out)) return true;

  const auto* const route = find_route(path);
  const auto write = [this, route, old_client, keep_alive = head.keep_alive, head_only = head.method == "HEAD"](
                         std::string& into, const Reply& reply) {
    if (route && route->stamped) renew_date();
    append_response(into, {.status = reply.status,
                           .content_type = reply.content_type,
                           .body = reply.body,
                           .fields = reply.fields,
                           .server_fields = route && route->stamped ? server_fields_ : std::string_view{},
                           .keep_alive = keep_alive,
                           .old_client = old_client,
                           .head_only = head_only});
  };
  if (!http1::is_known_method(head.method)) {  // RFC 9110 §9.1
    write(out, no_page(501, "There is no such method."));
    return true;
  }
  if (!route) {
    write(out, no_page(404, "There is no such page."));
    return true;
  }
  auto answered = answer(*route, request);
  if (const auto* reply = std::get_if<Reply>(&answered)) {
    write(out, *reply);
    return true;
  }
  auto& page = std::get<Page>(answered);
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

// One copy for the pages that are measured without a database.
bool Site::append_constant(std::string_view path, std::string& out) {
  if (equals(path, "/ugly")) {
    out += kWholeUgly;
  } else if (equals(path, "/")) {
    out += kWholeHello;
  } else if (equals(path, "/plaintext")) {
    renew_date();
    out += plaintext_;
  } else {
    return false;
  }
  return true;
}

Site::Answer Site::answer(const Route& route, const Request& request) {
  const auto method = request.head.method;
  const bool reads = method == "GET" || method == "HEAD";
  if (!reads && !(route.takes_post && method == "POST"))
    return no_page(
        405, fmt::format("{} answers {} only.", route.path, route.takes_post ? "GET, HEAD and POST" : "GET and HEAD"),
        route.takes_post ? "Allow: GET, HEAD, POST\r\n" : "Allow: GET, HEAD\r\n");
  if (route.needs_store) {
    if (services_.store) return read_or_write(route, request);
    return no_page(503, "This page needs a database: start the target with --store.");
  }
  const auto constant = [](std::string_view body, std::string_view content_type = kPlainText) {
    return Reply{.content_type = content_type, .body = std::string(body)};
  };
  switch (route.page) {
    using enum PageName;
    case hello:
      return constant(kHello);
    case ugly:
      return constant(kUgly);
    case plaintext:
      return constant(kPlaintext, "text/plain");
    case json:
      return json_reply();
    case agents_hello:
      return agents_hello_reply();
    case about:
      return Reply{.body = render_about(services_.statistics ? services_.statistics->read() : Statistics{})};
    case sleep:
      return this->sleep(request.head.query());
    default:
      break;
  }
  check(false, "a page without a store is one of the above");
  return Reply{};
}

Site::Answer Site::read_or_write(const Route& route, const Request& request) {
  auto& store = *services_.store;
  const auto count = services_.operations;
  const auto query = request.head.query();
  const auto vote = [&] { return request.head.method == "POST" ? vote_in(request.body) : std::nullopt; };
  switch (route.page) {
    using enum PageName;
    case index:
      return index_page(store, chance_, count, visitor_of(request.head), vote());
    case good:
      return ranking_page(store, count, Ranking::best, visitor_of(request.head));
    case bad:
      return ranking_page(store, count, Ranking::worst, visitor_of(request.head));
    case index_one_call:
      return one_call_index_page(store, chance_, count, visitor_of(request.head), vote());
    case good_one_call:
      return one_call_ranking_page(store, count, Ranking::best, visitor_of(request.head));
    case bad_one_call:
      return one_call_ranking_page(store, count, Ranking::worst, visitor_of(request.head));
    case packs:
      return packs_page(store, form_number(query, "limit").value_or(kPacks));
    case pack_or_sticker: {
      const auto rest = request.head.path().substr(route.path.size());
      const auto slash = rest.find('/');
      if (slash == std::string_view::npos) return pack_page(store, std::string(rest));
      return sticker_page(store, std::string(rest.substr(0, slash)), std::string(rest.substr(slash + 1)));
    }
    case db:
      return db_page(store, chance_);
    case queries:
      return queries_page(store, chance_, asked_rows(query, "queries"));
    case updates:
      return updates_page(store, chance_, asked_rows(query, "queries"));
    case cached_worlds:
      if (!services_.worlds || services_.worlds->empty())
        return no_page(503, "The cache of the world is empty: the database had no such rows when the target started.");
      return cached_worlds_reply(*services_.worlds, chance_, asked_rows(query, "count"));
    case fortunes:
      return fortunes_page(store);
    case agents:
      return agents_page(store);
    case events: {
      auto channel = form_value(query, "channel");
      if (!channel) return bad_request("Which channel? Ask for /events?channel=small, large or any other name.");
      return events_page(store, std::move(*channel));
    }
    case select_sync:
      return store_limit_page(services_.blocking_store ? *services_.blocking_store : store, chance_,
                              StoreLimit::select);
    case select_async:
      return store_limit_page(store, chance_, StoreLimit::select);
    case select_lite:
      return store_limit_page(store, chance_, StoreLimit::select_lite);
    case eval_upsert:
      return store_limit_page(store, chance_, StoreLimit::eval_upsert);
    case upsert:
      return store_limit_page(store, chance_, StoreLimit::upsert);
    case insert:
      return store_limit_page(store, chance_, StoreLimit::insert);
    case replace:
      return store_limit_page(store, chance_, StoreLimit::replace);
    default:
      break;
  }
  check(false, "a page with a store is one of the above");
  return Reply{};
}

Site::Answer Site::sleep(std::string_view query) {
  const auto milliseconds = form_number(query, "ms");
  if (!milliseconds || *milliseconds < 0 || *milliseconds > kLongestSleepMs)
    return bad_request(fmt::format("How long? Ask for /sleep?ms=N with N from 0 to {}.", kLongestSleepMs));
  if (!services_.sleeper) return no_page(503, "This engine gives its pages no timer.");
  return sleep_page(*services_.sleeper, *milliseconds);
}

// TechEmpower's rules ask for Server and Date (RFC 9110 §6.6.1), the date not older than a second.
void Site::renew_date() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME_COARSE, &now);
  if (now.tv_sec == date_second_) return;
  date_second_ = now.tv_sec;
  tm parts{};
  ::gmtime_r(&now.tv_sec, &parts);
  char date[64];
  const auto length = std::strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &parts);
  server_fields_ = fmt::format("Server: Hotlap\r\nDate: {}\r\n", std::string_view(date, length));
  plaintext_.clear();
  append_response(plaintext_, {.content_type = "text/plain", .body = kPlaintext, .server_fields = server_fields_});
}

}  // namespace hotlap::targets
