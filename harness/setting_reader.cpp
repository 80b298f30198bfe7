#include "harness/setting_reader.h"

#include <algorithm>

namespace hotlap::harness {

bool is_token(std::string_view text) {
  constexpr std::string_view kOther = "!#$%&'*+-.^_`|~";
  const auto allowed = [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || kOther.contains(c);
  };
  return !text.empty() && std::ranges::all_of(text, allowed);
}

}  // namespace hotlap::harness
