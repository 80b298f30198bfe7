#include "tests/fuzz/framing_check.h"

#include <fmt/core.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <vector>

#include "loadgen/response_framer.h"

namespace hotlap::loadgen {
namespace {

struct Switches {
  bool to_head, body, body_length, collect, any_status, skip;
};

struct Seen {
  std::vector<std::string> responses;
  bool bad = false;
  std::string broken;  // a promise of the framer's
};

// `cut(left)`: the bytes of the next read, 1 to `left`.
Seen frame(std::string_view bytes, const Switches& switches, const std::function<std::size_t(std::size_t)>& cut) {
  RequestKind asked{.name = {}, .expect = {}, .head = switches.to_head};
  if (switches.body) asked.expect.body = "UGLY";
  if (switches.body_length) asked.expect.body_length = 4;
  if (switches.any_status) asked.expect.status_low = 100, asked.expect.status_high = 599;
  Judge judge;
  judge.collect = switches.collect;
  ResponseFramer framer(judge);
  Seen seen;
  const auto note = [&](const ResponseFramer::Next& next) {
    seen.responses.push_back(fmt::format("{} {} {} [{}] [{}]", next.status, static_cast<int>(next.fault),
                                         next.keep_alive, framer.head(), framer.body()));
  };
  while (!bytes.empty()) {
    if (switches.skip) {
      const auto skipped = std::min<std::uint64_t>(framer.skippable(asked), bytes.size());
      if (skipped > 0) framer.skip(skipped);
      bytes.remove_prefix(skipped);
      if (bytes.empty()) break;
    }
    const std::size_t size = cut(bytes.size());
    const auto piece = std::make_unique_for_overwrite<char[]>(size);  // ends where the read ends
    std::ranges::copy(bytes.substr(0, size), piece.get());
    bytes.remove_prefix(size);
    std::string_view input(piece.get(), size);
    while (true) {
      const std::size_t before = input.size();
      const auto next = framer.next(input, asked);
      if (framer.kept() > http1::kMaxHeadBytes + size) seen.broken = "more than a head and a read is kept";
      if (next.kind == ResponseFramer::Kind::bad) {
        seen.bad = true;
        if (next.why == nullptr) seen.broken = "bad without a reason";
        return seen;
      }
      if (next.kind == ResponseFramer::Kind::need_more) {
        if (!input.empty()) seen.broken = "needs more, but has not used its input";
        break;
      }
      if (input.size() >= before) seen.broken = "a response out of nothing";
      if (!seen.broken.empty()) return seen;
      note(next);
    }
  }
  if (const auto last = framer.end_of_stream(asked)) note(*last);
  return seen;
}

}  // namespace

std::string check_framing(std::string_view input) {
  if (input.size() < 3) return {};
  const bool short_input = input.size() < 8192;  // beyond, byte by byte takes the square of its length
  const auto bits = static_cast<unsigned char>(input[0]);
  const Switches switches{.to_head = (bits & 1) != 0,
                          .body = (bits & 2) != 0,
                          .body_length = (bits & 4) != 0,
                          .collect = (bits & 8) != 0,
                          .any_status = (bits & 16) != 0,
                          .skip = (bits & 32) != 0};
  std::uint32_t state = static_cast<unsigned char>(input[1]) + 256U * static_cast<unsigned char>(input[2]);
  input.remove_prefix(3);
  const auto whole = frame(input, switches, [](std::size_t left) { return left; });
  const auto bytewise =
      frame(input, switches, [&](std::size_t left) { return short_input ? 1 : std::min<std::size_t>(left, 1500); });
  const auto cut = frame(input, switches, [&](std::size_t left) {
    state = state * 1664525U + 1013904223U;
    const std::size_t most = (state >> 8) % 5 == 0 || !short_input ? left : std::min<std::size_t>(left, 64);
    return 1 + (state >> 16) % most;
  });
  for (const auto* other : {&whole, &bytewise, &cut}) {
    if (!other->broken.empty()) return other->broken;
    if (other->responses != whole.responses) return "the responses depend on how they are cut into reads";
    if (other->bad != whole.bad) return "whether it is HTTP depends on how it is cut into reads";
  }
  return {};
}

}  // namespace hotlap::loadgen
