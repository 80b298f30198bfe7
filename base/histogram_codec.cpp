// HdrHistogram V2 encoding: a 40-byte big-endian header, then the counts in index order as zigzag LEB128 numbers of at
// most nine bytes, where a negative number stands for a run of zeros; the whole compressed by zlib behind an 8-byte
// header. Source: the format description in HdrHistogram's AbstractHistogram (hdrhistogram.org).
#include <fmt/core.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <optional>
#include <utility>

#include "base/histogram.h"

namespace hotlap {
namespace {

constexpr std::uint32_t kCookie = 0x1c849303 | 0x10;
constexpr std::uint32_t kCompressedCookie = 0x1c849304 | 0x10;
constexpr std::size_t kHeaderBytes = 40;
constexpr std::size_t kMostDecodedBytes = 64 * 1024 * 1024;  // guards against a zlib bomb

void put_big_endian(std::string& out, std::uint64_t value, int bytes) {
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift);
}

std::uint64_t get_big_endian(std::string_view in, std::size_t offset, std::size_t bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes; ++i) value = value << 8 | static_cast<unsigned char>(in[offset + i]);
  return value;
}

void put_zigzag(std::string& out, std::int64_t number) {
  auto value = static_cast<std::uint64_t>(number) << 1 ^ static_cast<std::uint64_t>(number >> 63);
  for (int byte = 0; byte < 8; ++byte) {
    if (value < 0x80) {
      out += static_cast<char>(value);
      return;
    }
    out += static_cast<char>(value | 0x80);
    value >>= 7;
  }
  out += static_cast<char>(value);  // the ninth byte carries eight bits
}

std::optional<std::int64_t> get_zigzag(std::string_view& in) {
  std::uint64_t value = 0;
  for (int byte = 0; byte < 9; ++byte) {
    if (in.empty()) return std::nullopt;
    const auto next = static_cast<unsigned char>(in.front());
    in.remove_prefix(1);
    if (byte == 8) {
      value |= static_cast<std::uint64_t>(next) << 56;
    } else {
      value |= static_cast<std::uint64_t>(next & 0x7F) << (7 * byte);
      if ((next & 0x80) == 0) break;
    }
  }
  return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
}

