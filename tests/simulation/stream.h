// What a simulated server says on one connection: its bytes, and what they are. Whoever writes the bytes knows this and
// need not parse them, so that the truth does not rest on the parser under test.
#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <string>

namespace hotlap::loadgen::simulation {

struct StreamItem {
  enum class Kind : std::uint8_t { interim, response, garbage };
  static constexpr std::size_t kAtClose = std::numeric_limits<std::size_t>::max();

  Kind kind = Kind::response;
  std::size_t begin = 0;  // offsets in the stream
  std::size_t head_end = 0;
  std::size_t end = 0;  // kAtClose: with the connection. Garbage: behind the byte that gives it away.
  int status = 200;
  bool keep_alive = true;
  std::string body;  // as a client sees it; of a response that ends with the connection: what came until then
};

struct Stream {
  std::string bytes;
  std::deque<StreamItem> items;  // entries stay in place while more are added
};

}  // namespace hotlap::loadgen::simulation
