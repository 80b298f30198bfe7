// A server with a known truth, as a program: what a load generator prints beside it shows whether its figures are real.
// Listens on 127.0.0.1. Prints "ready port=N"; at SIGTERM, or after ten minutes, prints what it did as one line of JSON
// and ends.
#include <fmt/core.h>

#include <csignal>
#include <cstdio>
#include <ctime>
#include <optional>
#include <span>
#include <string>

#include "tests/calibration/known_server.h"

namespace {

using namespace hotlap;
using calibration::Behaviour;

constexpr time_t kLongestLifeSeconds = 600;

constexpr const char* kUsage = R"(usage: calibration-server [--port=N] [--spin] BEHAVIOUR
  with --spin it polls instead of sleeping
  batch D               answers all requests of a read together, D after it
  in-turn D             a connection's requests one after another, each takes D
  queue D               all requests one after another: one worker that takes D
  stop AT FOR [EVERY]   answers at once, but nothing for FOR, from AT after the first request on (and again)
  first                 answers the first request of each read and drops the others
  close                 closes after each answer, without notice
  not-found AFTER       404 from AFTER the first request on
  drip GAP              a byte each GAP
  wrong N               each N-th answer has another body
  interim N             N interim responses before each answer
  surplus N             N answers to each request
  crash RATE            ends with code 3 beyond that rate, like 500/s
)";

// Nullopt when the words make no sense.
std::optional<Behaviour> behaviour_of(std::span<char*> words) {
  if (words.empty()) return std::nullopt;
  const std::string name = words[0];
  const auto values = words.subspan(1);
  const auto time = [&](std::size_t i) -> std::optional<Nanos> {
    if (i >= values.size()) return std::nullopt;
    const auto parsed = parse_duration(values[i]);
    return parsed ? std::optional(*parsed) : std::nullopt;
  };
  const auto first_time = time(0);
  const auto parsed_count = values.empty() ? Result<std::uint64_t>(0) : parse_count(values[0]);
  const std::uint64_t count = parsed_count.value_or(0);
  const auto repeated = [count](const std::string& text) {
    std::string all;
    for (std::uint64_t i = 0; i < count; ++i) all += text;
    return all;
  };
  const std::string right = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n" + std::string(calibration::kRightBody);

  if (name == "crash" && values.size() == 1) {
    const auto rate = parse_rate(values[0]);
    return rate ? std::optional(Behaviour{.crash_beyond = rate->per_second}) : std::nullopt;
  }
  if (values.empty()) {
    if (name == "first") return Behaviour{.only_first = true};
    if (name == "close") return Behaviour{.then = Behaviour::Then::close};
  } else if (name == "stop" && first_time && time(1)) {
    return Behaviour{.stall_at = *first_time, .stall = *time(1), .stall_every = time(2).value_or(Nanos::zero())};
  } else if (first_time && values.size() == 1) {
    if (name == "batch") return Behaviour{.delay = *first_time};
    if (name == "in-turn") return Behaviour{.pace = Behaviour::Pace::in_turn, .delay = *first_time};
    if (name == "queue") return Behaviour{.pace = Behaviour::Pace::queue, .delay = *first_time};
    if (name == "not-found") return Behaviour{.not_found_after = *first_time};
    if (name == "drip") return Behaviour{.byte_gap = *first_time};
  } else if (count > 0 && values.size() == 1) {
    if (name == "wrong") return Behaviour{.wrong_every = count};
    if (name == "interim") return Behaviour{.answer = repeated("HTTP/1.1 103 Early Hints\r\n\r\n") + right};
    if (name == "surplus") return Behaviour{.answer = repeated(right)};
  }
  return std::nullopt;
}

}  // namespace

int main(int argc, char** argv) {
  auto words = std::span(argv, static_cast<std::size_t>(argc)).subspan(1);
  constexpr std::string_view kPort = "--port=";
  Result<std::uint64_t> port = 0;
  if (!words.empty() && std::string_view(words[0]).starts_with(kPort)) {
    port = parse_count(std::string_view(words[0]).substr(kPort.size()));
    words = words.subspan(1);
  }
  const bool spin = !words.empty() && std::string_view(words[0]) == "--spin";
  if (spin) words = words.subspan(1);
  auto behaviour = behaviour_of(words);
  if (!behaviour || !port || *port > 65535) {
    fmt::print(stderr, "{}", kUsage);
    return 2;
  }
  behaviour->spin = spin;
  sigset_t ending;
  sigemptyset(&ending);
  sigaddset(&ending, SIGTERM);
  sigaddset(&ending, SIGINT);
  ::pthread_sigmask(SIG_BLOCK, &ending, nullptr);  // before the server's thread begins
  auto server = calibration::KnownServer::start(*behaviour, static_cast<std::uint16_t>(*port));
  if (!server) {
    fmt::print(stderr, "{}\n", server.error().message);
    return 1;
  }
  fmt::print("ready port={}\n", server->port());
  std::fflush(stdout);
  const timespec life{.tv_sec = kLongestLifeSeconds, .tv_nsec = 0};
  ::sigtimedwait(&ending, nullptr, &life);
  fmt::print("{}\n", calibration::to_json(server->stop()));
  return 0;
}
