#include "tests/simulation/server.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace hotlap::loadgen::simulation {
namespace {

using namespace std::chrono_literals;

// Takes one whole request from the front of `bytes`; false when there is none. Its path names its kind.
bool take_request(std::string_view& bytes, std::uint16_t& kind) {
  const auto head_end = bytes.find("\r\n\r\n");
  if (head_end == std::string_view::npos) return false;
  std::size_t length = head_end + 4;
  constexpr std::string_view kLength = "\r\nContent-Length: ";
  if (const auto at = bytes.substr(0, head_end).find(kLength); at != std::string_view::npos)
    length += std::stoul(std::string(bytes.substr(at + kLength.size(), 9)));
  if (bytes.size() < length) return false;
  kind = static_cast<std::uint16_t>(bytes[bytes.find('/') + 1] - '0');
  bytes.remove_prefix(length);
  return true;
}

}  // namespace

std::vector<std::uint16_t> Server::kinds_in(std::string_view bytes) {
  std::vector<std::uint16_t> kinds;
  for (std::uint16_t kind = 0; take_request(bytes, kind);) kinds.push_back(kind);
  return kinds;
}

bool Server::happens(Trouble trouble) {
  return world_.has(trouble) && dice_.chance(world_.trouble_share);
}

Instant Server::ready(Conversation& with, Instant now) {
  Nanos service = world_.mean_service;
  if (world_.law == ServiceLaw::exponential) service = dice_.exponential(service);
  if (world_.law == ServiceLaw::heavy_tail) service = dice_.heavy_tail(service);
  Instant at = now + world_.one_way;
  if (world_.law == ServiceLaw::batch)
    at.ns = (at.ns / service.count() + 1) * service.count();
  else
    at = (world_.one_at_a_time ? std::max(at, with.free_at) : at) + service;
  if (at >= stall_ && at < stall_ + world_.stall_for) at = stall_ + world_.stall_for;
  with.free_at = at;
  return at + world_.one_way;
}

void Server::accepts(Conversation& with, Instant now) {
  if (!happens(Trouble::speaks_first)) return;
  const Instant at = now + dice_.between(0ns, 2 * world_.mean_service);
  if (dice_.chance(0.3))
    say_garbage(with, at);
  else
    say_unasked(with, at);
  with.mute = true;
}

void Server::receives(Conversation& with, std::string_view bytes, Instant now) {
  if (with.mute) return;
  with.inbox += bytes;
  std::string_view rest = with.inbox;
  for (std::uint16_t kind = 0; !with.mute && take_request(rest, kind);) answer(with, kind, now);
  with.inbox.erase(0, with.inbox.size() - rest.size());
}

// All that has been said and has no time yet is there at `at`; with some troubles in pieces and later.
void Server::deliver(Conversation& with, Instant at) {
  const std::size_t from = with.planned;
  const std::size_t to = with.stream.bytes.size();
  at = std::max(at, with.last_at);
  if (happens(Trouble::drip) && to - from < 2000) {
    const Nanos gap = dice_.between(100ns, std::max<Nanos>(world_.spec.timeout / 50, 200ns));
    for (std::size_t upto = from + 1; upto < to; ++upto, at = at + gap)
      with.actions.push_back({.at = at, .upto = upto});
  } else if (to - from > 20'000 || happens(Trouble::split)) {
    std::vector<std::size_t> cuts;
    for (auto n = dice_.between(1, 4); n > 0; --n)
      cuts.push_back(from + static_cast<std::size_t>(dice_.below(std::max<std::size_t>(to - from, 1))));
    std::ranges::sort(cuts);
    for (const auto upto : cuts) {
      if (upto == from) continue;
      with.actions.push_back({.at = at, .upto = upto});
      at = at + dice_.between(0ns, 200us);
    }
  }
  with.actions.push_back({.at = at, .upto = to});
  with.planned = to;
  with.last_at = at;
}

void Server::end(Conversation& with, Instant at, int error) {
  with.last_at = std::max(with.last_at, at);
  with.actions.push_back({.at = with.last_at, .ends = true, .error = error});
  with.mute = true;
}

void Server::say_interim(Conversation& with, Instant now) {
  auto& bytes = with.stream.bytes;
  for (auto n = dice_.between(1, 4); n > 0; --n) {
    StreamItem item{.kind = StreamItem::Kind::interim, .begin = bytes.size(), .status = 103};
    bytes += "HTTP/1.1 103 Early Hints\r\nContent-Length: 0\r\nLink: </a.css>\r\n\r\n";
    item.head_end = item.end = bytes.size();
    with.stream.items.push_back(item);
    if (dice_.chance(0.5)) deliver(with, now + world_.one_way);
  }
}

