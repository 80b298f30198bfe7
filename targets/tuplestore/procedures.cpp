#include "targets/tuplestore/procedures.h"

#include <fmt/core.h>
#include <openssl/evp.h>

#include <array>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "base/error.h"
#include "targets/stores/tuple/iproto.h"
#include "targets/stores/tuple/msgpack.h"
#include "targets/tuplestore/page_procedures.h"

namespace hotlap::targets::tuplestore {
namespace {

namespace code = iproto::code;
using msgpack::Kind;

constexpr std::string_view kUuidExpression = "return require('uuid').str()";
constexpr std::string_view kMd5Expression = "return require('digest').md5_hex(require('digest').urandom(32))";

constexpr std::string_view kDigits = "0123456789abcdef";

// "box.space.stickers.index.p_name:random" → {stickers, p_name, random}; without an index its name is empty.
struct Method {
  std::string_view space;
  std::string_view index;
  std::string_view name;
};

std::optional<Method> parse_method(std::string_view text) {
  constexpr std::string_view kSpaces = "box.space.";
  constexpr std::string_view kIndexes = ".index.";
  if (!text.starts_with(kSpaces)) return std::nullopt;
  text.remove_prefix(kSpaces.size());
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  Method method{.space = text.substr(0, colon), .index = {}, .name = text.substr(colon + 1)};
  if (const auto dot = method.space.find(kIndexes); dot != std::string_view::npos) {
    method.index = method.space.substr(dot + kIndexes.size());
    method.space = method.space.substr(0, dot);
  }
  return method;
}

// The items of a whole MessagePack array, each still in its bytes.
std::vector<std::string_view> items_of(std::string_view array) {
  std::vector<std::string_view> items;
  const char* at = array.data();
  for (auto count = array.empty() ? 0 : msgpack::take_count(at); count > 0; --count) {
    const char* const end = msgpack::skip(at);
    items.emplace_back(at, static_cast<std::size_t>(end - at));
    at = end;
  }
  return items;
}

Kind kind_of(std::string_view item) noexcept {
  return msgpack::kind_of(item.data());
}

// count() or count(key): a key that is nil means every row, and one that is no array is an array of one.
void count(const TupleSpace& space, const std::vector<std::string_view>& arguments, Answer& answer) {
  std::string key = "\x90";
  if (!arguments.empty() && kind_of(arguments[0]) != Kind::nil)
    key = kind_of(arguments[0]) == Kind::array ? std::string(arguments[0]) : '\x91' + std::string(arguments[0]);
  const char* at = key.data();
  const auto iterator = msgpack::take_count(at) == 0 ? Iterator::all : Iterator::eq;
  const Selection selection{.iterator = std::to_underlying(iterator), .key = key};
  if (auto selected = space.select(selection, answer); !selected) return answer.refuse(selected.error());
  const auto rows = answer.items();
  answer.take_back();
  answer.add_value(std::int64_t{rows});
}

void random_row(const TupleSpace& space, const std::vector<std::string_view>& arguments, Answer& answer) {
  std::uint64_t number = 0;
  if (!arguments.empty() && kind_of(arguments[0]) != Kind::nil) {
    const bool whole = kind_of(arguments[0]) == Kind::natural || kind_of(arguments[0]) == Kind::integer;
    if (!whole) return answer.refuse(code::kLua, "cannot convert the argument of random to a number");
    const char* at = arguments[0].data();
    number = msgpack::take_whole(at).bits;
  }
  if (space.size() > 0) answer.take(space.row_at(static_cast<std::size_t>(number % space.size())));
}

// upsert(tuple, operations), with fields counted from 1, as Lua does.
void upsert(Database& database, TupleSpace& space, const std::vector<std::string_view>& arguments, Answer& answer) {
  if (arguments.size() != 2 || kind_of(arguments[0]) != Kind::array || kind_of(arguments[1]) != Kind::array)
    return answer.refuse(code::kLua, "Usage space:upsert(tuple_key, ops)");
  database.counts().add(iproto::RequestType::upsert);
  if (auto done = space.upsert(arguments[0], arguments[1], 1); !done) answer.refuse(done.error());
}

void tell_counts(const OperationCounts& counts, Answer& answer) {
  for (const auto& [name, type] : OperationCounts::kNames)
    answer.add(Tuple{std::string(name), static_cast<std::int64_t>(counts.of(type))});
  answer.add(Tuple{std::string(OperationCounts::kSent), static_cast<std::int64_t>(counts.sent())});
}

}  // namespace

struct RandomSource::Digest {
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(), EVP_MD_CTX_free};
  std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> md5{EVP_MD_fetch(nullptr, "MD5", nullptr), EVP_MD_free};
};

