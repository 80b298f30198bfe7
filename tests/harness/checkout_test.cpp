#include "harness/checkout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/process.h"
#include "base/program_path.h"

namespace hotlap::harness {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Ne;

// A repository of two commits, made for the test.
class CheckOut : public testing::Test {
 protected:
  void SetUp() override {
    if (!find_program("git")) GTEST_SKIP() << "git is not installed";
    folder_ =
        std::filesystem::path(testing::TempDir()) / ("hotlap-checkout-" + std::to_string(::getpid()) + "-" +
                                                     testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::create_directories(folder_ / "repository");
    shell(
        "git init -q . && git config user.email a@example.org && git config user.name A && "
        "echo one >page && git add page && git commit -q -m one && git tag v1 && "
        "echo two >page && git commit -q -a -m two");
  }
  void TearDown() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  void shell(const std::string& script) const {
    auto process = Process::start({.arguments = {"sh", "-c", script}, .working_directory = folder_ / "repository"});
    ASSERT_TRUE(process);
    const auto exit = process->wait(std::chrono::seconds(30));
    ASSERT_TRUE(exit && exit->status == 0) << process->output_tail();
  }
  [[nodiscard]] CheckoutRequest request(const std::string& revision, std::vector<std::string> build = {}) const {
    return {.repository = folder_ / "repository",
            .revision = revision,
            .build = std::move(build),
            .timeout = std::chrono::seconds(30),
            .cache = folder_ / "cache"};
  }
  Result<Checkout> check_out(const CheckoutRequest& wanted) {
    return harness::check_out(wanted, stop_, [&](std::string_view text) { said_.emplace_back(text); });
  }
  static std::string contents(const std::filesystem::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  std::filesystem::path folder_;
  StopFlag stop_{false};
  std::vector<std::string> said_;
};

TEST_F(CheckOut, HasTheFilesOfItsRevision) {
  const auto old = check_out(request("v1"));
  const auto now = check_out(request("HEAD"));
  ASSERT_TRUE(old) << old.error().message;
  ASSERT_TRUE(now) << now.error().message;
  EXPECT_EQ(contents(old->source + "/page"), "one\n");
  EXPECT_EQ(contents(now->source + "/page"), "two\n");
  EXPECT_EQ(contents(folder_ / "repository/page"), "two\n");
  EXPECT_THAT(old->commit, AllOf(testing::SizeIs(40), Ne(now->commit)));
  EXPECT_THAT(said_, IsEmpty());
}

TEST_F(CheckOut, IsBuiltOnceInItsOwnFolder) {
  const std::vector<std::string> build = {"sh", "-c", "pwd >built; echo once >>\"$0\"; echo {source} >placeholder",
                                          folder_ / "count"};
  const auto first = check_out(request("v1", build));
  const auto second = check_out(request("v1", build));
  ASSERT_TRUE(first) << first.error().message;
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ(first->source, second->source);
  EXPECT_EQ(contents(first->source + "/built"), first->source + "\n");
  EXPECT_EQ(contents(first->source + "/placeholder"), first->source + "\n");
  EXPECT_EQ(contents(folder_ / "count"), "once\n");
  EXPECT_THAT(said_, ElementsAre(HasSubstr("building v1")));
}

TEST_F(CheckOut, OfAnotherBuildIsAnother) {
  const auto one = check_out(request("v1", {"true"}));
  const auto other = check_out(request("v1", {"sh", "-c", "true"}));
  ASSERT_TRUE(one && other);
  EXPECT_NE(one->source, other->source);
}

TEST_F(CheckOut, TellsWhatABuildSaidThatFailed) {
  const auto failed = check_out(request("v1", {"sh", "-c", "echo no such header >&2; exit 3"}));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ExitCode::invalid_run);
  EXPECT_THAT(failed.error().message, AllOf(HasSubstr("the build of v1"), HasSubstr("exit code 3"),
                                            HasSubstr("no such header"), HasSubstr(".log")));
  const auto mended = check_out(request("v1", {"true"}));
  EXPECT_TRUE(mended);
}

TEST_F(CheckOut, EndsABuildThatTakesTooLong) {
  auto slow = request("v1", {"tail", "-f", "/dev/null"});
  slow.timeout = std::chrono::milliseconds(1);
  const auto failed = check_out(slow);
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().message, HasSubstr("took longer than"));
}

TEST_F(CheckOut, BeginsAnewWhatAKilledSessionLeftHalfDone) {
  const auto half = check_out(request("v1", {"sh", "-c", "test -e \"$0\" && touch built", folder_ / "allowed"}));
  ASSERT_FALSE(half);
  std::ofstream(folder_ / "allowed") << "yes";
  const auto whole = check_out(request("v1", {"sh", "-c", "test -e \"$0\" && touch built", folder_ / "allowed"}));
  ASSERT_TRUE(whole) << whole.error().message;
  EXPECT_TRUE(std::filesystem::exists(whole->source + "/built"));
}

TEST_F(CheckOut, KnowsChangesThatAreInNoCommit) {
  EXPECT_FALSE(check_out(request("HEAD"))->repository_dirty);
  shell("echo three >page");
  const auto dirty = check_out(request("HEAD"));
  ASSERT_TRUE(dirty);
  EXPECT_TRUE(dirty->repository_dirty);
  EXPECT_EQ(contents(dirty->source + "/page"), "two\n");
}

TEST_F(CheckOut, RefusesWhatGitDoesNotKnow) {
  const auto unknown = check_out(request("v9"));
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ExitCode::bad_config);
  EXPECT_THAT(unknown.error().message, HasSubstr("git knows no revision 'v9'"));
  auto nowhere = request("v1");
  nowhere.repository = "/";
  const auto none = check_out(nowhere);
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error().message, HasSubstr("is in no git repository"));
}

}  // namespace
}  // namespace hotlap::harness