std::optional<std::string> inflate_all(std::string_view bytes) {
  z_stream stream{};
  if (inflateInit(&stream) != Z_OK) return std::nullopt;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string out;
  std::array<char, 16384> chunk{};
  int status = Z_OK;
  while (status == Z_OK && out.size() < kMostDecodedBytes) {
    stream.next_out = reinterpret_cast<Bytef*>(chunk.data());
    stream.avail_out = chunk.size();
    status = inflate(&stream, Z_NO_FLUSH);
    out.append(chunk.data(), chunk.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  if (status != Z_STREAM_END) return std::nullopt;
  return out;
}

constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::unexpected<Error> damaged(std::string_view what) {
  return fail(fmt::format("histogram: {}; it is not a whole HdrHistogram V2 compressed histogram", what));
}

}  // namespace

std::string Histogram::encode() const {
  std::string payload;
  std::int64_t zeros = 0;
  for (const std::uint64_t count : counts_) {
    if (count == 0) {
      ++zeros;
      continue;
    }
    if (zeros > 0) put_zigzag(payload, -std::exchange(zeros, 0));
    put_zigzag(payload, static_cast<std::int64_t>(count));
  }
  std::string plain;
  put_big_endian(plain, kCookie, 4);
  put_big_endian(plain, payload.size(), 4);
  put_big_endian(plain, 0, 4);  // normalizing index offset
  put_big_endian(plain, kSignificantDigits, 4);
  put_big_endian(plain, kLowestNs, 8);
  put_big_endian(plain, kHighestNs, 8);
  put_big_endian(plain, std::bit_cast<std::uint64_t>(1.0), 8);  // integer to double conversion ratio
  plain += payload;

  auto size = compressBound(static_cast<uLong>(plain.size()));
  std::string compressed(size, '\0');
  const int status = compress2(reinterpret_cast<Bytef*>(compressed.data()), &size,
                               reinterpret_cast<const Bytef*>(plain.data()), static_cast<uLong>(plain.size()), 6);
  check(status == Z_OK, "zlib compresses into a buffer of compressBound() bytes");
  std::string out;
  put_big_endian(out, kCompressedCookie, 4);
  put_big_endian(out, size, 4);
  return out.append(compressed, 0, size);
}

Result<Histogram> Histogram::decode(std::string_view bytes) {
  if (bytes.size() < 8 || get_big_endian(bytes, 0, 4) != kCompressedCookie) return damaged("the cookie is missing");
  const auto length = get_big_endian(bytes, 4, 4);
  if (length > bytes.size() - 8) return damaged("it ends too early");
  const auto plain = inflate_all(bytes.substr(8, length));
  if (!plain || plain->size() < kHeaderBytes || get_big_endian(*plain, 0, 4) != kCookie)
    return damaged("its compressed part does not open");
  const auto payload_bytes = get_big_endian(*plain, 4, 4);
  const auto digits = get_big_endian(*plain, 12, 4);
  const auto lowest = static_cast<std::int64_t>(get_big_endian(*plain, 16, 8));
  if (payload_bytes != plain->size() - kHeaderBytes || digits < 1 || digits > 5 || lowest < 1)
    return damaged("its header makes no sense");

  // The writer's own layout: sub-buckets from its digits, unit from its lowest value.
  const auto single_unit_range = static_cast<std::uint64_t>(2 * std::pow(10, digits));
  const auto half = std::bit_ceil(single_unit_range) / 2;
  const auto unit_magnitude = static_cast<std::uint64_t>(63 - std::countl_zero(static_cast<std::uint64_t>(lowest)));

  Histogram histogram;
  std::string_view payload(plain->data() + kHeaderBytes, payload_bytes);
  std::uint64_t index = 0;
  while (!payload.empty()) {
    const auto number = get_zigzag(payload);
    if (!number) return damaged("a count is cut off");
    if (*number <= 0) {
      index += *number == 0 ? 1 : static_cast<std::uint64_t>(-*number);
    } else {
      const std::uint64_t bucket = index < 2 * half ? 0 : index / half - 1;
      const std::uint64_t shift = bucket + unit_magnitude;
      if (shift > 42) return damaged("a count lies beyond every duration");
      const std::uint64_t middle = ((index - bucket * half) << shift) + (std::uint64_t{1} << shift) / 2;
      histogram.record(Nanos(static_cast<std::int64_t>(middle)), static_cast<std::uint64_t>(*number));
      ++index;
    }
    if (index > (std::uint64_t{1} << 32)) return damaged("a run of zeros is too long");
  }
  if (!histogram.empty()) {
    histogram.min_ns_ = std::max(kLowestNs, lowest_at(index_of(histogram.min_ns_)));
    histogram.max_ns_ = highest_at(index_of(histogram.max_ns_));
  }
  return histogram;
}

std::string Histogram::encode_base64() const {
  const std::string bytes = encode();
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t taken = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k)
      group = group << 8 | (k < taken ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k) text += k <= taken ? kBase64[group >> (18 - 6 * k) & 63] : '=';
  }
  return text;
}

Result<Histogram> Histogram::decode_base64(std::string_view text) {
  std::string bytes;
  std::uint32_t group = 0;
  int bits = 0;
  while (text.ends_with('=')) text.remove_suffix(1);
  for (const char c : text) {
    const auto digit = kBase64.find(c);
    if (digit == std::string_view::npos) return damaged("it is not base64");
    group = group << 6 | static_cast<std::uint32_t>(digit);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes += static_cast<char>(group >> bits);
    }
  }
  return decode(bytes);
}

}  // namespace hotlap
