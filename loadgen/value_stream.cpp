#include "loadgen/value_stream.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace hotlap::loadgen {
namespace {

std::uint64_t different_values(const load::ValueSource& source) noexcept {
  if (source.law == load::ValueSource::Law::list) return source.items.size();
  return static_cast<std::uint64_t>(source.high) - static_cast<std::uint64_t>(source.low) + 1;
}

std::uint64_t within(std::uint64_t place, std::uint64_t count) noexcept {
  return count == 0 ? place : place % count;
}

}  // namespace

Zipf::Zipf(std::uint64_t ranks, double exponent) noexcept
    : ranks_(ranks),
      exponent_(exponent),
      area_from_(area(1.5) - 1),
      area_to_(area(static_cast<double>(ranks) + 0.5)),
      sure_distance_(2 - area_inverse(area(2.5) - height(2))) {}

double Zipf::height(double x) const noexcept {
  return std::exp(-exponent_ * std::log(x));
}

// (x^(1 - exponent) - 1) / (1 - exponent), written so that it is continuous where the exponent is 1.
double Zipf::area(double x) const noexcept {
  const double log_x = std::log(x);
  const double power = (1 - exponent_) * log_x;
  return std::abs(power) < 1e-12 ? log_x : std::expm1(power) / power * log_x;
}

double Zipf::area_inverse(double y) const noexcept {
  const double share = std::max(y * (1 - exponent_), -1.0);
  return std::abs(share) < 1e-12 ? std::exp(y) : std::exp(std::log1p(share) / share * y);
}

std::uint64_t Zipf::draw(Random& random) const noexcept {
  while (true) {
    const double y = area_to_ + random.unit() * (area_from_ - area_to_);
    const double x = area_inverse(y);
    const double rank = std::clamp(std::floor(x + 0.5), 1.0, static_cast<double>(ranks_));
    if (rank - x <= sure_distance_ || y >= area(rank + 0.5) - height(rank)) return static_cast<std::uint64_t>(rank);
  }
}

Random random_for(std::uint64_t seed, std::string_view purpose, int worker) noexcept {
  std::uint64_t state = seed;
  for (const char c : purpose) state = Random(state ^ static_cast<unsigned char>(c)).next();
  return Random(Random(state + static_cast<std::uint64_t>(worker)).next());
}

ValueStream::ValueStream(const load::ValueSource& source, std::uint64_t seed, int worker, int workers) noexcept
    : source_(&source),
      count_(different_values(source)),
      place_(within(static_cast<std::uint64_t>(worker), count_)),
      step_(within(static_cast<std::uint64_t>(workers), count_)),
      random_(random_for(seed, source.name, worker)),
      zipf_(source.law == load::ValueSource::Law::zipf ? count_ : 1, source.exponent) {}

std::string_view ValueStream::next() noexcept {
  using Law = load::ValueSource::Law;
  switch (source_->law) {
    case Law::sequence:
      return written(deal());
    case Law::uniform:
      return written(count_ == 0 ? random_.next() : random_.below(count_));
    case Law::zipf:
      return written(zipf_.draw(random_) - 1);
    case Law::list:
      return source_->items[deal()];
    case Law::uuid:
      return uuid();
  }
  return {};
}

std::uint64_t ValueStream::deal() noexcept {
  const std::uint64_t place = place_;
  if (count_ == 0)
    place_ += step_;
  else
    place_ = count_ - place > step_ ? place + step_ : step_ - (count_ - place);
  return place;
}

std::string_view ValueStream::written(std::uint64_t offset) noexcept {
  const auto value = static_cast<std::int64_t>(static_cast<std::uint64_t>(source_->low) + offset);
  const auto end = std::to_chars(text_.data(), text_.data() + text_.size(), value).ptr;
  return {text_.data(), static_cast<std::size_t>(end - text_.data())};
}

std::string_view ValueStream::uuid() noexcept {
  const std::uint64_t high = (random_.next() & ~std::uint64_t{0xf000}) | 0x4000;  // version 4
  const std::uint64_t low = (random_.next() >> 2U) | (std::uint64_t{1} << 63U);   // variant 10
  std::size_t at = 0;
  for (int digit = 0; digit < 32; ++digit) {
    if (digit == 8 || digit == 12 || digit == 16 || digit == 20) text_[at++] = '-';
    const std::uint64_t half = digit < 16 ? high : low;
    text_[at++] = "0123456789abcdef"[(half >> (60U - 4U * static_cast<unsigned>(digit % 16))) & 0xfU];
  }
  return {text_.data(), at};
}

}  // namespace hotlap::loadgen
