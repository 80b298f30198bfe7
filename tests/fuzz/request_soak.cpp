// Feeds a given number of bytes of mutated requests to the request reader and checks what must hold for each stream:
// build/asan/bin/request_soak 100000000. Prints what was found; exit code 1 with the stream that broke a promise.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>

#include "tests/fuzz/request_check.h"
#include "tests/fuzz/request_mutations.h"

int main(int count, char** arguments) {
  if (count < 2) {
    std::fprintf(stderr, "usage: request_soak BYTES [SEED]\n");
    return 2;
  }
  const std::uint64_t wanted = std::strtoull(arguments[1], nullptr, 10);
  const std::uint64_t seed = count > 2 ? std::strtoull(arguments[2], nullptr, 10) : 1;
  hotlap::targets::RequestMutations mutations(seed);
  std::uint64_t bytes = 0;
  std::uint64_t streams = 0;
  std::map<std::string, std::uint64_t> ends;
  while (bytes < wanted) {
    const auto stream = mutations.next();
    const auto check = hotlap::targets::check_requests(stream, seed + streams, streams % 8 == 0);
    if (!check.broken.empty()) {
      std::printf("stream %llu of seed %llu: %s\n", static_cast<unsigned long long>(streams),
                  static_cast<unsigned long long>(seed), check.broken.c_str());
      return 1;
    }
    bytes += stream.size();
    ++streams;
    const auto last = check.conversation.rfind("; ");
    ++ends[last == std::string::npos ? check.conversation : check.conversation.substr(last + 2)];
  }
  std::printf("%llu bytes in %llu streams, seed %llu; they ended", static_cast<unsigned long long>(bytes),
              static_cast<unsigned long long>(streams), static_cast<unsigned long long>(seed));
  for (const auto& [end, times] : ends) std::printf(" · %s %llu", end.c_str(), static_cast<unsigned long long>(times));
  std::printf("\n");
  return 0;
}
