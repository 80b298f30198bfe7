// The live view on a terminal (a pseudo-terminal's other side), and without one.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/ioctl.h>

#include <cstdlib>
#include <memory>

#include "base/fd.h"
#include "loadgen/live_view.h"

namespace hotlap::loadgen {
namespace {

using namespace std::chrono_literals;

load::LoadSpec spec() {
  return {.url = load::Url::parse("http://127.0.0.1:1/").value(), .connections = 3, .duration = 10s};
}

RunningTotals totals(std::int64_t ms) {
  return {.in_flight = 2, .open_connections = 3, .as_of = Instant{ms * 1'000'000 + 1}, .elapsed = ms * 1ms};
}

std::string read_all(int fd) {
  std::string text;
  char buffer[4096];
  for (ssize_t count = 0; (count = ::read(fd, buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<std::size_t>(count));
  return text;
}

TEST(LiveTerminal, ThePanelIsRewrittenInPlaceAndTakenAway) {
  ::setenv("TERM", "xterm", 1);
  const Fd screen(::posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
  ASSERT_TRUE(screen);
  ASSERT_EQ(::grantpt(screen.get()), 0);
  ASSERT_EQ(::unlockpt(screen.get()), 0);
  const winsize size{.ws_row = 24, .ws_col = 41, .ws_xpixel = 0, .ws_ypixel = 0};
  ASSERT_EQ(::ioctl(screen.get(), TIOCSWINSZ, &size), 0);
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> terminal(std::fopen(::ptsname(screen.get()), "w"),
                                                                 [](std::FILE* file) { return std::fclose(file); });
  ASSERT_TRUE(terminal);
  {
    LiveView view(terminal.get(), spec());
    view.show(totals(200));
    EXPECT_EQ(read_all(screen.get()),
              "0.2 s of 10.0 s, 9.8 s left · http://127\x1b[K\r\n"
              "  0/s good · 0/s bad · 2 in flight · 3 o\x1b[K\r\n"
              "  \x1b[K\r\n");
    view.show(totals(400));
    const auto second = read_all(screen.get());
    EXPECT_TRUE(second.starts_with("\x1b[3F0.4 s of 10.0 s")) << second;
  }
  EXPECT_EQ(read_all(screen.get()), "\x1b[3F\x1b[J");
}

TEST(LiveTerminal, WithoutATerminalThereIsALineASecond) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
  const Fd reader(ends[0]);
  std::FILE* writer = ::fdopen(ends[1], "w");
  {
    LiveView view(writer, spec());
    for (int i = -4; i <= 12; ++i) view.show(totals(200 * i));
  }
  std::fclose(writer);
  const std::string rest = ": 0/s good, 0/s bad, 2 in flight, 3 of 3 connections\n";
  EXPECT_EQ(read_all(reader.get()), "0.0 s of 10.0 s, 10.0 s left" + rest + "1.0 s of 10.0 s, 9.0 s left" + rest +
                                        "2.0 s of 10.0 s, 8.0 s left" + rest);
}

}  // namespace
}  // namespace hotlap::loadgen
