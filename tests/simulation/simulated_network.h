// A transport to a world that does not exist: a virtual clock, simulated servers, and every freedom that a network has.
// wait() jumps to the next event. What is delivered has been read off the world's plan and told to the truth first.
// Bytes are handed over in memory that ends where they end and is gone afterwards, so that a sanitizer sees any reading
// beyond. Breaking the rules of transport.h is a violation. One per world; not thread-safe.
#pragma once

#include <memory>
#include <queue>
#include <string>
#include <vector>

#include "loadgen/request_source.h"
#include "loadgen/transport/transport.h"
#include "loadgen/worker.h"
#include "tests/simulation/dice.h"
#include "tests/simulation/server.h"
#include "tests/simulation/truth.h"
#include "tests/simulation/world.h"

namespace hotlap::loadgen::simulation {

class SimulatedNetwork final : public Transport {
 public:
  // All outlive this.
  SimulatedNetwork(const World& world, Truth& truth, RunControl& control, Plant plant);

  void pass(Nanos time) { now_ = now_ + time; }
  void load_begins();
  void watch(const RequestSource& source) { source_ = &source; }
  // Two runs of one world have the same.
  [[nodiscard]] std::uint64_t trace() const noexcept { return trace_; }

  std::string_view name() const noexcept override { return "simulated"; }
  Instant now() const noexcept override { return now_; }
  void connect(std::uint32_t slot, const Address& to, const Address* from) override;
  Sent send(std::uint32_t slot, std::string_view bytes) override;
  void skip(std::uint32_t slot, std::uint64_t bytes) noexcept override;
  void close(std::uint32_t slot) noexcept override;
  void wait(Instant until, Events& events) override;

 private:
  enum class What : std::uint8_t { connected, bytes, ended, takes };
  struct Event {
    Instant at;
    std::uint64_t number = 0;  // equal times: first planned, first delivered
    std::uint64_t life = 0;
    std::uint32_t slot = 0;
    What what = What::bytes;
    std::size_t upto = 0;
    int error = 0;
    bool writing = false;
    bool operator>(const Event& other) const noexcept { return at != other.at ? at > other.at : number > other.number; }
  };
  struct Slot {
    std::uint64_t life = 0;
    bool busy = false;  // connecting or open
    bool open = false;
    std::size_t delivered = 0;
    std::size_t skip = 0;  // so many bytes may be dropped
    std::unique_ptr<Server::Conversation> with;
    std::string_view pending;  // as the worker gave it …
    std::string copy;          // … and as it was then
    std::size_t taken = 0;
  };

  [[nodiscard]] bool happens(Trouble trouble);
  [[nodiscard]] bool wants_stop() const;
  void plan(Event event);
  void plan_actions(std::uint32_t slot);
  [[nodiscard]] bool stale(const Event& event) const noexcept;
  void deliver(const Event& event, Events& events);
  void deliver_bytes(std::uint32_t slot, std::size_t upto, Events& events);
  void take(const Event& event, Events& events);
  void note(std::uint64_t what, std::uint64_t a, std::uint64_t b) noexcept;

  const World& world_;
  Truth& truth_;
  RunControl& control_;
  Plant plant_;
  const RequestSource* source_ = nullptr;
  Dice dice_;
  Server server_;
  Instant now_{1'000'000'000};
  Instant interrupt_at_{};
  bool interrupts_ = false;
  bool loading_ = false;
  bool begun_ = false;  // the first wait of the load is over
  std::vector<Slot> slots_;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  std::uint64_t planned_ = 0;
  std::uint64_t waits_ = 0;
  std::uint64_t trace_ = 0xcbf29ce484222325U;
};

}  // namespace hotlap::loadgen::simulation
