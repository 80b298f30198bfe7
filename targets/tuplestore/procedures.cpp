#include "targets/tuplestore/procedures.h"

#include <fmt/core.h>
#include <openssl/evp.h>

#include <array>
#include <cstring>
#include <optional>
#include <utility>

#include "targets/stores/tuple/iproto.h"

namespace hotlap::targets::tuplestore {
namespace {

namespace code = iproto::code;

constexpr std::string_view kUuidExpression = "return require('uuid').str()";
constexpr std::string_view kMd5Expression = "return require('digest').md5_hex(require('digest').urandom(32))";

void refuse(Answer& answer, int error_code, std::string message) {
  answer.error_code = error_code;
  answer.error_message = std::move(message);
}

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

void count(const TupleSpace& space, const Operation& operation, Answer& answer) {
  if (operation.tuple.empty()) return answer.add_value(static_cast<std::int64_t>(space.size()));
  const Operation selection{.kind = OperationKind::select, .key = operation.tuple};
  if (auto selected = space.select(selection, answer.rows); !selected)
    return refuse(answer, selected.error().code, selected.error().message);
  answer.add_value(static_cast<std::int64_t>(answer.rows.size()));
}

void random_row(const TupleSpace& space, const Operation& operation, Answer& answer) {
  if (space.size() == 0) return answer.add_value(std::monostate{});
  const auto* chosen = operation.tuple.empty() ? nullptr : std::get_if<std::int64_t>(operation.tuple.data());
  const auto number = chosen ? static_cast<std::uint64_t>(*chosen) : 0;
  answer.rows.push_back(space.row_at(static_cast<std::size_t>(number % space.size())));
}

void upsert(TupleSpace& space, const Operation& operation, Answer& answer) {
  if (operation.changes.empty() && operation.tuple.empty())
    return refuse(answer, code::kLua, "Usage space:upsert(tuple_key, ops)");
  if (auto done = space.upsert(operation.tuple, operation.changes); !done)
    refuse(answer, done.error().code, done.error().message);
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
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", high >> 32, high >> 16 & 0xffff, high & 0xffff, low >> 48,
                     low & 0xffff'ffff'ffff);
}

std::string RandomSource::md5_hex() {
  const std::array<std::uint64_t, 4> bytes = {engine_(), engine_(), engine_(), engine_()};
  std::array<unsigned char, 16> digest{};
  EVP_DigestInit_ex2(digest_->context.get(), digest_->md5.get(), nullptr);
  EVP_DigestUpdate(digest_->context.get(), bytes.data(), sizeof bytes);
  EVP_DigestFinal_ex(digest_->context.get(), digest.data(), nullptr);
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const auto byte : digest) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 0xf];
  }
  return text;
}

void call_procedure(Database& database, const Operation& operation, Answer& answer) {
  if (operation.text == "hotlap_ready") return answer.add_value(database.provisioned());
  const auto method = parse_method(operation.text);
  auto* const space = method ? database.space_named(method->space) : nullptr;
  if (space && method->index.empty() && method->name == "count") return count(*space, operation, answer);
  if (space && method->index.empty() && method->name == "upsert") return upsert(*space, operation, answer);
  if (space && space->index_named(method->index) && method->name == "random")
    return random_row(*space, operation, answer);
  refuse(answer, code::kNoSuchProcedure, fmt::format("Procedure '{}' is not defined", operation.text));
}

void evaluate(Database& database, const Operation& operation, Answer& answer) {
  if (operation.text == "return true") return answer.add_value(true);
  if (operation.text == kUuidExpression) return answer.add_value(database.random().uuid());
  if (operation.text == kMd5Expression) return answer.add_value(database.random().md5_hex());
  if (operation.text == "return ...") {
    for (const auto& argument : operation.tuple) answer.add_value(argument);
    return;
  }
  refuse(answer, code::kLua, "hotlap-tuplestore evaluates only the expressions that the site's pages use");
}

}  // namespace hotlap::targets::tuplestore