RandomSource::RandomSource() : digest_(std::make_unique<Digest>()) {
  std::random_device kernel;
  std::seed_seq seed{kernel(), kernel(), kernel(), kernel()};
  engine_.seed(seed);
  check(digest_->context && digest_->md5, "OpenSSL has MD5");
}
RandomSource::~RandomSource() = default;

std::string RandomSource::uuid() {
  constexpr std::uint64_t kVersion = 0x4000;
  const auto high = (engine_() & ~0xf000ULL) | kVersion;
  const auto low = (engine_() & ~(3ULL << 62)) | 1ULL << 63;
  std::string text(36, '-');
  std::size_t at = 0;
  for (int shift = 60; shift >= 0; shift -= 4) {
    if (at == 8 || at == 13) ++at;
    text[at++] = kDigits[high >> shift & 0xf];
  }
  for (int shift = 60; shift >= 0; shift -= 4) {
    if (at == 18 || at == 23) ++at;
    text[at++] = kDigits[low >> shift & 0xf];
  }
  return text;
}

std::string RandomSource::md5_hex() {
  const std::array<std::uint64_t, 4> bytes = {engine_(), engine_(), engine_(), engine_()};
  std::array<unsigned char, 16> digest{};
  EVP_DigestInit_ex2(digest_->context.get(), digest_->md5.get(), nullptr);
  EVP_DigestUpdate(digest_->context.get(), bytes.data(), sizeof bytes);
  EVP_DigestFinal_ex(digest_->context.get(), digest.data(), nullptr);
  std::string text;
  for (const auto byte : digest) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 0xf];
  }
  return text;
}

void call_procedure(Database& database, std::string_view name, std::string_view arguments, Answer& answer) {
  if (name == "hotlap_ready") return answer.add_value(database.provisioned());
  if (name == kStatisticsProcedure) return tell_counts(database.counts(), answer);
  if (call_page_procedure(database, name, arguments, answer)) return;
  const auto method = parse_method(name);
  auto* const space = method ? database.space_named(method->space) : nullptr;
  if (space && method->index.empty() && method->name == "count") return count(*space, items_of(arguments), answer);
  if (space && method->index.empty() && method->name == "upsert")
    return upsert(database, *space, items_of(arguments), answer);
  if (space && space->index_named(method->index) && method->name == "random")
    return random_row(*space, items_of(arguments), answer);
  answer.refuse(code::kNoSuchProcedure, fmt::format("Procedure '{}' is not defined", name));
}

void evaluate(Database& database, std::string_view expression, std::string_view arguments, Answer& answer) {
  if (expression == "return true") return answer.add_value(true);
  if (expression == kUuidExpression) return answer.add_value(database.random().uuid());
  if (expression == kMd5Expression) return answer.add_value(database.random().md5_hex());
  if (expression == "return ...") {
    for (const auto item : items_of(arguments)) answer.add(item);
    return;
  }
  answer.refuse(code::kLua, "hotlap-tuplestore evaluates only the expressions that the site's pages use");
}

}  // namespace hotlap::targets::tuplestore
