#include <fmt/core.h>

#include <limits>
#include <utility>

#include "targets/stores/tuple/frame.h"
#include "targets/stores/tuple/iproto.h"
#include "targets/stores/tuple/iproto_key.h"
#include "targets/stores/tuple/scratch.h"

namespace hotlap::targets::iproto {
namespace {

// What a request's body says, with each key checked for its type.
struct Body {
  std::optional<std::uint64_t> space, index, limit, offset, iterator, index_base;
  const msgpack_object* key_array = nullptr;
  const msgpack_object* tuple = nullptr;
  const msgpack_object* operations = nullptr;
  std::optional<std::string_view> function, expression, user;
};

bool read_body(const msgpack_object& map, Body& body) {
  for (const auto& entry : entries_of(map)) {
    const auto& object = entry.val;
    const auto id = number_of(entry.key);
    if (!id) return false;
    const auto take_number = [&](std::optional<std::uint64_t>& field) {
      return (field = number_of(object)).has_value();
    };
    const auto take_array = [&](const msgpack_object*& field) { return is_array(*(field = &object)); };
    const auto take_text = [&](std::optional<std::string_view>& field) {
      return (field = text_of(object)).has_value();
    };
    bool taken = true;
    switch (*id) {
      case key::kSpace:
        taken = take_number(body.space);
        break;
      case key::kIndex:
        taken = take_number(body.index);
        break;
      case key::kLimit:
        taken = take_number(body.limit);
        break;
      case key::kOffset:
        taken = take_number(body.offset);
        break;
      case key::kIterator:
        taken = take_number(body.iterator);
        break;
      case key::kIndexBase:
        taken = take_number(body.index_base);
        break;
      case key::kKey:
        taken = take_array(body.key_array);
        break;
      case key::kTuple:
        taken = take_array(body.tuple);
        break;
      case key::kOperations:
        taken = take_array(body.operations);
        break;
      case key::kFunction:
        taken = take_text(body.function);
        break;
      case key::kExpression:
        taken = take_text(body.expression);
        break;
      case key::kUser:
        taken = take_text(body.user);
        break;
      default:
        break;  // later versions add keys
    }
    if (!taken) return false;
  }
  return true;
}

void refuse(Request& request, int error_code, std::string message) {
  request.error_code = error_code;
  request.error_message = std::move(message);
}

void refuse_value(Request& request) {
  refuse(request, code::kUnsupported,
         "hotlap-tuplestore does not support values other than nil, bool, integer and string");
}

std::uint32_t clamped(std::optional<std::uint64_t> value, std::uint32_t otherwise) noexcept {
  constexpr std::uint32_t kMost = std::numeric_limits<std::uint32_t>::max();
  return !value ? otherwise : *value > kMost ? kMost : static_cast<std::uint32_t>(*value);
}

// [[operation, field, value] …]; an operation other than + - = keeps its character and is refused where it is applied.
bool read_changes(Request& request, const msgpack_object& array, std::uint64_t field_base) {
  for (const auto& item : items_of(array)) {
    if (!is_array(item) || item.via.array.size != 3) {
      refuse(request, code::kIllegalParameters, "Invalid MsgPack - update operation must be an array {op,..}");
      return false;
    }
    const auto parts = items_of(item);
    const auto name = text_of(parts[0]);
    const auto field = number_of(parts[1]);
    if (!name || name->size() != 1 || !field || *field < field_base) {
      refuse(request, code::kIllegalParameters, "Illegal parameters, update operation must be {name, field, value}");
      return false;
    }
    auto& change = request.operation.changes.emplace_back();
    change.operation = name->front();
    change.field = clamped(*field - field_base, 0);
    if (!read_value(parts[2], change.value)) {
      refuse_value(request);
      return false;
    }
  }
  return true;
}

void read_arguments(Request& request, const msgpack_object* arguments) {
  if (!arguments) return;
  const auto items = items_of(*arguments);
  if (!items.empty() && is_array(items[0])) {  // {tuple, changes}: how box.space.X:upsert is called
    if (!read_tuple(items[0], request.operation.tuple) || items.size() > 2 ||
        (items.size() == 2 && !is_array(items[1])))
      return refuse_value(request);
    if (items.size() == 2) (void)read_changes(request, items[1], 1);
    return;
  }
  if (!read_tuple(*arguments, request.operation.tuple)) refuse_value(request);
}

void read_operation(Request& request, const Body& body) {
  auto& operation = request.operation;
  const auto missing = [&](const char* field) {
    refuse(request, code::kMissingRequestField, fmt::format("Missing mandatory field '{}' in request", field));
  };
  operation.space = clamped(body.space, 0);
  operation.index = clamped(body.index, 0);
  operation.limit = clamped(body.limit, 0);
  operation.offset = clamped(body.offset, 0);
  const auto iterator = clamped(body.iterator, 0);
  switch (request.type) {
    case RequestType::select:
      operation.kind = OperationKind::select;
      break;
    case RequestType::insert:
      operation.kind = OperationKind::insert;
      break;
    case RequestType::replace:
      operation.kind = OperationKind::replace;
      break;
    case RequestType::update:
      operation.kind = OperationKind::update;
      break;
    case RequestType::erase:
      operation.kind = OperationKind::erase;
      break;
    case RequestType::upsert:
      operation.kind = OperationKind::upsert;
      break;
    case RequestType::call:
      operation.kind = OperationKind::call;
      if (!body.function) return missing("function name");
      operation.text = *body.function;
      return read_arguments(request, body.tuple);
    case RequestType::eval:
      operation.kind = OperationKind::eval;
      if (!body.expression) return missing("expression");
      operation.text = *body.expression;
      return read_arguments(request, body.tuple);
    case RequestType::ok:
    case RequestType::auth:
    case RequestType::ping:
      operation.kind = OperationKind::ping;
      return;
  }
  using enum RequestType;
  const bool by_key = request.type == select || request.type == update || request.type == erase;
  if (!body.space) return missing("space id");
  if (request.type == select && !body.limit) return missing("limit");
  if (by_key && !body.key_array) return missing("key");
  if (request.type != select && request.type != erase && !body.tuple) return missing("tuple");
  if (request.type == upsert && !body.operations) return missing("ops");
  if (iterator > std::to_underlying(Iterator::gt))
    return refuse(request, code::kUnsupportedIterator, "Index does not support requested iterator type");
  operation.iterator = static_cast<Iterator>(iterator);
  if (by_key && !read_tuple(*body.key_array, operation.key)) return refuse_value(request);
  const auto field_base = body.index_base.value_or(0);
  if (request.type == update) {
    (void)read_changes(request, *body.tuple, field_base);
  } else if (body.tuple && !read_tuple(*body.tuple, operation.tuple)) {
    refuse_value(request);
  } else if (request.type == upsert) {
    (void)read_changes(request, *body.operations, field_base);
  }
}

void read_auth(Request& request, const Body& body) {
  if (!body.user) return refuse(request, code::kMissingRequestField, "Missing mandatory field 'user name' in request");
  const auto scramble =
      body.tuple && body.tuple->via.array.size >= 2 ? text_of(items_of(*body.tuple)[1]) : std::nullopt;
  if (!scramble || scramble->size() != std::tuple_size_v<Scramble>)
    return refuse(request, code::kInvalidMsgpack, "Invalid MsgPack - authentication scramble");
  request.user = *body.user;
  request.scramble = *scramble;
}

bool is_served(std::uint64_t type) noexcept {
  switch (static_cast<RequestType>(type)) {
    using enum RequestType;
    case select:
    case insert:
    case replace:
    case update:
    case erase:
    case auth:
    case eval:
    case upsert:
    case call:
    case ping:
      return type <= 64;
    case ok:
      break;
  }
  return false;
}

}  // namespace

void Decoder::request(std::string_view bytes, Request& into) {
  const auto frame = first_frame(bytes);
  into.parsed = frame.parsed;
  into.why = frame.why;
  into.bytes = frame.bytes;
  into.sync = 0;
  into.error_code = 0;
  if (frame.parsed != Parsed::done) return;
  auto& operation = into.operation;
  operation.key.clear();
  operation.tuple.clear();
  operation.changes.clear();
  if (!scratch_->read(frame.content)) return refuse(into, code::kInvalidMsgpack, "Invalid MsgPack - packet body");
  const auto type = scratch_->header_number(key::kType);
  into.sync = scratch_->header_number(key::kSync).value_or(0);
  if (!type) return refuse(into, code::kInvalidMsgpack, "Invalid MsgPack - packet header");
  if (!is_served(*type)) return refuse(into, code::kUnknownRequestType, fmt::format("Unknown request type {}", *type));
  into.type = static_cast<RequestType>(*type);
  Body body;
  if (scratch_->has_body && !read_body(scratch_->body, body))
    return refuse(into, code::kInvalidMsgpack, "Invalid MsgPack - packet body");
  if (into.type == RequestType::auth) return read_auth(into, body);
  read_operation(into, body);
}

}  // namespace hotlap::targets::iproto
