#include "tests/fuzz/request_check.h"

#include <algorithm>

#include "base/random.h"
#include "tests/targets/engines/request_conversation.h"

namespace hotlap::targets {
namespace {

constexpr RequestLimits kLimits{.head_bytes = 512, .body_bytes = 256};  // within reach of a fuzzer's inputs

}  // namespace

RequestCheck check_requests(std::string_view bytes, std::uint64_t cuts, bool bytewise) {
  RequestCheck check;
  check.conversation = request_conversation(bytes, [](std::size_t left) { return left; }, kLimits);
  if (check.conversation.starts_with("(broken)")) check.broken = check.conversation;
  const auto compare = [&](const std::string& other, const char* how) {
    if (check.broken.empty() && other != check.conversation)
      check.broken = std::string(how) + " it is\n" + other + "\nbut in one read\n" + check.conversation;
  };
  Random random(cuts);
  const auto most = random.coin() ? 8 : 64;
  compare(request_conversation(
              bytes,
              [&](std::size_t left) {
                return 1 + static_cast<std::size_t>(
                               random.below(std::min<std::uint64_t>(left, static_cast<std::uint64_t>(most))));
              },
              kLimits),
          "cut in pieces");
  if (bytewise) compare(request_conversation(bytes, [](std::size_t) { return 1; }, kLimits), "byte by byte");
  return check;
}

std::string check_fuzzed_requests(std::string_view input) {
  if (input.size() < 2) return {};
  const auto cuts = static_cast<unsigned char>(input[0]) + 256U * static_cast<unsigned char>(input[1]);
  return check_requests(input.substr(2), cuts, true).broken;
}

}  // namespace hotlap::targets
