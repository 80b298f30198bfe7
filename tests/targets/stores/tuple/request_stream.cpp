#include "tests/targets/stores/tuple/request_stream.h"

#include <fmt/core.h>

#include <limits>
#include <utility>

#include "targets/stores/tuple/iproto.h"
#include "targets/stores/tuple/iproto_key.h"
#include "targets/stores/tuple/msgpack.h"

namespace hotlap::targets {
namespace {

namespace key = iproto::key;
using tuplestore::FieldType;
using tuplestore::IndexKind;

std::string natural(std::uint64_t value) {
  std::string out;
  msgpack::write_natural(out, value);
  return out;
}
std::string number(std::int64_t value) {
  std::string out;
  msgpack::write_value(out, value);
  return out;
}
std::string string(std::string_view value) {
  std::string out;
  msgpack::write_text(out, value);
  return out;
}
std::string array(const std::vector<std::string>& items) {
  std::string out;
  msgpack::write_array(out, items.size());
  for (const auto& item : items) out += item;
  return out;
}

std::string shown(std::string_view bytes) {
  std::string hex;
  for (const char byte : bytes) hex += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return hex;
}

constexpr const char* kTypeNames[] = {"string", "integer", "unsigned"};

// A body is built entry by entry; the count of entries goes in front at the end.
class Body {
 public:
  void add(std::uint64_t id, std::string_view value) {
    entries_ += natural(id);
    entries_ += value;
    ++count_;
  }
  [[nodiscard]] std::string bytes() const {
    std::string out;
    msgpack::write_map(out, count_);
    return out + entries_;
  }

