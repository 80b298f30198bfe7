// Any bytes against the response framer, under libFuzzer: build/fuzz/bin/response_framer_fuzz -max_total_time=600
// -max_len=4096 NEW_INPUTS tests/fuzz/corpus/response_framer. What is found goes into the corpus.
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "tests/fuzz/framing_check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto broken = hotlap::loadgen::check_framing({reinterpret_cast<const char*>(data), size});
  if (broken.empty()) return 0;
  std::fprintf(stderr, "%s\n", broken.c_str());
  std::abort();
}
