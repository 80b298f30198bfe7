// Tarantool's binary protocol as both sides need it: frames of MessagePack, matched by a number called sync.
// Decoders are pure and answer one of three things: done (and how many bytes), need more, or bad (and why); foreign
// bytes never make them read out of bounds, recurse or allocate beyond a small multiple of the frame. Encoders append
// to a string, so that many frames become one write. Source: tarantool 2.6, doc/dev_guide/internals/box_protocol.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "targets/stores/store.h"

namespace hotlap::targets::iproto {

inline constexpr std::size_t kGreetingBytes = 128;
inline constexpr std::size_t kMaxFrameBytes = std::size_t{16} << 20;

using Salt = std::array<unsigned char, 32>;      // as greeted; the scramble uses the first 20
using Scramble = std::array<unsigned char, 20>;  // SHA-1

// Types of requests, as on the wire.
enum class RequestType : std::uint32_t {
  ok = 0,
  select = 1,
  insert = 2,
  replace = 3,
  update = 4,
  erase = 5,
  auth = 7,
  eval = 8,
  upsert = 9,
  call = 10,
  ping = 64  // what a client may ask besides is answered with kUnknownRequestType
};

// Codes of errors that both our server and its clients name (errcode.h of Tarantool 2.6).
namespace code {
inline constexpr int kLinkFailed = 0;  // ours: no answer came from the database at all
inline constexpr int kIllegalParameters = 1;
inline constexpr int kMemory = 2;
inline constexpr int kTupleFound = 3;
inline constexpr int kUnsupported = 5;
inline constexpr int kKeyPartType = 18;
inline constexpr int kExactMatch = 19;
inline constexpr int kInvalidMsgpack = 20;
inline constexpr int kFieldType = 23;
inline constexpr int kSplice = 25;
inline constexpr int kUpdateArgumentType = 26;
inline constexpr int kUnknownUpdateOperation = 28;
inline constexpr int kUpdateField = 29;
inline constexpr int kKeyPartCount = 31;
inline constexpr int kLua = 32;
inline constexpr int kNoSuchProcedure = 33;
inline constexpr int kNoSuchIndex = 35;
inline constexpr int kNoSuchSpace = 36;
inline constexpr int kNoSuchField = 37;
inline constexpr int kFieldMissing = 39;
inline constexpr int kMoreThanOneTuple = 41;
inline constexpr int kAccessDenied = 42;
inline constexpr int kNoSuchUser = 45;
inline constexpr int kPasswordMismatch = 47;
inline constexpr int kUnknownRequestType = 48;
inline constexpr int kMissingRequestField = 69;
inline constexpr int kUpdatePrimaryKey = 94;
inline constexpr int kIntegerOverflow = 95;
inline constexpr int kTupleTooLarge = 110;
inline constexpr int kUnsupportedIterator = 112;
inline constexpr int kPartialKey = 136;
}  // namespace code

struct Greeting {
  std::string server;  // "Tarantool 2.6.0 (Binary) <uuid>"
  Salt salt{};
};
// `bytes` are the first 128 of a connection.
[[nodiscard]] Result<Greeting> parse_greeting(std::string_view bytes);
[[nodiscard]] std::string write_greeting(std::string_view server, const Salt& salt);

// chap-sha1: SHA1(password) xor SHA1(salt + SHA1(SHA1(password))). Both sides compute it; we keep the password.
[[nodiscard]] Scramble scramble_password(std::string_view password, const Salt& salt);

// Client to server.
void append_operation(std::string& out, const Operation& operation, std::uint64_t sync);
void append_auth(std::string& out, std::string_view user, const Scramble& scramble, std::uint64_t sync);

// Server to client.
void append_ok(std::string& out, std::uint64_t sync);
void append_error(std::string& out, std::uint64_t sync, int error_code, std::string_view message);
// An answer whose data are written straight into the output: between the two, the caller appends items in MessagePack.
class AnswerFrame {
 public:
  AnswerFrame(std::string& out, std::uint64_t sync);
  void finish(std::uint32_t items);
  void take_back();  // the output is as it was before

 private:
  std::string& out_;
  std::size_t start_;
};

enum class Parsed { done, need_more, bad };

struct Response {
  Parsed parsed = Parsed::need_more;
  const char* why = nullptr;  // when bad: a clause
  std::size_t bytes = 0;      // of the whole frame, when done
  std::uint64_t sync = 0;
  Outcome outcome;  // rows; a value that stands alone in the data is a row of one
};

// What a client asks. Texts are views into the bytes that were read. Key, tuple and operations are MessagePack arrays
// that are whole but not looked into; empty when the request has none.
struct Request {
  Parsed parsed = Parsed::need_more;
  const char* why = nullptr;  // when bad: the length cannot be read, so neither can anything behind it
  std::size_t bytes = 0;
  std::uint64_t sync = 0;
  RequestType type = RequestType::ping;
  std::uint32_t space = 0;
  std::uint32_t index = 0;
  std::uint32_t limit = 0;
  std::uint32_t offset = 0;
  std::uint32_t iterator = 0;
  std::uint32_t index_base = 0;  // the number of the first field, in operations
  std::string_view key;
  std::string_view tuple;       // of update: its operations
  std::string_view operations;  // of upsert
  std::string_view name;        // procedure of call, expression of eval, user of auth
  int error_code = 0;           // the frame is whole but its content is not to be executed
  std::string error_message;
};

// `count` items, one after the other, as rows.
[[nodiscard]] Outcome read_rows(std::string_view items, std::size_t count);

// The first frame of `bytes`.
[[nodiscard]] Response read_response(std::string_view bytes);
void read_request(std::string_view bytes, Request& into);

}  // namespace hotlap::targets::iproto
