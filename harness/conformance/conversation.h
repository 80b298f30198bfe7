// One connection to a server under question: bytes out, piece by piece, and whatever answers come back.
// The only part of a probe that touches the world. Not thread-safe; one owner; closes with it.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "base/units.h"
#include "harness/client_stream.h"
#include "harness/conformance/answer.h"

namespace hotlap::harness {

// What to send, and when to stop waiting.
struct Sending {
  std::vector<std::string> pieces;  // each a write of its own, so a packet of its own
  std::vector<bool> to_head;        // for each request among them: is it HEAD, whose answer has no body?
  bool until_end = false;           // wait for the peer to close, also when every request has been answered
  Nanos gap{};                      // between two pieces
};

// How a conversation came to its end.
enum class End {
  enough,     // every request has its answer; the connection is open
  closed,     // by the peer, between two bytes of ours or of its own
  reset,      // by the peer, with an error
  silence,    // nothing for the time that was given
  malformed,  // what came is no answer
  unopened,   // there was no connection to begin with
};

struct Reply {
  std::vector<ReceivedAnswer> answers;  // whole ones
  End end = End::enough;
  std::string why;            // malformed, or ended within an answer: a sentence
  std::size_t left_over = 0;  // bytes behind the last whole answer
};

class Conversation {
 public:
  // `patience`: how long the peer may be silent, and how long a connect may take.
  [[nodiscard]] static Result<Conversation> open(const Peer& peer, Nanos patience);

  // Sends and reads. What an earlier exchange left over is read first: it is the beginning of an answer.
  [[nodiscard]] Reply exchange(const Sending& sending);

 private:
  enum class Came { bytes, nothing, closed, reset };
  Conversation(ClientStream stream, Nanos patience) : stream_(std::move(stream)), patience_(patience) {}
  [[nodiscard]] bool send(std::string_view piece);
  [[nodiscard]] Came receive(Nanos patience);

  ClientStream stream_;
  Nanos patience_;
  std::string unread_;
  Came last_ = Came::bytes;
};

// The same bytes with a cut at `cut`, or between all bytes. Pure.
[[nodiscard]] std::vector<std::string> cut_at(std::string_view bytes, std::size_t cut);
[[nodiscard]] std::vector<std::string> cut_everywhere(std::string_view bytes);
// In so many pieces of equal length, the last perhaps shorter. Pure.
[[nodiscard]] std::vector<std::string> cut_into(std::string_view bytes, std::size_t pieces);

}  // namespace hotlap::harness
