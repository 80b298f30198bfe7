#include "targets/tuplestore/database.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "targets/tuplestore/procedures.h"

namespace hotlap::targets::tuplestore {
namespace {

namespace code = iproto::code;

constexpr std::uint32_t kIterators = 12;  // those that Tarantool knows; an index need not serve them all

std::vector<TupleSpace> make_spaces(std::vector<SpaceDefinition> definitions, Memory& memory, Changer& changer) {
  std::vector<TupleSpace> spaces;
  spaces.reserve(definitions.size());
  for (auto& definition : definitions) {
    check(spaces.empty() || definition.id == spaces.back().id() + 1, "spaces stand by id, without a gap");
    spaces.emplace_back(std::move(definition), memory, changer);
  }
  check(!spaces.empty(), "a database has a space");
  return spaces;
}

void take(Answer& answer, const Checked<const Row*>& row) {
  if (!row)
    answer.refuse(row.error());
  else if (*row)
    answer.take(**row);
}

void take(Answer& answer, const Checked<void>& done) {
  if (!done) answer.refuse(done.error());
}

}  // namespace

Database::Database(std::vector<SpaceDefinition> spaces, std::size_t memory_bytes)
    : memory_(memory_bytes),
      spaces_(make_spaces(std::move(spaces), memory_, changer_)),
      random_(std::make_unique<RandomSource>()) {}
Database::~Database() = default;

TupleSpace* Database::space(std::uint32_t id) noexcept {
  const auto first = spaces_.front().id();
  return id >= first && id - first < spaces_.size() ? &spaces_[id - first] : nullptr;
}

TupleSpace* Database::space_named(std::string_view name) noexcept {
  const auto found = std::ranges::find_if(spaces_, [&](const TupleSpace& space) { return space.name() == name; });
  return found == spaces_.end() ? nullptr : &*found;
}

void Database::execute(const iproto::Request& request, Answer& answer) {
  using enum iproto::RequestType;
  switch (request.type) {
    case ok:
    case auth:
    case ping:
      return;
    case call:
      counts_.add(call);
      return call_procedure(*this, request.name, request.tuple, answer);
    case eval:
      counts_.add(eval);
      return evaluate(*this, request.name, request.tuple, answer);
    default:
      return execute_on_space(request, answer);
  }
}

void Database::execute_on_space(const iproto::Request& request, Answer& answer) {
  using enum iproto::RequestType;
  if (request.type == select) counts_.add(select);
  if (request.type == select && request.iterator >= kIterators)
    return answer.refuse(code::kIllegalParameters, "Illegal parameters, Invalid iterator type");
  auto* const space = this->space(request.space);
  if (!space) return answer.refuse(code::kNoSuchSpace, fmt::format("Space '{}' does not exist", request.space));
  if (request.type != select) counts_.add(request.type);
  switch (request.type) {
    case select:
      return take(answer, space->select({.index = request.index,
                                         .iterator = request.iterator,
                                         .offset = request.offset,
                                         .limit = request.limit,
                                         .key = request.key},
                                        answer));
    case insert:
      return take(answer, space->insert(request.tuple));
    case replace:
      return take(answer, space->replace(request.tuple));
    case update:
      return take(answer, space->update(request.index, request.key, request.tuple, request.index_base));
    case upsert:
      return take(answer, space->upsert(request.tuple, request.operations, request.index_base));
    case erase: {
      const auto erased = space->erase(request.index, request.key);
      if (!erased) return answer.refuse(erased.error());
      if (*erased) answer.take(**erased);
      return;
    }
    case ok:
    case auth:
    case call:
    case eval:
    case ping:
      return;
  }
}

void Database::execute(const Operation& operation, Answer& answer) {
  answer.begin();
  auto bytes = std::exchange(operation_bytes_, {});  // a procedure may execute operations while this one is under way
  bytes.clear();
  iproto::append_operation(bytes, operation, 0);
  iproto::Request request;
  iproto::read_request(bytes, request);
  check(request.parsed == iproto::Parsed::done && request.error_code == 0, "we read what we write");
  execute(request, answer);
  operation_bytes_ = std::move(bytes);
}

Outcome Database::execute(const Operation& operation) {
  Answer answer;
  execute(operation, answer);
  return to_outcome(answer);
}

}  // namespace hotlap::targets::tuplestore