// What is no HTTP, with the place of the byte that tells.
void Server::say_garbage(Conversation& with, Instant at) {
  struct Garbage {
    std::string_view until_known, rest;
  };
  static constexpr std::array<Garbage, 6> kGarbage = {{
      {"S", "SH-2.0-OpenSSH_9.2\r\n"},
      {"\n", "HTTP/1.1 200 OK\r\n\r\n"},
      {{"HTTP/1.1 200 OK\r\nX: a\0", 22}, "b\r\n\r\n"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n", "\r\nabc"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 0x10\r\n", "\r\n"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", "0\r\n\r\n"},
  }};
  // The last one is none in an answer to HEAD, which has no body to be unsure of.
  const bool head = std::ranges::any_of(world_.kinds, [](const auto& kind) { return kind.head; });
  const auto garbage = kGarbage[dice_.below(kGarbage.size() - (head ? 1 : 0))];
  auto& stream = with.stream;
  StreamItem item{.kind = StreamItem::Kind::garbage, .begin = stream.bytes.size()};
  stream.bytes += garbage.until_known;
  item.head_end = item.end = stream.bytes.size();
  stream.bytes += garbage.rest;
  stream.items.push_back(item);
  deliver(with, at);
  with.mute = true;
}

// A response that nobody asked for; framed alike for every method.
void Server::say_unasked(Conversation& with, Instant at) {
  auto& stream = with.stream;
  StreamItem item{.begin = stream.bytes.size(), .status = 408};
  stream.bytes += "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n";
  item.head_end = item.end = stream.bytes.size();
  stream.items.push_back(item);
  deliver(with, at);
}

std::string Server::head_of(StreamItem& item, std::size_t body_bytes, bool chunked, bool until_close) {
  std::string head = fmt::format("HTTP/1.1 {} {}\r\n", item.status, dice_.chance(0.5) ? "Whatever" : "");
  if (dice_.chance(0.3)) head += "Server: simulated\r\n";
  if (!item.keep_alive) head += dice_.chance(0.5) ? "Connection: close\r\n" : "connection: foo, Close\r\n";
  if (until_close)
    item.keep_alive = false;
  else if (chunked)
    head += "Transfer-Encoding: chunked\r\n";
  else
    head += fmt::format("{}: {}\r\n", dice_.chance(0.8) ? "Content-Length" : "content-length", body_bytes);
  return head + "\r\n";
}

std::string Server::chunked(std::string_view body) {
  std::string text;
  while (!body.empty()) {
    const auto bytes = std::min<std::size_t>(body.size(), 1 + dice_.below(body.size() + 20));
    text += fmt::format("{:x}{}\r\n{}\r\n", bytes, dice_.chance(0.2) ? ";a=b" : "", body.substr(0, bytes));
    body.remove_prefix(bytes);
  }
  return text + "0\r\n" + (dice_.chance(0.2) ? "Trailer: x\r\n" : "") + "\r\n";
}

void Server::answer(Conversation& with, std::uint16_t kind, Instant now) {
  const bool head_only = world_.kinds[kind].head;
  if (happens(Trouble::silence)) {
    with.mute = true;
    return;
  }
  if (happens(Trouble::interim)) say_interim(with, now);
  const Instant at = ready(with, now);
  if (happens(Trouble::reset_before_response)) return end(with, at, dice_.chance(0.8) ? ECONNRESET : ETIMEDOUT);
  if (happens(Trouble::close_before_response)) return end(with, at, 0);
  if (happens(Trouble::garbage)) return say_garbage(with, at);

  StreamItem item{.begin = with.stream.bytes.size(), .status = 200};
  if (happens(Trouble::other_status)) item.status = dice_.chance(0.5) ? 404 : 500 + static_cast<int>(dice_.below(100));
  const bool no_body = happens(Trouble::no_body);
  if (no_body) item.status = dice_.chance(0.5) ? 204 : 304;
  std::string body = world_.body;
  if (happens(Trouble::wrong_body) && !body.empty()) body[dice_.below(body.size())] = '!';
  if (happens(Trouble::wrong_length)) body.resize(dice_.below(body.size() + 30), '?');
  const bool closes = happens(Trouble::close_announced);
  item.keep_alive = !closes && !happens(Trouble::close_only_announced);
  const bool bodiless = head_only || no_body;
  const bool until_close = !bodiless && dice_.chance(world_.until_close_share);
  const bool in_chunks = dice_.chance(world_.chunked_share);
  auto& stream = with.stream;
  stream.bytes += head_of(item, body.size(), in_chunks, until_close && !bodiless);
  item.head_end = stream.bytes.size();
  if (!bodiless) {
    item.body = body;
    stream.bytes += in_chunks && !until_close ? chunked(body) : body;
  }
  item.end = until_close ? StreamItem::kAtClose : stream.bytes.size();
  stream.items.push_back(item);

  const bool resets = happens(Trouble::reset_in_response);
  if (resets || happens(Trouble::close_in_response) || happens(Trouble::silence_in_response)) {
    const bool silent = !resets && !world_.has(Trouble::close_in_response);
    stream.bytes.resize(item.begin + dice_.below(stream.bytes.size() - item.begin));
    deliver(with, at);
    with.mute = true;
    if (!silent) end(with, at + dice_.between(0ns, 1ms), resets ? ECONNRESET : 0);
    return;
  }
  deliver(with, at);
  if (until_close) {
    with.mute = true;
    if (dice_.chance(0.9)) end(with, with.last_at + dice_.between(0ns, 1ms), 0);
  } else if (closes) {
    end(with, with.last_at + dice_.between(0ns, 1ms), 0);
  } else if (happens(Trouble::close_idle)) {
    end(with, with.last_at + dice_.between(0ns, 5ms), 0);
  } else if (happens(Trouble::reset_idle)) {
    end(with, with.last_at + dice_.between(0ns, 5ms), ECONNRESET);
  } else if (happens(Trouble::extra_response)) {
    say_unasked(with, with.last_at + dice_.between(0ns, 1ms));
    // From here on answers and questions are off by one, which only the same method for all survives.
    with.mute = std::ranges::any_of(world_.kinds, [](const auto& any) { return any.head; });
  }
}

}  // namespace hotlap::loadgen::simulation
