// A row as it is stored: the tuple in MessagePack, as it came and as it will leave, and where its indexed fields begin.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace hotlap::targets::tuplestore {

inline constexpr std::size_t kMaxIndexedFields = 8;  // of one space, all its indexes together

// Where in a tuple each indexed field begins, in the order of the space's list of them.
using FieldOffsets = std::array<std::uint32_t, kMaxIndexedFields>;

struct Row {
  std::string bytes;
  FieldOffsets offsets{};
  std::size_t position = 0;  // in the space's list of rows

  [[nodiscard]] const char* field(std::uint32_t slot) const noexcept { return bytes.data() + offsets[slot]; }
};

// A tuple that is checked and not stored yet.
struct CheckedTuple {
  std::string_view bytes;
  FieldOffsets offsets{};

  [[nodiscard]] const char* field(std::uint32_t slot) const noexcept { return bytes.data() + offsets[slot]; }
};

}  // namespace hotlap::targets::tuplestore