 private:
  std::string entries_;
  std::size_t count_ = 0;
};

}  // namespace

std::vector<tuplestore::SpaceDefinition> stream_spaces() {
  using enum FieldType;
  constexpr auto kString = FieldType::string;
  return {{.id = 600,
           .name = "several",
           .indexes = {{.name = "pk", .parts = {{0, kString}, {1, unsigned_integer}}},
                       {.name = "by_number", .unique = false, .parts = {{2, integer}, {1, unsigned_integer}}},
                       {.name = "names", .parts = {{3, kString}, {2, integer}}},
                       {.name = "token", .kind = IndexKind::hash, .parts = {{4, unsigned_integer}}}}},
          {.id = 601,
           .name = "hashed",
           .indexes = {{.name = "pk", .kind = IndexKind::hash, .parts = {{0, kString}}},
                       {.name = "by_number", .unique = false, .parts = {{1, integer}}}}},
          {.id = 602, .name = "plain", .indexes = {{.name = "pk", .parts = {{0, unsigned_integer}}}}},
          {.id = 603,
           .name = "signed",
           .indexes = {{.name = "pk", .parts = {{0, integer}}},
                       {.name = "by_text", .unique = false, .parts = {{2, kString}}}}},
          {.id = 604,
           .name = "pairs",
           .indexes = {{.name = "pk", .kind = IndexKind::hash, .parts = {{1, kString}, {0, integer}}}}}};
}

std::string stream_script() {
  std::string script =
      "local port = assert(tonumber(os.getenv('HOTLAP_PORT')))\n"
      "function hotlap_ready() return false end\n"
      "box.cfg{listen = '127.0.0.1:' .. port, work_dir = os.getenv('HOTLAP_WORK_DIR'), wal_mode = 'none',\n"
      "        checkpoint_interval = 0, log_level = 'error', net_msg_max = 4096, readahead = 1024 * 1024}\n";
  for (const auto& space : stream_spaces()) {
    script += fmt::format("local s = box.schema.space.create('{}', {{id = {}}})\n", space.name, space.id);
    for (const auto& index : space.indexes) {
      script += fmt::format("s:create_index('{}', {{type = '{}', unique = {}, parts = {{", index.name,
                            index.kind == IndexKind::tree ? "TREE" : "HASH", index.unique);
      for (const auto& part : index.parts)
        script += fmt::format("{{{}, '{}'}},", part.field + 1, kTypeNames[static_cast<int>(part.type)]);
      script += "}})\n";
    }
  }
  return script +
         "box.schema.user.create('tesla', {password = 'secret'})\n"
         "box.schema.user.grant('tesla', 'read,write,execute', 'universe')\n"
         "function hotlap_ready() return true end\n";
}

std::string RequestStream::text() {
  if (one_in(40)) return string(std::string(below(300), 'x'));
  if (one_in(10)) return string(std::string(1 + below(9), 'a') + static_cast<char>('a' + below(3)));
  return string(std::string(1, static_cast<char>('a' + below(6))));
}

std::string RequestStream::whole() {
  return one_in(30) ? edge() : number(static_cast<std::int64_t>(below(14)) - 4);
}

std::string RequestStream::edge() {
  static constexpr std::uint64_t kEdges[] = {31,          32,
                                             127,         128,
                                             255,         256,
                                             65535,       65536,
                                             0x7fff'ffff, 1ULL << 31,
                                             1ULL << 32,  0x7fff'ffff'ffff'ffff,
                                             1ULL << 63,  0xffff'ffff'ffff'ffff};
  const auto value = kEdges[below(std::size(kEdges))];
  if (one_in(2)) return natural(value);
  if (value > 0x7fff'ffff'ffff'ffff) return number(std::numeric_limits<std::int64_t>::min());
  return number(-static_cast<std::int64_t>(value) - 1);
}

std::string RequestStream::any(int depth) {
  std::string out;
  switch (below(depth > 2 ? 8 : 11)) {
    case 0:
      return "\xc0";
    case 1:
      return one_in(2) ? "\xc2" : "\xc3";
    case 2:
      return text();
    case 3:
      return edge();
    case 4:
      msgpack::write_real(out, static_cast<double>(below(9)) / 4 - 1);
      return out;
    case 5:
      msgpack::write_single(out, static_cast<float>(below(9)) / 4 - 1);
      return out;
    case 6:
      return std::string("\xc4\x02\x00\xff", 4);  // binary
    case 8:
      return array({any(depth + 1), any(depth + 1)});
    case 9:
      return "\x81" + text() + any(depth + 1);
    case 10:
      return array({});
    default:
      return whole();
  }
}

std::string RequestStream::any_of_lua() {
  switch (below(5)) {
    case 0:
      return "\xc0";
    case 1:
      return one_in(2) ? "\xc2" : "\xc3";
    case 2:
      return text();
    default:
      return whole();
  }
}

std::string RequestStream::of_type(FieldType type) {
  switch (type) {
    case FieldType::string:
      return text();
    case FieldType::integer:
      return whole();
    case FieldType::unsigned_integer:
      break;
  }
  return one_in(40) ? natural(0xffff'ffff'ffff'ffff - below(3)) : natural(below(10));
}

std::string RequestStream::key_of(const IndexDefinition& index) {
  std::vector<std::string> parts;
  const auto size = one_in(12) ? below(5) : below(index.parts.size() + 1);
  for (std::size_t part = 0; part < size; ++part)
    parts.push_back(one_in(25) || part >= index.parts.size() ? any() : of_type(index.parts[part].type));
  return array(parts);
}

std::string RequestStream::exact_key_of(const IndexDefinition& index) {
  if (one_in(15)) return key_of(index);
  std::vector<std::string> parts;
  for (const auto& part : index.parts) parts.push_back(one_in(40) ? any() : of_type(part.type));
  return array(parts);
}

std::string RequestStream::exact_key_of_lua(const IndexDefinition& index) {
  std::vector<std::string> parts;
  for (const auto& part : index.parts) parts.push_back(one_in(20) ? any_of_lua() : of_type(part.type));
  if (one_in(8)) parts.pop_back();
  if (one_in(8)) parts.push_back(any_of_lua());
  return array(parts);
}

std::string RequestStream::tuple_of(const SpaceDefinition& space, bool of_lua) {
  std::vector<std::string> fields;
  const auto size = one_in(12) ? below(8) : 5 + below(3);
  for (std::uint32_t field = 0; field < size; ++field) {
    const tuplestore::IndexPart* indexed = nullptr;
    for (const auto& index : space.indexes)
      for (const auto& part : index.parts)
        if (part.field == field) indexed = &part;
    const bool right = indexed && !one_in(60);
    fields.push_back(right ? of_type(indexed->type) : of_lua ? any_of_lua() : any());
  }
  return array(fields);
}

std::string RequestStream::operation(std::uint64_t base, bool of_lua, bool of_upsert) {
  if (one_in(150)) return of_lua ? array({}) : any();
  static constexpr std::string_view kNames = "=========+++--!!##&|^:::";
  auto name = kNames[below(kNames.size())];
  auto field = number(static_cast<std::int64_t>(base) + static_cast<std::int64_t>(1 + below(7)));
  // An upsert has no fields from the end: Tarantool 2.6 counts the operations that it passes over as if they had
  // changed the tuple's length, looks at the wrong field when it asks whether the key stays, and then changes a primary
  // key.
  if (one_in(6) && !of_upsert) field = number(-1 - static_cast<std::int64_t>(below(8)));
  if (one_in(30)) field = number(static_cast<std::int64_t>(below(12)) - (of_upsert ? 0 : 3));
  if (!of_lua && !of_upsert && one_in(150)) field = one_in(2) ? edge() : "\xc0";
  std::vector<std::string> parts = {one_in(100) ? string(one_in(2) ? "?" : "==") : string({&name, 1}), field};
  const auto any_value = [&] { return of_lua ? any_of_lua() : any(); };
  switch (name) {
    case '+':
    case '-':
      parts.push_back(one_in(10) ? any_value() : one_in(8) ? edge() : whole());
      break;
    case '#':
      parts.push_back(one_in(10) ? any_value() : natural(1 + below(3)));
      break;
    case '&':
    case '|':
    case '^':
      parts.push_back(one_in(10) ? any_value() : natural(below(20)));
      break;
    case ':':
      for (int argument = 0; argument < 2; ++argument)
        parts.push_back(one_in(25) ? any_value() : number(static_cast<std::int64_t>(below(12)) - 4));
      parts.push_back(one_in(20) ? any_value() : text());
      break;
    default:
      parts.push_back(one_in(3) ? any_value() : one_in(2) ? text() : whole());
      break;
  }
  if (one_in(60)) parts.push_back(any_value());
  if (one_in(60)) parts.pop_back();
  if (one_in(200)) parts[0] = any_value();
  return array(parts);
}

std::string RequestStream::operations(std::uint64_t base, bool of_lua, bool of_upsert) {
  std::vector<std::string> list;
  for (auto count = below(5); count > 0; --count) list.push_back(operation(base, of_lua, of_upsert));
  return array(list);
}

void RequestStream::select(StreamRequest& request, std::string& bytes) {
  Body body;
  const auto& space = any_space();
  const auto index = one_in(40) ? below(7) : below(space.indexes.size());
  const auto& definition = space.indexes[index < space.indexes.size() ? index : 0];
  auto iterator = one_in(80) ? below(16) : below(7);
  auto limit = one_in(3) ? below(6) : below(40);
  auto offset = one_in(4) ? below(6) : 0;
  auto key = key_of(definition);
  if (definition.kind == IndexKind::hash && iterator != 0) {
    // Whole spaces can be compared, and what a key stands for; not what comes after it in an order of one's own.
    if (iterator == 6) key = array({});
    limit = 0xffff'ffff;
    offset = 0;
    request.compare = StreamRequest::Compare::in_any_order;
  }
  body.add(key::kSpace, natural(space_number(space)));
  if (index != 0 || one_in(2)) body.add(key::kIndex, natural(index));
  if (!one_in(200)) body.add(key::kLimit, natural(limit));
  if (offset != 0) body.add(key::kOffset, natural(offset));
  if (iterator != 0 || one_in(2)) body.add(key::kIterator, natural(iterator));
  if (!one_in(200)) body.add(key::kKey, key);
  bytes = body.bytes();
}

void RequestStream::change(std::uint64_t type, std::string& bytes) {
  using enum iproto::RequestType;
  Body body;
  const auto& space = any_space();
  body.add(key::kSpace, natural(space_number(space)));
  const auto base = one_in(3) ? below(3) : 0;
  if (base != 0 || one_in(10)) body.add(key::kIndexBase, natural(base));
  const bool by_key = type == std::to_underlying(update) || type == std::to_underlying(erase);
  if (by_key) {
    auto index = one_in(6) ? below(5) : 0;
    if (index != 0) body.add(key::kIndex, natural(index));
    if (index >= space.indexes.size()) index = 0;
    if (!one_in(200)) body.add(key::kKey, exact_key_of(space.indexes[index]));
    if (type == std::to_underlying(update) && !one_in(200)) body.add(key::kTuple, operations(base, false, false));
  } else {
    if (!one_in(200)) body.add(key::kTuple, tuple_of(space, false));
    if (type == std::to_underlying(upsert) && !one_in(200)) body.add(key::kOperations, operations(base, false, true));
    if (type == std::to_underlying(upsert)) look_at_ = space.id;
  }
  bytes = body.bytes();
}

void RequestStream::call(StreamRequest& request, std::string& bytes) {
  Body body;
  const auto& space = any_space();
  std::string name = fmt::format("box.space.{}", space.name);
  std::vector<std::string> arguments;
  switch (below(5)) {
    case 0:
      name += ":count";
      if (one_in(2)) arguments.push_back(one_in(3) ? any_of_lua() : exact_key_of_lua(space.indexes[0]));
      break;
    case 1:
      name += fmt::format(".index.{}:random", space.indexes[below(space.indexes.size())].name);
      if (!one_in(5)) arguments.push_back(natural(below(1000)));
      request.compare = StreamRequest::Compare::shape;
      break;
    case 2:
      name += one_in(2) ? ":nothing" : ".index.nothing:random";
      break;
    default:
      name += ":upsert";
      look_at_ = space.id;
      if (!one_in(20)) arguments.push_back(one_in(30) ? any_of_lua() : tuple_of(space, true));
      if (!one_in(20)) arguments.push_back(one_in(30) ? any_of_lua() : operations(1, true, true));
      break;
  }
  if (!one_in(100)) body.add(key::kFunction, string(name));
  if (!arguments.empty() || one_in(2)) body.add(key::kTuple, array(arguments));
  bytes = body.bytes();
}

// Bodies that are wrong as bodies.
void RequestStream::spoil(std::string& body) {
  Body wrong;
  switch (below(8)) {
    case 0:
      body.clear();
      break;
    case 1:
      body = array({natural(1)});
      break;
    case 2:
      body += "\xc1";
      break;
    case 3:
      body += natural(1);
      break;
    case 4:
      body.resize(body.size() - 1);
      break;
    case 5:
      wrong.add(key::kSpace, string("name"));
      wrong.add(key::kTuple, array({}));
      wrong.add(key::kKey, array({}));
      body = wrong.bytes();
      break;
    case 6:
      wrong.add(key::kSpace, natural(600));
      wrong.add(key::kTuple, natural(1));
      wrong.add(key::kKey, array({}));
      body = wrong.bytes();
      break;
    default:
      wrong.add(key::kSpace, natural(600 + (1ULL << 32) * below(2)));
      wrong.add(key::kKey, "\x80");
      body = wrong.bytes();
      break;
  }
}

StreamRequest RequestStream::next(std::uint64_t sync) {
  using Type = iproto::RequestType;
  static constexpr Type kTypes[] = {Type::select, Type::select, Type::insert, Type::insert, Type::replace,
                                    Type::update, Type::update, Type::update, Type::upsert, Type::upsert,
                                    Type::erase,  Type::call,   Type::ping};
  StreamRequest request;
  const auto framed = [&](std::uint64_t type, const std::string& body) {
    std::string content = "\x82";
    content += natural(key::kType) + natural(type) + natural(key::kSync) + natural(sync) + body;
    request.bytes = natural(content.size()) + content;
    request.what = fmt::format("type {} body {}", type, shown(body));
    return request;
  };
  if (const auto space = std::exchange(look_at_, 0)) {
    Body everything;
    everything.add(key::kSpace, natural(space));
    everything.add(key::kLimit, natural(0xffff'ffff));
    everything.add(key::kIterator, natural(std::to_underlying(Iterator::all)));
    everything.add(key::kKey, array({}));
    request.compare = StreamRequest::Compare::in_any_order;
    return framed(std::to_underlying(Type::select), everything.bytes());
  }
  std::uint64_t type = std::to_underlying(kTypes[below(std::size(kTypes))]);
  std::string body;
  switch (static_cast<Type>(type)) {
    case Type::select:
      select(request, body);
      break;
    case Type::call:
      call(request, body);
      break;
    case Type::ping:
      body = "\x80";
      break;
    default:
      change(type, body);
      break;
  }
  if (one_in(100)) spoil(body);
  if (one_in(300)) {
    static constexpr std::uint64_t kUnknown[] = {0, 73, 99, 1000, 128};
    type = kUnknown[below(std::size(kUnknown))];
  }
  return framed(type, body);
}

}  // namespace hotlap::targets
