// Replays what the fuzzer was started with and what it has found, in every build.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "base/http1.h"
#include "tests/fuzz/framing_check.h"

namespace hotlap::loadgen {
namespace {

TEST(FuzzCorpus, FramingHoldsForEveryKnownInput) {
  int inputs = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(HOTLAP_SOURCE_DIR "/tests/fuzz/corpus/response_framer")) {
    std::ifstream file(entry.path(), std::ios::binary);
    std::string input{std::istreambuf_iterator<char>(file), {}};
    ++inputs;
    for (int switches = 0; switches < 64; ++switches) {
      input.at(0) = static_cast<char>(switches);
      EXPECT_EQ(check_framing(input), "") << entry.path().filename() << " with switches " << switches;
    }
  }
  EXPECT_GE(inputs, 10);
}

// Around the longest head that is taken, it must not matter either whether the head comes in one piece.
TEST(FuzzCorpus, TheLimitOfAHeadDoesNotDependOnTheReads) {
  const std::string begin = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nX: ";
  for (const std::size_t bytes :
       {http1::kMaxHeadBytes - 1, http1::kMaxHeadBytes, http1::kMaxHeadBytes + 1, http1::kMaxHeadBytes + 70'000}) {
    const std::string head = begin + std::string(bytes - begin.size() - 4, 'x') + "\r\n\r\n";
    for (const char cuts : {'a', 'b', 'c'})
      EXPECT_EQ(check_framing(std::string("\x10") + cuts + "z" + head + "UGLY" + head + "UGLY"), "") << bytes;
  }
}

}  // namespace
}  // namespace hotlap::loadgen
