#include "harness/output_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

namespace hotlap::harness {
namespace {

TEST(CasesPath, StandsBeforeTheExtension) {
  EXPECT_EQ(table_path("out/trials.csv", "cases"), "out/trials-cases.csv");
  EXPECT_EQ(table_path("trials", "cases"), "trials-cases");
  EXPECT_EQ(table_path("./a.b/c", "cases"), "./a.b/c-cases");
}

TEST(WriteFile, WritesAllOrNamesTheFile) {
  const auto path = testing::TempDir() + "hotlap-output-file-test.txt";
  ASSERT_TRUE(write_file(path, "content"));
  std::ifstream file(path);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), "content");
  const auto refused = write_file("/nowhere/x.html", "content");
  ASSERT_FALSE(refused);
  EXPECT_EQ(
      refused.error().message,
      "file '/nowhere/x.html' cannot be written: folder '/nowhere' does not exist; create it or choose another file");
  EXPECT_EQ(refused.error().code, ExitCode::store_failed);
}

TEST(WriteFile, AFullDiskIsAnError) {
  const auto refused = write_file("/dev/full", std::string(1 << 20, 'x'));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ExitCode::store_failed);
}

}  // namespace
}  // namespace hotlap::harness
