#include "targets/tuplestore/schema.h"

#include <utility>

#include "targets/stores/store.h"

namespace hotlap::targets::tuplestore {
namespace {

IndexDefinition unique_tree(std::string name, std::vector<IndexPart> parts) {
  return {.name = std::move(name), .kind = IndexKind::tree, .unique = true, .parts = std::move(parts)};
}
IndexDefinition tree(std::string name, std::vector<IndexPart> parts) {
  return {.name = std::move(name), .kind = IndexKind::tree, .unique = false, .parts = std::move(parts)};
}
IndexDefinition hash(std::string name, std::vector<IndexPart> parts) {
  return {.name = std::move(name), .kind = IndexKind::hash, .unique = true, .parts = std::move(parts)};
}
SpaceDefinition space(Space id, std::string name, std::vector<IndexDefinition> indexes) {
  return {.id = std::to_underlying(id), .name = std::move(name), .indexes = std::move(indexes)};
}

}  // namespace

std::vector<SpaceDefinition> page_spaces() {
  using enum FieldType;
  return {
      space(
          Space::stickers, "stickers",
          {unique_tree("p_name", {{0, string}}), tree("s_rating", {{1, integer}}), tree("s_pack_url", {{3, string}})}),
      space(Space::packs, "packs", {hash("p_name", {{0, string}}), tree("s_rating", {{1, integer}})}),
      space(Space::secret, "secret", {hash("p_md5", {{0, string}}), tree("s_time", {{1, integer}})}),
      space(Space::sessions, "sessions", {hash("p_uuid", {{0, string}}), tree("s_time", {{1, integer}})}),
      space(Space::server, "server", {unique_tree("p_id", {{0, unsigned_integer}})}),
      space(Space::world, "world", {unique_tree("p_id", {{0, unsigned_integer}})}),
      space(Space::fortunes, "fortunes", {unique_tree("p_id", {{0, unsigned_integer}})}),
      space(Space::agents, "agents", {unique_tree("p_id", {{0, unsigned_integer}})}),
      space(Space::agent_logins, "agent_logins", {unique_tree("p_agent_id", {{0, unsigned_integer}})}),
      space(Space::events, "events", {unique_tree("p_channel_seq", {{0, string}, {1, unsigned_integer}})}),
  };
}

}  // namespace hotlap::targets::tuplestore
