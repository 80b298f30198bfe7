#include "targets/stores/tuple/iproto.h"

#include <fmt/core.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

#include <algorithm>
#include <utility>

#include "base/units.h"
#include "targets/stores/tuple/iproto_key.h"
#include "targets/stores/tuple/msgpack.h"

namespace hotlap::targets::iproto {
namespace {

constexpr std::size_t kLineBytes = kGreetingBytes / 2;
constexpr std::size_t kSaltTextBytes = 44;  // 32 bytes in base64
constexpr std::size_t kScrambleSaltBytes = 20;
constexpr std::size_t kLengthBytes = 5;  // 0xce and four bytes, always: the length is known last

constexpr std::size_t kResponseHeadBytes = 28;
constexpr std::size_t kArrayHeadBytes = 5;  // 0xdd and four bytes, for the same reason

void put_big_endian32(std::string& out, std::size_t at, std::size_t value) {
  for (std::size_t byte = 0; byte < 4; ++byte) out[at + byte] = static_cast<char>(value >> (8 * (3 - byte)) & 0xff);
}

// The layout of the real server: fixed widths, so that equal answers have equal sizes.
std::size_t begin_response(std::string& out, std::uint32_t type, std::uint64_t sync) {
  constexpr std::string_view kHead(
      "\xce\0\0\0\0"              // length
      "\x83"                      // three entries
      "\x00\xce\0\0\0\0"          // type
      "\x01\xcf\0\0\0\0\0\0\0\0"  // sync
      "\x05\xce\0\0\0\1",         // schema version
      kResponseHeadBytes);
  const auto start = out.size();
  out.append(kHead);
  put_big_endian32(out, start + 8, type);
  put_big_endian32(out, start + 14, sync >> 32);
  put_big_endian32(out, start + 18, sync & 0xffff'ffff);
  return start;
}

void end_frame(std::string& out, std::size_t start) {
  put_big_endian32(out, start + 1, out.size() - start - kLengthBytes);
}

// One request at the end of a string; the destructor fills in its length.
class FrameWriter {
 public:
  explicit FrameWriter(std::string& out) : out_(out), start_(out.size()) { out_.append("\xce\0\0\0\0", kLengthBytes); }
  FrameWriter(const FrameWriter&) = delete;
  FrameWriter& operator=(const FrameWriter&) = delete;
  ~FrameWriter() { end_frame(out_, start_); }

  void map(std::size_t entries) { msgpack::write_map(out_, entries); }
  void array(std::size_t entries) { msgpack::write_array(out_, entries); }
  void number(std::uint64_t value) { msgpack::write_natural(out_, value); }
  void text(std::string_view value) { msgpack::write_text(out_, value); }
  void tuple(const Tuple& tuple) { msgpack::write_tuple(out_, tuple); }
  void changes(const std::vector<Change>& changes, std::uint32_t field_base) {
    array(changes.size());
    for (const auto& change : changes) {
      array(3);
      text({&change.operation, 1});
      number(std::uint64_t{change.field} + field_base);
      msgpack::write_value(out_, change.value);
    }
  }
  void entry(std::uint8_t key, std::uint64_t number_value) {
    number(key);
    number(number_value);
  }
  void request_header(RequestType type, std::uint64_t sync) {
    map(2);
    entry(key::kType, std::to_underlying(type));
    entry(key::kSync, sync);
  }

 private:
  std::string& out_;
  std::size_t start_;
};

void append_procedure(FrameWriter& frame, const Operation& operation, std::uint8_t text_key) {
  frame.map(2);
  frame.number(text_key);
  frame.text(operation.text);
  frame.number(key::kTuple);
  if (operation.changes.empty()) {
    frame.tuple(operation.tuple);
  } else {
    frame.array(2);
    frame.tuple(operation.tuple);
    frame.changes(operation.changes, 1);
  }
}

}  // namespace

Result<Greeting> parse_greeting(std::string_view bytes) {
  const auto refuse = [&] {
    return fail(fmt::format("the server's greeting '{}' is not one of Tarantool; is the port right?",
                            printable(bytes.substr(0, 40))));
  };
  if (bytes.size() < kGreetingBytes || !bytes.starts_with("Tarantool ") || bytes[kLineBytes - 1] != '\n' ||
      bytes[kGreetingBytes - 1] != '\n')
    return refuse();
  Greeting greeting;
  const auto first = bytes.substr(0, kLineBytes - 1);
  greeting.server = first.substr(0, first.find_last_not_of(' ') + 1);
  std::array<unsigned char, kSaltTextBytes> decoded{};
  const auto text = bytes.substr(kLineBytes, kSaltTextBytes);
  const int size = EVP_DecodeBlock(decoded.data(), reinterpret_cast<const unsigned char*>(text.data()),
                                   static_cast<int>(text.size()));
  if (size < static_cast<int>(greeting.salt.size())) return refuse();
  std::copy_n(decoded.begin(), greeting.salt.size(), greeting.salt.begin());
  return greeting;
}

std::string write_greeting(std::string_view server, const Salt& salt) {
  std::array<unsigned char, kSaltTextBytes + 1> encoded{};
  EVP_EncodeBlock(encoded.data(), salt.data(), static_cast<int>(salt.size()));
  const std::string_view salt_text(reinterpret_cast<const char*>(encoded.data()), kSaltTextBytes);
  return fmt::format("{:<63.63}\n{:<63}\n", server, salt_text);
}

Scramble scramble_password(std::string_view password, const Salt& salt) {
  Scramble step1{};
  SHA1(reinterpret_cast<const unsigned char*>(password.data()), password.size(), step1.data());
  std::array<unsigned char, kScrambleSaltBytes + std::tuple_size_v<Scramble>> salted{};
  std::copy_n(salt.begin(), kScrambleSaltBytes, salted.begin());
  SHA1(step1.data(), step1.size(), salted.data() + kScrambleSaltBytes);
  Scramble scramble{};
  SHA1(salted.data(), salted.size(), scramble.data());
  for (std::size_t byte = 0; byte < scramble.size(); ++byte) scramble[byte] ^= step1[byte];
  return scramble;
}

void append_operation(std::string& out, const Operation& operation, std::uint64_t sync) {
  FrameWriter frame(out);
  switch (operation.kind) {
    case OperationKind::ping:
      frame.request_header(RequestType::ping, sync);
      frame.map(0);
      return;
    case OperationKind::select:
      frame.request_header(RequestType::select, sync);
      frame.map(6);
      frame.entry(key::kSpace, operation.space);
      frame.entry(key::kIndex, operation.index);
      frame.entry(key::kLimit, operation.limit);
      frame.entry(key::kOffset, operation.offset);
      frame.entry(key::kIterator, std::to_underlying(operation.iterator));
      frame.number(key::kKey);
      frame.tuple(operation.key);
      return;
    case OperationKind::insert:
    case OperationKind::replace:
      frame.request_header(operation.kind == OperationKind::insert ? RequestType::insert : RequestType::replace, sync);
      frame.map(2);
      frame.entry(key::kSpace, operation.space);
      frame.number(key::kTuple);
      frame.tuple(operation.tuple);
      return;
    case OperationKind::update:
      frame.request_header(RequestType::update, sync);
      frame.map(4);
      frame.entry(key::kSpace, operation.space);
      frame.entry(key::kIndex, operation.index);
      frame.number(key::kKey);
      frame.tuple(operation.key);
      frame.number(key::kTuple);
      frame.changes(operation.changes, 0);
      return;
    case OperationKind::upsert:
      frame.request_header(RequestType::upsert, sync);
      frame.map(3);
      frame.entry(key::kSpace, operation.space);
      frame.number(key::kTuple);
      frame.tuple(operation.tuple);
      frame.number(key::kOperations);
      frame.changes(operation.changes, 0);
      return;
    case OperationKind::erase:
      frame.request_header(RequestType::erase, sync);
      frame.map(3);
      frame.entry(key::kSpace, operation.space);
      frame.entry(key::kIndex, operation.index);
      frame.number(key::kKey);
      frame.tuple(operation.key);
      return;
    case OperationKind::call:
      frame.request_header(RequestType::call, sync);
      append_procedure(frame, operation, key::kFunction);
      return;
    case OperationKind::eval:
      frame.request_header(RequestType::eval, sync);
      append_procedure(frame, operation, key::kExpression);
      return;
  }
}

void append_auth(std::string& out, std::string_view user, const Scramble& scramble, std::uint64_t sync) {
  FrameWriter frame(out);
  frame.request_header(RequestType::auth, sync);
  frame.map(2);
  frame.number(key::kUser);
  frame.text(user);
  frame.number(key::kTuple);
  frame.array(2);
  frame.text("chap-sha1");
  frame.text({reinterpret_cast<const char*>(scramble.data()), scramble.size()});
}

void append_ok(std::string& out, std::uint64_t sync) {
  const auto start = begin_response(out, 0, sync);
  out += '\x80';
  end_frame(out, start);
}

void append_error(std::string& out, std::uint64_t sync, int error_code, std::string_view message) {
  const auto start = begin_response(out, key::kErrorType | static_cast<std::uint32_t>(error_code), sync);
  out += '\x81';
  out += static_cast<char>(key::kError);
  msgpack::write_text(out, message);
  end_frame(out, start);
}

AnswerFrame::AnswerFrame(std::string& out, std::uint64_t sync) : out_(out), start_(begin_response(out, 0, sync)) {
  out_.append("\x81\x30\xdd\0\0\0\0", 2 + kArrayHeadBytes);
}

void AnswerFrame::finish(std::uint32_t items) {
  put_big_endian32(out_, start_ + kResponseHeadBytes + 3, items);
  end_frame(out_, start_);
}

void AnswerFrame::take_back() {
  out_.resize(start_);
}

}  // namespace hotlap::targets::iproto
