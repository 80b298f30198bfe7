#include "loadgen/body_checks.h"

#include <openssl/evp.h>

#include <array>
#include <cstring>

namespace hotlap::loadgen {
namespace {

bool holds(std::string_view bytes, std::string_view wanted) noexcept {
  return ::memmem(bytes.data(), bytes.size(), wanted.data(), wanted.size()) != nullptr;
}

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};

}  // namespace

struct BodyChecks::Hash {
  std::unique_ptr<EVP_MD_CTX, FreeContext> context{EVP_MD_CTX_new()};
  bool used = false;
};

BodyChecks::BodyChecks() noexcept = default;
BodyChecks::BodyChecks(BodyChecks&&) noexcept = default;
BodyChecks& BodyChecks::operator=(BodyChecks&&) noexcept = default;
BodyChecks::~BodyChecks() = default;

void BodyChecks::begin(const load::Expectation& expect) {
  found_ = false;
  tail_.clear();
  if (expect.sha256.empty()) return;
  if (!hash_) hash_ = std::make_unique<Hash>();
  // The algorithm is looked up once for each connection; later bodies only reset its state.
  check(hash_->context && EVP_DigestInit_ex(hash_->context.get(), hash_->used ? nullptr : EVP_sha256(), nullptr) == 1,
        "SHA-256 can be begun");
  hash_->used = true;
}

void BodyChecks::see(std::string_view bytes, const load::Expectation& expect) {
  if (!expect.contains.empty() && !found_) search(bytes, expect.contains);
  if (!expect.sha256.empty())
    check(EVP_DigestUpdate(hash_->context.get(), bytes.data(), bytes.size()) == 1, "SHA-256 can be continued");
}

// A text that lies across pieces lies within what was kept of the earlier ones and the beginning of this one.
void BodyChecks::search(std::string_view bytes, std::string_view wanted) {
  const std::size_t kept = wanted.size() - 1;
  if (bytes.size() < kept || !tail_.empty()) {
    tail_.append(bytes.substr(0, kept));
    found_ = holds(tail_, wanted);
  }
  if (bytes.size() >= kept) {
    found_ = found_ || holds(bytes, wanted);
    tail_.assign(bytes.substr(bytes.size() - kept));
  } else if (tail_.size() > kept) {
    tail_.erase(0, tail_.size() - kept);
  }
}

bool BodyChecks::holds_text(const load::Expectation& expect) const noexcept {
  return expect.contains.empty() || found_;
}

bool BodyChecks::has_hash(const load::Expectation& expect) {
  if (expect.sha256.empty()) return true;
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  check(EVP_DigestFinal_ex(hash_->context.get(), digest.data(), &size) == 1 &&
            std::size_t{2} * size == expect.sha256.size(),
        "SHA-256 can be ended");
  for (std::size_t i = 0; i < size; ++i) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    if (expect.sha256[2 * i] != kDigits[digest[i] >> 4U] || expect.sha256[2 * i + 1] != kDigits[digest[i] & 0xfU])
      return false;
  }
  return true;
}

}  // namespace hotlap::loadgen
