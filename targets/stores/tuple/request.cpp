#include <fmt/core.h>

#include <array>
#include <bit>

#include "targets/stores/tuple/frame.h"
#include "targets/stores/tuple/iproto.h"
#include "targets/stores/tuple/iproto_key.h"
#include "targets/stores/tuple/msgpack.h"

namespace hotlap::targets::iproto {
namespace {

using msgpack::Kind;
using msgpack::Reader;

void refuse(Request& request, int error_code, std::string message) {
  request.error_code = error_code;
  request.error_message = std::move(message);
}

// What a body's key demands of its value. Operations on a space are refused over any key's value of another kind, calls
// and authentication only over those of their own keys.
Kind demanded_kind(std::uint64_t id) noexcept {
  switch (id) {
    case key::kKey:
    case key::kTuple:
    case key::kOperations:
      return Kind::array;
    case key::kFunction:
    case key::kUser:
    case key::kExpression:
      return Kind::text;
    default:
      return Kind::natural;
  }
}

bool is_on_a_space(RequestType type) noexcept {
  return type != RequestType::call && type != RequestType::eval && type != RequestType::auth;
}

constexpr std::uint64_t bit(std::uint8_t id) noexcept {
  return 1ULL << id;
}

// The keys without which a request of this type is refused.
constexpr std::uint64_t mandatory(RequestType type) noexcept {
  using enum RequestType;
  switch (type) {
    case select:
      return bit(key::kSpace) | bit(key::kLimit) | bit(key::kKey);
    case insert:
    case replace:
      return bit(key::kSpace) | bit(key::kTuple);
    case update:
      return bit(key::kSpace) | bit(key::kKey) | bit(key::kTuple);
    case erase:
      return bit(key::kSpace) | bit(key::kKey);
    case upsert:
      return bit(key::kSpace) | bit(key::kTuple) | bit(key::kOperations);
    case call:
      return bit(key::kFunction);
    case eval:
      return bit(key::kExpression);
    case auth:
      return bit(key::kUser) | bit(key::kTuple);
    case ok:
    case ping:
      break;
  }
  return 0;
}

std::string_view name_of_key(int id) noexcept {
  switch (id) {
    case key::kSpace:
      return "space id";
    case key::kLimit:
      return "limit";
    case key::kKey:
      return "key";
    case key::kTuple:
      return "tuple";
    case key::kFunction:
      return "function name";
    case key::kUser:
      return "user name";
    case key::kExpression:
      return "expression";
    default:
      return "operations";
  }
}

void store_number(Request& request, std::uint64_t id, std::uint64_t number) noexcept {
  const auto value = static_cast<std::uint32_t>(number);  // Tarantool keeps the lower half, too
  switch (id) {
    case key::kSpace:
      request.space = value;
      break;
    case key::kIndex:
      request.index = value;
      break;
    case key::kLimit:
      request.limit = value;
      break;
    case key::kOffset:
      request.offset = value;
      break;
    case key::kIterator:
      request.iterator = value;
      break;
    case key::kIndexBase:
      request.index_base = value;
      break;
    default:
      break;
  }
}

// The body is a whole item; false: not a map of keys and values of their kinds.
bool read_body(const char* at, Request& request, std::uint64_t& found) {
  if (msgpack::kind_of(at) != Kind::map) return false;
  const bool on_a_space = is_on_a_space(request.type);
  for (auto entries = msgpack::take_count(at); entries > 0; --entries) {
    if (msgpack::kind_of(at) != Kind::natural) {
      if (!on_a_space) return false;
      at = msgpack::skip(msgpack::skip(at));
      continue;
    }
    const auto id = msgpack::take_whole(at).bits;
    const char* const start = at;
    at = msgpack::skip(at);
    const bool own = id == key::kFunction || id == key::kExpression || id == key::kUser || id == key::kTuple;
    if (!on_a_space && !own) continue;
    if (id > key::kLastKnown || msgpack::kind_of(start) != demanded_kind(id)) return false;
    found |= 1ULL << (id & 63);
    const char* value = start;
    switch (id) {
      case key::kKey:
        request.key = {start, at};
        break;
      case key::kTuple:
        request.tuple = {start, at};
        break;
      case key::kOperations:
        request.operations = {start, at};
        break;
      case key::kFunction:
      case key::kExpression:
      case key::kUser:
        request.name = msgpack::take_text(value);
        break;
      default:
        store_number(request, id, msgpack::take_whole(value).bits);
        break;
    }
  }
  return true;
}

bool read_header(Reader& reader, Request& request, std::uint64_t& type) {
  std::uint32_t entries = 0;
  if (!reader.map(entries)) return false;
  while (entries-- > 0) {
    std::uint64_t id = 0;
    std::uint64_t number = 0;
    if (!reader.natural(id) || !reader.natural(number)) return false;
    if (id == key::kType) type = number;
    if (id == key::kSync) request.sync = number;
  }
  return true;
}

bool is_served(std::uint64_t type) noexcept {
  switch (type) {
    case std::to_underlying(RequestType::select):
    case std::to_underlying(RequestType::insert):
    case std::to_underlying(RequestType::replace):
    case std::to_underlying(RequestType::update):
    case std::to_underlying(RequestType::erase):
    case std::to_underlying(RequestType::auth):
    case std::to_underlying(RequestType::eval):
    case std::to_underlying(RequestType::upsert):
    case std::to_underlying(RequestType::call):
    case std::to_underlying(RequestType::ping):
      return true;
    default:
      return false;
  }
}

}  // namespace

void read_request(std::string_view bytes, Request& into) {
  const auto frame = first_frame(bytes);
  into.parsed = frame.parsed;
  into.why = frame.why;
  into.bytes = frame.bytes;
  into.sync = 0;
  into.error_code = 0;
  if (frame.parsed != Parsed::done) return;
  into.space = into.index = into.limit = into.offset = into.iterator = into.index_base = 0;
  into.key = into.tuple = into.operations = into.name = {};
  Reader reader(frame.content);
  std::uint64_t type = 0;
  if (!read_header(reader, into, type)) return refuse(into, code::kInvalidMsgpack, "Invalid MsgPack - packet header");
  const bool has_body = !reader.ended();
  const auto bad_body = [&] { refuse(into, code::kInvalidMsgpack, "Invalid MsgPack - packet body"); };
  if (has_body && msgpack::whole_item({reader.at(), reader.left()}) != reader.left()) return bad_body();
  if (!is_served(type)) return refuse(into, code::kUnknownRequestType, fmt::format("Unknown request type {}", type));
  into.type = static_cast<RequestType>(type);
  if (into.type == RequestType::ping) return;
  std::uint64_t found = 0;
  if (has_body) {
    if (!read_body(reader.at(), into, found)) return bad_body();
  } else if (!is_on_a_space(into.type)) {
    return refuse(into, code::kInvalidMsgpack, "Invalid MsgPack - missing request body");
  }
  if (const auto missing = mandatory(into.type) & ~found)
    refuse(into, code::kMissingRequestField,
           fmt::format("Missing mandatory field '{}' in request", name_of_key(std::countr_zero(missing))));
}

}  // namespace hotlap::targets::iproto
