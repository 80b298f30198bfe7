#include "harness/ready_line.h"

#include <charconv>

#include "base/units.h"

namespace hotlap::harness {
namespace {

// The number after "name=".
template <class T>
std::optional<T> number_after(std::string_view text, std::string_view name) {
  const auto start = text.find(name);
  if (start == std::string_view::npos) return std::nullopt;
  const auto digits = text.substr(start + name.size());
  T value{};
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end == digits.data()) return std::nullopt;
  return value;
}

}  // namespace

std::optional<ReadyLine> parse_ready_line(std::string_view program, std::string_view line) {
  if (!line.starts_with(program)) return std::nullopt;
  line.remove_prefix(program.size());
  if (!line.starts_with(" ready ")) return std::nullopt;
  const auto port = number_after<std::uint16_t>(line, " port=");
  const auto pid = number_after<pid_t>(line, " pid=");
  if (!port || *port == 0 || !pid || *pid <= 0) return std::nullopt;
  ReadyLine ready{.port = *port, .pid = *pid, .reads = {}, .runs = {}};
  constexpr std::string_view kRuns = " runs=";
  constexpr std::string_view kReads = " reads=";
  const auto runs = line.find(kRuns);
  if (runs != std::string_view::npos) ready.runs = line.substr(runs + kRuns.size());
  line = line.substr(0, runs);
  if (const auto reads = line.find(kReads); reads != std::string_view::npos) {
    const auto file = line.substr(reads + kReads.size());
    ready.reads = file.substr(0, file.find(' '));
  }
  return ready;
}

std::optional<results::TargetCounts> served_counts(std::string_view log) {
  constexpr std::string_view kServed = "hotlap-target served ";
  const auto start = log.rfind(kServed);
  if (start == std::string_view::npos) return std::nullopt;
  const auto rest = log.substr(start);
  const auto line = rest.substr(0, rest.find('\n'));
  const auto requests = number_after<std::uint64_t>(line, " requests=");
  if (!requests) return std::nullopt;
  return results::TargetCounts{.requests = *requests,
                               .store_calls = number_after<std::uint64_t>(line, " store_calls="),
                               .syscalls = number_after<std::uint64_t>(line, " syscalls=")};
}

std::optional<std::uint64_t> store_calls_in(std::string_view stats) {
  return number_after<std::uint64_t>(stats, "\"store_calls\":");
}

std::string last_words(std::string_view log) {
  constexpr std::size_t kLongest = 300;
  while (!log.empty() && (log.back() == '\n' || log.back() == '\r' || log.back() == ' ')) log.remove_suffix(1);
  const auto start = log.rfind('\n');
  return printable(start == std::string_view::npos ? log : log.substr(start + 1), kLongest);
}

}  // namespace hotlap::harness
