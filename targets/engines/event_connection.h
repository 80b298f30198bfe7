// One client of an event-driven engine: reads, lets the handler answer, keeps answers in the order of their requests
// and writes them, so many at a time as the gather limits allow. Belongs to its worker's loop.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "base/fd.h"
#include "targets/engines/engine.h"
#include "targets/engines/request_reader.h"
#include "targets/loop/event_loop.h"

namespace hotlap::targets {

// What the connections of one worker share.
struct EventWorkerState {
  EventLoop& loop;
  GatherLimits gather;
  Handler* handler = nullptr;
  EngineCounters counters{};
  std::vector<char> buffer = std::vector<char>(256 * 1024);
  bool draining = false;
};

class EventConnection final : public EventLoop::Watcher, private Deferral {
 public:
  // `on_gone` is called once, when the connection is closed and no answer is outstanding; it may delete the connection.
  EventConnection(EventWorkerState& worker, Fd socket, std::function<void(EventConnection&)> on_gone);
  ~EventConnection() override;

  void on_events(std::uint32_t events) noexcept override;
  // Closes at once when nothing is under way, else when it is done.
  void drain() noexcept;
  void close() noexcept;

 private:
  struct Answer {
    std::string bytes;
    bool ready = false;
  };

  Done defer() override;
  void complete(std::uint64_t place, std::string response);
  void read_and_answer();
  void answer_all(std::string_view& input);
  [[nodiscard]] bool answer(const RequestReader::Next& next, std::string& out);
  void answer_postponed();
  void gather(bool more_to_parse);
  void push_ready_answers();
  void flush();
  void update_interest();
  void leave_if_done();
  [[nodiscard]] bool full() const noexcept;
  [[nodiscard]] bool idle() const noexcept;

  EventWorkerState& worker_;
  Fd socket_;
  std::function<void(EventConnection&)> on_gone_;
  RequestReader reader_;
  std::string unread_;  // whole requests that wait until there is room for their answers
  std::string out_;     // responses, in order, of which out_sent_ bytes are written
  std::size_t out_sent_ = 0;
  int gathered_ = 0;               // responses in out_ since the last write
  std::deque<Answer> waiting_;     // answers from the first deferred one on
  std::uint64_t first_place_ = 0;  // of waiting_.front()
  int outstanding_ = 0;            // deferrals not completed
  std::uint32_t interest_ = 0;
  bool closing_ = false;  // close when everything is written
  bool flush_scheduled_ = false;
  bool busy_ = false;  // inside a callback of ours: do not delete
};

}  // namespace hotlap::targets
