#include "targets/tuplestore/change.h"

#include <fmt/core.h>

#include <limits>

#include "targets/stores/tuple/iproto.h"
#include "targets/stores/tuple/msgpack.h"

namespace hotlap::targets::tuplestore {
namespace {

namespace code = iproto::code;
using msgpack::Kind;

__extension__ using Wide = __int128;  // sums of any two 64-bit numbers

constexpr std::uint32_t kMostOperations = 4000;  // BOX_UPDATE_OP_CNT_MAX

std::string shown(std::int64_t field) {
  return std::to_string(field < 0 ? field : static_cast<std::int64_t>(static_cast<std::uint64_t>(field) + 1));
}

Refusal not_of_type(char operation, std::int64_t field, const char* expected) {
  return refuse(code::kUpdateArgumentType,
                fmt::format("Argument type in operation '{}' on field {} does not match field type: expected {}",
                            operation, shown(field), expected));
}

Refusal illegal(const char* what) {
  return refuse(code::kIllegalParameters, fmt::format("Illegal parameters, {}", what));
}

Refusal out_of_bound(std::int64_t field) {
  return refuse(code::kSplice, fmt::format("SPLICE error on field {}: offset is out of bound", shown(field)));
}

bool is_whole(const char* at) noexcept {
  return msgpack::kind_of(at) == Kind::natural || msgpack::kind_of(at) == Kind::integer;
}

// A 32-bit number with a sign, as Tarantool takes fields, offsets and lengths.
bool take_int32(const char*& at, std::int64_t& into) noexcept {
  if (!is_whole(at)) return false;
  const auto whole = msgpack::take_whole(at);
  into = static_cast<std::int64_t>(whole.bits);
  return into >= std::numeric_limits<std::int32_t>::min() && into <= std::numeric_limits<std::int32_t>::max() &&
         whole.negative == (into < 0);
}

}  // namespace

Checked<void> Changer::read(std::string_view operations, std::uint32_t index_base) {
  base_ = index_base;
  steps_.clear();
  const char* at = operations.data();
  const auto count = msgpack::take_count(at);
  if (count > kMostOperations) return illegal("too many operations for update");
  for (std::size_t number = 1; number <= count; ++number)
    if (auto read = read_step(at, number); !read) return read;
  return {};
}

Checked<void> Changer::read_step(const char*& at, std::size_t number) {
  if (msgpack::kind_of(at) != Kind::array) return illegal("update operation must be an array {op,..}");
  const auto arguments = msgpack::take_count(at);
  if (arguments < 1) return illegal("update operation must be an array {op,..}, got empty array");
  if (msgpack::kind_of(at) != Kind::text) return illegal("update operation name must be a string");
  auto& step = steps_.emplace_back();
  const auto name = msgpack::take_text(at);
  constexpr std::string_view kKnown = "=!#+-&|^:";
  if (name.size() != 1 || !kKnown.contains(name[0]))
    return refuse(code::kUnknownUpdateOperation, fmt::format("Unknown UPDATE operation #{}: \"{}\"", number, name));
  step.operation = name[0];
  if (arguments != (step.operation == ':' ? 5 : 3))
    return refuse(code::kUnknownUpdateOperation,
                  fmt::format("Unknown UPDATE operation #{}: wrong number of arguments, expected {}, got {}", number,
                              step.operation == ':' ? 5 : 3, arguments));
  if (!is_whole(at)) return illegal("field id must be a number or a string");
  std::int64_t field = 0;
  if (!take_int32(at, field)) return not_of_type(step.operation, field, "an integer");
  step.field = field;
  if (field >= 0) {
    step.field = field - static_cast<std::int64_t>(base_);
    if (step.field < 0) return refuse(code::kNoSuchField, fmt::format("Field {} was not found in the tuple", field));
  }
  const char* const value = at;
  switch (step.operation) {
    case '#':
      if (msgpack::kind_of(at) != Kind::natural) return not_of_type('#', step.field, "a number of fields to delete");
      step.offset = static_cast<std::int64_t>(static_cast<std::uint32_t>(msgpack::take_whole(at).bits));
      if (step.offset == 0)
        return refuse(code::kUpdateField,
                      fmt::format("Field {} UPDATE error: cannot delete 0 fields", shown(step.field)));
      return {};
    case '+':
    case '-':
      if (!is_whole(at) && msgpack::kind_of(at) != Kind::real)
        return not_of_type(step.operation, step.field, "a number");
      break;
    case '&':
    case '|':
    case '^':
      if (msgpack::kind_of(at) != Kind::natural) return not_of_type(step.operation, step.field, "a positive integer");
      break;
    case ':':
      if (!take_int32(at, step.offset)) return not_of_type(':', step.field, "an integer");
      if (step.offset >= 0) {
        step.offset -= static_cast<std::int64_t>(base_);
        if (step.offset < 0) return out_of_bound(step.field);
      } else {
        step.from_the_end = true;
      }
      if (!take_int32(at, step.cut)) return not_of_type(':', step.field, "an integer");
      if (msgpack::kind_of(at) != Kind::text) return not_of_type(':', step.field, "a string");
      step.text = msgpack::take_text(at);
      return {};
    default:
      break;
  }
  at = msgpack::skip(value);
  step.value = {value, static_cast<std::size_t>(at - value)};
  return {};
}

void Changer::open(std::string_view tuple) {
  fields_.clear();
  made_count_ = 0;
  const char* at = tuple.data();
  for (auto count = msgpack::take_count(at); count > 0; --count) {
    const char* const end = msgpack::skip(at);
    fields_.push_back({.bytes = {at, static_cast<std::size_t>(end - at)}});
    at = end;
  }
}

std::string_view Changer::closed() {
  result_.clear();
  msgpack::write_array(result_, fields_.size());
  for (const auto& field : fields_) result_ += field.bytes;
  return result_;
}

std::string& Changer::made() {
  if (made_count_ == made_.size()) made_.emplace_back();
  auto& text = made_[made_count_++];
  text.clear();
  return text;
}

Checked<std::string_view> Changer::changed(std::string_view tuple) {
  open(tuple);
  for (const auto& step : steps_)
    if (auto applied = apply(step); !applied) return Refusal(applied.error());
  return closed();
}

std::string_view Changer::changed_where_possible(std::string_view tuple) {
  open(tuple);
  for (const auto& step : steps_) (void)apply(step);
  return closed();
}

Checked<void> Changer::apply(Step step) {
  auto count = static_cast<std::int64_t>(fields_.size());
  const bool appends = step.operation == '=' && step.field == count;
  const bool inserts = step.operation == '!' || appends;
  const auto asked = step.field;
  const auto places = count + (inserts ? 1 : 0);  // an insertion may stand behind the last field
  if (step.field < 0) step.field += places;
  if (step.field < 0 || step.field >= places)
    return refuse(code::kNoSuchField, fmt::format("Field {} was not found in the tuple", shown(asked)));
  const auto here = fields_.begin() + step.field;
  if (inserts) {
    fields_.insert(here, {.bytes = step.value});  // counts as untouched, as in Tarantool
    return {};
  }
  if (step.operation == '#') {
    fields_.erase(here, here + std::min(step.offset, count - step.field));
    return {};
  }
  if (step.operation == '=') {
    *here = {.bytes = step.value, .touched = true};  // setting again what was written over is allowed, nothing else is
    return {};
  }
  if (here->touched)
    return refuse(code::kUpdateField,
                  fmt::format("Field {} UPDATE error: double update of the same field", shown(asked)));
  auto done = step.operation == ':' ? splice(step, *here) : calculate(step, *here);
  if (done) here->touched = true;
  return done;
}

Checked<void> Changer::calculate(const Step& step, Field& field) {
  const char* old = field.bytes.data();
  const char* by = step.value.data();
  const bool bits = step.operation == '&' || step.operation == '|' || step.operation == '^';
  if (bits) {
    if (msgpack::kind_of(old) != Kind::natural) return not_of_type(step.operation, step.field, "a positive integer");
    const auto a = msgpack::take_whole(old).bits;
    const auto b = msgpack::take_whole(by).bits;
    auto& text = made();
    msgpack::write_natural(text, step.operation == '&' ? a & b : step.operation == '|' ? a | b : a ^ b);
    field.bytes = text;
    return {};
  }
  if (!is_whole(old) && msgpack::kind_of(old) != Kind::real) return not_of_type(step.operation, step.field, "a number");
  if (is_whole(old) && is_whole(by)) {
    const auto wide = [](msgpack::Whole whole) {
      return whole.negative ? static_cast<Wide>(static_cast<std::int64_t>(whole.bits)) : static_cast<Wide>(whole.bits);
    };
    const auto a = wide(msgpack::take_whole(old));
    const auto b = wide(msgpack::take_whole(by));
    const auto sum = step.operation == '+' ? a + b : a - b;
    if (sum > static_cast<Wide>(std::numeric_limits<std::uint64_t>::max()) ||
        sum < static_cast<Wide>(std::numeric_limits<std::int64_t>::min()))
      return refuse(code::kIntegerOverflow, fmt::format("Integer overflow when performing '{}' operation on field {}",
                                                        step.operation, shown(step.field)));
    auto& text = made();
    msgpack::write_whole(text, {.bits = static_cast<std::uint64_t>(sum), .negative = sum < 0});
    field.bytes = text;
    return {};
  }
  // The result is a single when it loses nothing by that, whatever the two were.
  const auto take = [&](const char* at) {
    if (!is_whole(at)) return msgpack::take_real(at);
    const auto whole = msgpack::take_whole(at);
    return whole.negative ? static_cast<double>(static_cast<std::int64_t>(whole.bits))
                          : static_cast<double>(whole.bits);
  };
  const double a = take(old);
  const double b = take(by);
  const double sum = step.operation == '+' ? a + b : a - b;
  auto& text = made();
  if (const auto single = static_cast<float>(sum); static_cast<double>(single) == sum)
    msgpack::write_single(text, single);
  else
    msgpack::write_real(text, sum);
  field.bytes = text;
  return {};
}

// Offsets count from the request's base, and from behind the last byte when negative: -1 is the end.
Checked<void> Changer::splice(const Step& step, Field& field) {
  const char* at = field.bytes.data();
  if (msgpack::kind_of(at) != Kind::text) return not_of_type(':', step.field, "a string");
  const auto old = msgpack::take_text(at);
  const auto size = static_cast<std::int64_t>(old.size());
  const auto offset = step.from_the_end ? step.offset + size + 1 : std::min(step.offset, size);
  if (offset < 0) return out_of_bound(step.field);
  auto cut = step.cut;
  if (cut < 0) cut = std::max<std::int64_t>(0, cut + size - offset);
  cut = std::min(cut, size - offset);
  auto& joined = made();
  joined = old.substr(0, static_cast<std::size_t>(offset));
  joined += step.text;
  joined += old.substr(static_cast<std::size_t>(offset + cut));
  auto& text = made();
  msgpack::write_text(text, joined);
  field.bytes = text;
  return {};
}

}  // namespace hotlap::targets::tuplestore
