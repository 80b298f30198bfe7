// The other end of simulated connections: reads requests as their bytes come, draws service times from the world's law
// and misbehaves as the world's troubles say. It only says what it will do and when; the network does it. All its
// connections belong to one world; not thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "tests/simulation/dice.h"
#include "tests/simulation/stream.h"
#include "tests/simulation/world.h"

namespace hotlap::loadgen::simulation {

class Server {
 public:
  // Either the stream's bytes up to `upto` reach the client, or (`ends`) the client learns that it is over.
  struct Action {
    Instant at;
    bool ends = false;
    std::size_t upto = 0;
    int error = 0;
  };
  struct Conversation {
    Stream stream;
    std::vector<Action> actions;  // not yet taken over by the network, in the order of time
    std::string inbox;            // the begin of a request
    Instant free_at{};            // of the thread that serves it
    Instant last_at{};            // of the last action
    std::size_t planned = 0;      // of the stream: has a time
    bool mute = false;            // nothing more will come
  };

  Server(const World& world, Dice& dice) : world_(world), dice_(dice) {}
  void load_begins(Instant now) { stall_ = now + world_.stall_at; }
  void accepts(Conversation& with, Instant now);
  void receives(Conversation& with, std::string_view bytes, Instant now);

  // The kinds of the requests in `bytes`, which holds whole ones.
  [[nodiscard]] static std::vector<std::uint16_t> kinds_in(std::string_view bytes);

 private:
  [[nodiscard]] bool happens(Trouble trouble);
  [[nodiscard]] Instant ready(Conversation& with, Instant now);
  void answer(Conversation& with, std::uint16_t kind, Instant now);
  void say_interim(Conversation& with, Instant now);
  void say_garbage(Conversation& with, Instant at);
  void say_unasked(Conversation& with, Instant at);
  void deliver(Conversation& with, Instant at);
  void end(Conversation& with, Instant at, int error);
  [[nodiscard]] std::string head_of(StreamItem& item, std::size_t body_bytes, bool chunked, bool until_close);
  [[nodiscard]] std::string chunked(std::string_view body);

  const World& world_;
  Dice& dice_;
  Instant stall_{};
};

}  // namespace hotlap::loadgen::simulation
