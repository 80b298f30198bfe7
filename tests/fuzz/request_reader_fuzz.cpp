// Any bytes against the request reader, under libFuzzer: build/fuzz/bin/request_reader_fuzz -max_total_time=600
// -max_len=2048 NEW_INPUTS tests/fuzz/corpus/request_reader. What is found goes into the corpus.
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "tests/fuzz/request_check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto broken = hotlap::targets::check_fuzzed_requests({reinterpret_cast<const char*>(data), size});
  if (broken.empty()) return 0;
  std::fprintf(stderr, "%s\n", broken.c_str());
  std::abort();
}
