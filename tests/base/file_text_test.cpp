#include "base/file_text.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace hotlap {
namespace {

TEST(FileText, IsAllBytesOfAFile) {
  const auto path = testing::TempDir() + "file_text." + std::to_string(::getpid());
  const std::string bytes("first\r\n\0second", 14);
  std::ofstream(path, std::ios::binary) << bytes;
  EXPECT_EQ(file_text(path), bytes);
  std::filesystem::remove(path);
}

TEST(FileText, IsEmptyWhereNothingCanBeRead) {
  EXPECT_EQ(file_text("/nonexistent/file"), "");
  EXPECT_EQ(file_text("/"), "") << "opening a folder succeeds, and reading it fails, as of a process that has ended";
}

}  // namespace
}  // namespace hotlap
