#include "harness/work_folder.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace hotlap::harness {
namespace {

namespace fs = std::filesystem;

class WorkFolders : public testing::Test {
 protected:
  void SetUp() override {
    parent_ = fs::path(testing::TempDir()) / ("hotlap-folders-" + std::to_string(::getpid()));
    fs::create_directories(parent_);
    const char* known = std::getenv("TMPDIR");
    before_ = known ? known : "";
    ::setenv("TMPDIR", parent_.c_str(), 1);
  }
  void TearDown() override {
    if (before_.empty())
      ::unsetenv("TMPDIR");
    else
      ::setenv("TMPDIR", before_.c_str(), 1);
    std::error_code ignored;
    fs::remove_all(parent_, ignored);
  }
  static void make_old(const fs::path& folder) {
    const timespec long_ago[2] = {{.tv_sec = 1, .tv_nsec = 0}, {.tv_sec = 1, .tv_nsec = 0}};
    ASSERT_EQ(::utimensat(AT_FDCWD, folder.c_str(), long_ago, 0), 0);
  }

  fs::path parent_;
  std::string before_;
};

TEST_F(WorkFolders, GoWithTheirOwner) {
  std::string path;
  {
    auto folder = WorkFolder::create();
    ASSERT_TRUE(folder);
    path = folder->path();
    std::ofstream(path + "/file") << "x";
    const auto moved = std::move(*folder);
    EXPECT_TRUE(fs::exists(path));
  }
  EXPECT_FALSE(fs::exists(path));
}

TEST_F(WorkFolders, ThatNobodyHoldsAreRemoved) {
  const auto held = WorkFolder::create();
  ASSERT_TRUE(held);
  make_old(held->path());
  const auto abandoned = parent_ / "hotlap-work-abcdef";
  const auto young = parent_ / "hotlap-work-ghijkl";
  const auto other = parent_ / "somebody-elses";
  for (const auto& folder : {abandoned, young, other}) fs::create_directories(folder / "data");
  make_old(abandoned);
  make_old(other);
  WorkFolder::remove_abandoned();
  EXPECT_FALSE(fs::exists(abandoned));
  EXPECT_TRUE(fs::exists(young));
  EXPECT_TRUE(fs::exists(other));
  EXPECT_TRUE(fs::exists(held->path()));
}

}  // namespace
}  // namespace hotlap::harness
