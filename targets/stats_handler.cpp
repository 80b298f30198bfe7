#include "targets/stats_handler.h"

#include <fmt/core.h>

namespace hotlap::targets {

void StatsHandler::answer(const Request& request, std::string& out) {
  const auto counters = board_.sum();  // without this request, which is not counted yet
  board_.set_apart();
  const auto body = stats_json(engine_, board_.workers(), counters) + "\n";
  out += fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nContent-Type: application/json\r\n{}\r\n", body.size(),
                     request.head.keep_alive ? "" : "Connection: close\r\n");
  if (request.head.method != "HEAD") out += body;
}

std::string stats_json(std::string_view engine, int workers, const EngineCounters& counters) {
  return fmt::format(
      R"({{"engine":"{}","workers":{},"restarts":{},"requests":{},"responses":{},"in_flight":{},"store_calls":{},"writes":{},)"
      R"("responses_per_write":{:.2f},"reads":{},"syscalls":{},"connections":{},"open":{},"timeouts":{}}})",
      engine, workers, counters.restarts, counters.requests, counters.responses, counters.in_flight,
      counters.store_calls, counters.writes, counters.responses_per_write(), counters.reads, counters.syscalls,
      counters.connections, counters.open, counters.timeouts);
}

std::string stats_text(const EngineCounters& counters) {
  return fmt::format(
      "requests={} responses={} connections={} writes={} responses_per_write={:.2f} reads={} syscalls={} timeouts={} "
      "restarts={} store_calls={}",
      counters.requests, counters.responses, counters.connections, counters.writes, counters.responses_per_write(),
      counters.reads, counters.syscalls, counters.timeouts, counters.restarts, counters.store_calls);
}

}  // namespace hotlap::targets
