// What spaces there are and which indexes each has. Values, fixed when the database is made;
// scenarios/services/tarantool/ init.lua makes the same in Tarantool.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace hotlap::targets::tuplestore {

enum class FieldType : std::uint8_t { string, integer, unsigned_integer };
enum class IndexKind : std::uint8_t { tree, hash };

struct IndexPart {
  std::uint32_t field;  // from 0
  FieldType type;
  bool operator==(const IndexPart&) const = default;
};

// A field that several indexes name has one type in all of them.
struct IndexDefinition {
  std::string name;
  IndexKind kind = IndexKind::tree;
  bool unique = true;  // a HASH always is
  std::vector<IndexPart> parts;
};

struct SpaceDefinition {
  std::uint32_t id;
  std::string name;
  std::vector<IndexDefinition> indexes;  // the first is the primary key, and unique
};

// The spaces of the pages, by id, without a gap.
[[nodiscard]] std::vector<SpaceDefinition> page_spaces();

}  // namespace hotlap::targets::tuplestore
