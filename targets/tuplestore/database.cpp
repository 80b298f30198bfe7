#include "targets/tuplestore/database.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "targets/stores/tuple/iproto.h"
#include "targets/tuplestore/procedures.h"

namespace hotlap::targets::tuplestore {
namespace {

std::vector<TupleSpace> make_spaces(std::vector<SpaceDefinition> definitions) {
  std::vector<TupleSpace> spaces;
  for (auto& definition : definitions) {
    check(spaces.empty() || definition.id == spaces.back().id() + 1, "spaces stand by id, without a gap");
    spaces.emplace_back(std::move(definition));
  }
  return spaces;
}

void refuse(Answer& answer, const StoreError& error) {
  answer.error_code = error.code;
  answer.error_message = error.message;
}

void take(Answer& answer, const Checked<const Tuple*>& row) {
  if (!row)
    refuse(answer, row.error());
  else if (*row)
    answer.rows.push_back(*row);
}

void take(Answer& answer, const Checked<void>& done) {
  if (!done) refuse(answer, done.error());
}

}  // namespace

void Answer::clear() noexcept {
  rows.clear();
  bare = false;
  error_code = 0;
  made.clear();
}

void Answer::add_value(Value value) {
  bare = true;
  made.push_back({std::move(value)});
  rows.clear();
  for (const auto& row : made) rows.push_back(&row);
}

Outcome to_outcome(const Answer& answer) {
  if (answer.error_code != 0) return std::unexpected(StoreError{answer.error_code, answer.error_message});
  Rows rows;
  rows.reserve(answer.rows.size());
  for (const auto* row : answer.rows) rows.push_back(*row);
  return rows;
}

Database::Database(std::vector<SpaceDefinition> spaces)
    : spaces_(make_spaces(std::move(spaces))), random_(std::make_unique<RandomSource>()) {}
Database::~Database() = default;

TupleSpace* Database::space(std::uint32_t id) noexcept {
  const auto first = spaces_.front().id();
  return id >= first && id - first < spaces_.size() ? &spaces_[id - first] : nullptr;
}

TupleSpace* Database::space_named(std::string_view name) noexcept {
  const auto found = std::ranges::find_if(spaces_, [&](const TupleSpace& space) { return space.name() == name; });
  return found == spaces_.end() ? nullptr : &*found;
}

void Database::execute(const Operation& operation, Answer& answer) {
  answer.clear();
  using enum OperationKind;
  switch (operation.kind) {
    case ping:
      return;
    case call:
      return call_procedure(*this, operation, answer);
    case eval:
      return evaluate(*this, operation, answer);
    default:
      break;
  }
  auto* const space = this->space(operation.space);
  if (!space)
    return refuse(answer, {iproto::code::kNoSuchSpace, fmt::format("Space '{}' does not exist", operation.space)});
  switch (operation.kind) {
    case select:
      return take(answer, space->select(operation, answer.rows));
    case insert:
      return take(answer, space->insert(operation.tuple));
    case replace:
      return take(answer, space->replace(operation.tuple));
    case update:
      return take(answer, space->update(operation));
    case upsert:
      return take(answer, space->upsert(operation.tuple, operation.changes));
    case erase: {
      auto erased = space->erase(operation);
      if (!erased) return refuse(answer, erased.error());
      if (!*erased) return;
      answer.made.push_back(std::move(**erased));
      answer.rows.push_back(&answer.made.back());
      return;
    }
    case ping:
    case call:
    case eval:
      return;
  }
}

}  // namespace hotlap::targets::tuplestore
