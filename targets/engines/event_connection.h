// One client of an event-driven engine: takes bytes, lets the handler answer, keeps answers in the order of their
// requests and gathers them up to the limits. How bytes travel is the engine's: it derives from this and says how to
// send. Belongs to its worker's thread. Small when idle: buffers belong to the worker, strings are freed when empty.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "targets/engines/engine.h"
#include "targets/engines/request_reader.h"
#include "targets/loop/event_loop.h"

namespace hotlap::targets {

class EventConnection;

// What the connections of one worker share, and themselves.
struct EventWorkerState {
  EventWorkerState(const EngineOptions& options, WorkerCounters& row);
  ~EventWorkerState();

  // The place a new connection gets; admit() fills it.
  void admit(std::uint32_t place, std::unique_ptr<EventConnection> connection);
  void end_late_ones(Instant now);
  void drain_all();
  void close_all();
  void bury();  // frees what is gone; at the end of a turn, when nobody is inside a connection
  [[nodiscard]] bool empty() const noexcept { return living == 0; }

  EventLoop loop;
  GatherLimits gather;
  RequestLimits request_limits;
  LastHead last_head;
  WorkerCounters& counters;
  Deadlines deadlines;
  std::string out;            // responses of the connection whose turn it is, from out_begin on
  std::size_t out_begin = 0;  // before it: what others have given for sending
  bool draining = false;
  std::size_t living = 0;
  std::vector<std::unique_ptr<EventConnection>> connections;  // by their places in `deadlines`
  std::vector<std::uint32_t> gone;
  std::unique_ptr<Handler> handler;  // goes first: with it end the answers under way
};

class EventConnection : public EventLoop::Watcher, private Deferral {
 public:
  EventConnection(EventWorkerState& worker, Fd socket, std::uint32_t place);
  ~EventConnection() override;

  // Closes at once when nothing is under way, else when it is done.
  void drain() noexcept;
  void close() noexcept;
  void on_late(Deadlines::Awaiting what) noexcept;
  void on_turn_end() noexcept final;  // deferred answers have come
  void on_events(std::uint32_t) noexcept override {}

 protected:
  // Takes worker().out from out_begin on: sends it, keeps what the client does not take yet.
  virtual void send_out() noexcept = 0;
  virtual void before_close() noexcept = 0;
  // Reads on, or not; writes on when there is room, or not: as wants_input() and the rest of its bytes say.
  virtual void adapt() noexcept = 0;
  [[nodiscard]] virtual std::size_t unsent_bytes() const noexcept = 0;
  [[nodiscard]] virtual bool all_handed_over() const noexcept { return true; }  // else settle() is called once it is

  void take(std::string_view bytes);  // from the client
  void take_end_of_input();
  void answer_postponed();                  // requests that were read but had to wait for room
  void settle();                            // after all else in a turn: closes, or sets the deadline and adapts
  void hold() noexcept { ++outstanding_; }  // somebody will come back to this object, and then let_go()
  void let_go();
  void note_progress() noexcept { progressed_ = true; }  // the client took bytes
  [[nodiscard]] bool wants_input() const noexcept { return !input_ended_ && !full(); }
  [[nodiscard]] bool ends() const noexcept { return closing_ || worker_.draining; }
  [[nodiscard]] bool has_postponed() const noexcept { return !postponed_.empty(); }
  [[nodiscard]] bool is_open() const noexcept { return static_cast<bool>(socket_); }
  [[nodiscard]] const Fd& socket() const noexcept { return socket_; }
  [[nodiscard]] EventWorkerState& worker() noexcept { return worker_; }
  [[nodiscard]] std::uint32_t place() const noexcept { return place_; }

 private:
  struct Answer {
    std::string bytes;
    bool ready = false;
  };

  Done defer() override;
  void complete(std::uint64_t place, std::string response);
  void answer_all(std::string_view& input);
  [[nodiscard]] bool answer(const RequestReader::Next& next, std::string& out);
  void flush(std::uint64_t responses) noexcept;
  void push_ready_answers();
  void end_conversation() noexcept;
  [[nodiscard]] Deadlines::Awaiting awaiting() const noexcept;
  [[nodiscard]] std::size_t waiting() const noexcept { return waiting_.size() - first_; }
  [[nodiscard]] bool full() const noexcept;

  EventWorkerState& worker_;
  Fd socket_;
  std::uint32_t place_;
  std::uint32_t outstanding_ = 0;  // who will come back to this object
  std::uint64_t first_place_ = 0;  // of waiting_.front()
  std::vector<Answer> waiting_;    // answers from the first deferred one on; before first_: already sent
  std::size_t first_ = 0;
  RequestReader reader_;
  std::string postponed_;     // read, but there is no room for the answers
  bool closing_ = false;      // close when everything is written
  bool stray_input_ = false;  // the client may go on sending: let it hear the end of the conversation first
  bool lingering_ = false;    // we have said all; the client closes
  bool input_ended_ = false;
  bool progressed_ = false;  // in this turn: a request came to its end, or the client took bytes
  bool push_scheduled_ = false;
};

}  // namespace hotlap::targets
