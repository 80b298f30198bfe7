// An endless, seeded stream of requests in IPROTO's bytes, right ones and wrong ones in every way that a client could
// send them, over spaces of a few small keys, so that requests meet. The same seed gives the same bytes.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "targets/tuplestore/schema.h"

namespace hotlap::targets {

// The spaces that the stream is about, and the Lua that makes the same in Tarantool.
[[nodiscard]] std::vector<tuplestore::SpaceDefinition> stream_spaces();
[[nodiscard]] std::string stream_script();

struct StreamRequest {
  std::string bytes;  // a whole frame
  std::string what;   // for who reads a failure
  enum class Compare : std::uint8_t {
    exactly,
    in_any_order,  // a HASH index promises none
    shape,         // which row is the database's own choice
  } compare = Compare::exactly;
};

class RequestStream {
 public:
  explicit RequestStream(std::uint64_t seed) : engine_(seed), spaces_(stream_spaces()) {}

  [[nodiscard]] StreamRequest next(std::uint64_t sync);

 private:
  using SpaceDefinition = tuplestore::SpaceDefinition;
  using IndexDefinition = tuplestore::IndexDefinition;

  std::uint64_t below(std::uint64_t bound) {
    return std::uniform_int_distribution<std::uint64_t>(0, bound - 1)(engine_);
  }
  bool one_in(std::uint64_t times) { return below(times) == 0; }

  std::string text();
  std::string whole();
  std::string edge();  // a number at the end of a range
  std::string any(int depth = 0);
  std::string any_of_lua();  // what a trip through Lua leaves as it is
  std::string of_type(tuplestore::FieldType type);
  std::string key_of(const IndexDefinition& index);
  std::string exact_key_of(const IndexDefinition& index);
  std::string exact_key_of_lua(const IndexDefinition& index);
  std::string tuple_of(const SpaceDefinition& space, bool of_lua);
  std::string operation(std::uint64_t base, bool of_lua, bool of_upsert);
  std::string operations(std::uint64_t base, bool of_lua, bool of_upsert);

  void select(StreamRequest& request, std::string& body);
  void change(std::uint64_t type, std::string& body);
  void call(StreamRequest& request, std::string& body);
  void spoil(std::string& body);
  [[nodiscard]] const SpaceDefinition& any_space() { return spaces_[below(spaces_.size())]; }
  std::uint64_t space_number(const SpaceDefinition& space) { return one_in(200) ? 9999 : space.id; }

  std::mt19937_64 engine_;
  std::vector<SpaceDefinition> spaces_;
  std::uint32_t look_at_ = 0;  // the space of an upsert: it answers nothing, so what it did is asked for
};

}  // namespace hotlap::targets
