// Text compared with a file under tests/golden. HOTLAP_REGENERATE_GOLDEN=1 writes the file instead: read the difference
// before keeping it.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

namespace hotlap {

inline void expect_golden(const std::string& name, const std::string& text) {
  const std::string path = std::string(HOTLAP_SOURCE_DIR "/tests/golden/") + name;
  const char* regenerate = std::getenv("HOTLAP_REGENERATE_GOLDEN");
  if (regenerate != nullptr && std::string_view(regenerate) == "1") {
    std::ofstream out(path, std::ios::binary);
    out << text;
    ASSERT_TRUE(out.flush()) << path;
    return;
  }
  std::ifstream in(path, std::ios::binary);
  ASSERT_TRUE(in) << path << " is missing";
  const std::string golden{std::istreambuf_iterator<char>(in), {}};
  EXPECT_EQ(text, golden) << "if this is meant, run again with HOTLAP_REGENERATE_GOLDEN=1";
}

}  // namespace hotlap
