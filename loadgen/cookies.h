// The cookies of one connection: what Set-Cookie fields gave it, sent back with every request as one Cookie field.
// Of RFC 6265 only what a load needs: name and value are kept; Max-Age of 0 or less, or an Expires that has passed,
// deletes. Path, Domain and the rest are ignored: every request of the connection goes to one server. A lifetime that
// ends later is not watched. At most kMostCookies of kLongestCookie bytes: then the oldest goes, and longer ones are
// ignored, so that no server can make us grow. Not thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hotlap::loadgen {

class Cookies {
 public:
  static constexpr std::size_t kMostCookies = 50;
  static constexpr std::size_t kLongestCookie = 4096;  // name, '=' and value

  // Takes the Set-Cookie fields out of a whole head. `now_s`: since the Unix epoch.
  void take(std::string_view head, std::int64_t now_s);
  // "Cookie: a=1; b=2\r\n", empty when there are none.
  [[nodiscard]] std::string_view line() const noexcept { return line_; }
  void clear() noexcept;

 private:
  struct Cookie {
    std::string name;
    std::string value;
  };

  void take_one(std::string_view field, std::int64_t now_s);
  void write_line();

  std::vector<Cookie> cookies_;
  std::string line_;
};

// A date as cookies write it (RFC 6265 §5.1.1), in seconds since the Unix epoch; false when it is none.
[[nodiscard]] bool parse_cookie_date(std::string_view text, std::int64_t& seconds) noexcept;

}  // namespace hotlap::loadgen
