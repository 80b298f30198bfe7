// The wall clock steps an hour in the middle of a run, forwards and back: no figure changes, for none is made with it.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <string>

#include "base/fd.h"
#include "base/process.h"
#include "tests/calibration/known_server.h"
#include "tests/calibration/load_program.h"
#include "tests/calibration/stepped_clock.h"

namespace hotlap::calibration {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kHour = 3600;

// The wall clock of the programs that are started with its environment.
class WallClock {
 public:
  WallClock() {
    const Fd file(::mkstemp(path_.data()));
    check(file && ::ftruncate(file.get(), sizeof(SteppedClock)) == 0, "the temporary folder has room for a clock");
    void* at = ::mmap(nullptr, sizeof(SteppedClock), PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
    check(at != MAP_FAILED, "a file of ours can be mapped");
    clock_ = static_cast<SteppedClock*>(at);
  }
  WallClock(const WallClock&) = delete;
  ~WallClock() {
    ::munmap(clock_, sizeof(SteppedClock));
    std::filesystem::remove(path_);
  }

  void step(std::int64_t seconds) const noexcept { clock_->offset_s = seconds; }
  [[nodiscard]] std::uint64_t stepped_reads() const noexcept { return clock_->stepped_reads; }
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> environment() const {
    const char* sanitizer = std::getenv("ASAN_OPTIONS");
    return {{"LD_PRELOAD", HOTLAP_STEPPED_CLOCK},
            {"HOTLAP_TEST_WALL_CLOCK", path_},
            {"ASAN_OPTIONS", std::string(sanitizer == nullptr ? "" : sanitizer) + ":verify_asan_link_order=0"}};
  }

 private:
  std::string path_ = (std::filesystem::temp_directory_path() / "hotlap-clock-XXXXXX").string();
  SteppedClock* clock_ = nullptr;
};

// Without this, the test below could pass because nothing stepped.
TEST(ClockStep, AProgramUnderTheLibraryReallySeesIt) {
  for (const std::int64_t step : {kHour, -kHour}) {
    const WallClock clock;
    clock.step(step);
    const std::time_t before = std::time(nullptr);
    auto date = Process::start({.arguments = {"date", "+%s"}, .environment = clock.environment()});
    ASSERT_TRUE(date) << date.error().message;
    const auto line = date->read_line(10s);
    ASSERT_TRUE(line);
    EXPECT_GE(std::stoll(*line), before + step - 1) << *line;
    EXPECT_LE(std::stoll(*line), std::time(nullptr) + step + 1) << *line;
    EXPECT_GT(clock.stepped_reads(), 0U);
  }
}

class AClockStep : public testing::TestWithParam<std::tuple<std::int64_t, std::vector<std::string>>> {};

TEST_P(AClockStep, InMidRunChangesNoFigure) {
  const auto& [seconds, arguments] = GetParam();
  const WallClock clock;
  auto server = KnownServer::start({.delay = 2ms});
  ASSERT_TRUE(server);
  const auto run =
      run_load_program(arguments, server->url(),
                       {.environment = clock.environment(), .window_starts = [&, by = seconds] { clock.step(by); }});
  const auto& truth = server->stop();
  const auto& measurement = run.measurement;
  EXPECT_EQ(measurement.total.sent, truth.requests);
  EXPECT_EQ(measurement.total.answered, truth.answered);
  EXPECT_EQ(measurement.total.good, truth.right);
  EXPECT_GT(truth.right, 0U);
  EXPECT_TRUE(measurement.errors.empty()) << run.kinds();
  EXPECT_EQ(measurement.window, 400ms);
  EXPECT_EQ(measurement.series.size(), 1U);
  EXPECT_DOUBLE_EQ(measurement.throughput_per_s, static_cast<double>(measurement.good_in_window) / 0.4);
  if (measurement.loop == "open") {
    EXPECT_EQ(measurement.scheduled, 80U);
  }
  for (const Histogram* times : {&measurement.service_time, &measurement.response_time}) {
    EXPECT_EQ(times->count(), measurement.requests.answered);
    EXPECT_GE(times->min(), 2ms - 2ms / 500);
    EXPECT_LE(times->max(), 60s) << "not an hour";
  }
  EXPECT_GE(measurement.send_lag.min(), 0ns);
  EXPECT_LE(measurement.send_lag.max(), 60s);
  EXPECT_LE(measurement.connect_time.max(), 60s);
}

INSTANTIATE_TEST_SUITE_P(Calibration, AClockStep,
                         testing::Combine(testing::Values(kHour, -kHour),
                                          testing::Values(std::vector<std::string>{"-c", "3", "-d", "400ms"},
                                                          std::vector<std::string>{"-c", "3", "-d", "400ms", "--rate",
                                                                                   "200/s"})),
                         [](const auto& one) {
                           return std::string(std::get<0>(one.param) > 0 ? "Forwards" : "Back") +
                                  (std::get<1>(one.param).size() > 4 ? "OpenLoop" : "ClosedLoop");
                         });

}  // namespace
}  // namespace hotlap::calibration
