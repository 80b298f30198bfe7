// The page /_stats: what the engine has counted so far, over all workers, as JSON. Requests for it are in no count of
// requests or responses, so that these equal the load's own; every other request goes to the handler behind.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "targets/engines/counters.h"
#include "targets/engines/handler.h"

namespace hotlap::targets {

class StatsHandler final : public Handler {
 public:
  // The board outlives the handler.
  StatsHandler(CounterBoard& board, std::string_view engine, std::unique_ptr<Handler> pages)
      : board_(board), engine_(engine), pages_(std::move(pages)) {}
  bool handle(const Request& request, std::string& out, Deferral& deferral) override {
    if (request.head.target != "/_stats") [[likely]]
      return pages_->handle(request, out, deferral);
    answer(request, out);
    return true;
  }

 private:
  void answer(const Request& request, std::string& out);

  CounterBoard& board_;
  std::string engine_;
  std::unique_ptr<Handler> pages_;
};

// `{"engine":"epoll","workers":1,"requests":…}`, one object, one line.
[[nodiscard]] std::string stats_json(std::string_view engine, int workers, const EngineCounters& counters);
// "requests=12 responses=12 connections=1 …", for the exit line.
[[nodiscard]] std::string stats_text(const EngineCounters& counters);

}  // namespace hotlap::targets
