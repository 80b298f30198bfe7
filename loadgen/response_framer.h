// Cuts one connection's incoming bytes into responses and judges each: whole, interim, broken; as expected or not.
// Bodies stream through: nothing is kept but the piece of a head that a read cut off. No allocation once such a piece
// has been seen; only with `Judge::collect` are head and body put together, for those who want to see them. Source: RFC
// 9112 §6; fast path: a head that equals the last one of its kind byte for byte is not parsed again, nor are its fields
// judged again; a whole response that equals a good one byte for byte is good. Status and length are judged always, the
// rest in one response in Expectation::every of its kind, beginning with the first. One framer per connection, one
// Judge per worker; not thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/http1.h"
#include "loadgen/body_checks.h"
#include "loadgen/request_source.h"

namespace hotlap::loadgen {

// In the order in which they are judged.
enum class Fault : std::uint8_t { none, status, length, field, body, contains, hash };

// What a worker's connections share.
struct Judge {
  // Of one kind of request: the last head that can come again, with what it meant.
  struct Kind {
    std::string head;
    http1::ResponseHead known;
    bool fields_judged = false;
    bool fields_good = false;
    std::string whole;         // `head` and a short body, judged in full and good
    std::uint32_t others = 0;  // good ones that were not `whole`
    std::uint32_t turn = 0;    // 0: the next response is judged in full
  };
  bool collect = false;
  bool collect_bodies = true;  // with `collect`: not only heads
  std::vector<Kind> kinds;     // by RequestKind::number; grows when one is met for the first time
};

class ResponseFramer {
 public:
  enum class Kind : std::uint8_t {
    need_more,  // all input used
    response,   // one whole response
    bad,        // not HTTP: `why`; the connection is of no more use
  };
  struct Next {
    Kind kind = Kind::need_more;
    Fault fault = Fault::none;
    bool keep_alive = true;
    bool begun_here = true;  // its first byte was in this input; need_more: that of the response under way
    int status = 0;
    const char* why = nullptr;
  };

  explicit ResponseFramer(Judge& judge) noexcept : judge_(&judge) {}

  // Takes bytes from the front of `input` until one response is whole or the input is used up. `asked` is the request
  // that the response answers. Interim (1xx) responses are passed over.
  [[nodiscard]] Next next(std::string_view& input, const RequestKind& asked);
  // How many of the next bytes belong to a body that nobody looks at; never its last one. skip() says that so many have
  // passed.
  [[nodiscard]] std::uint64_t skippable(const RequestKind& asked) const noexcept;
  void skip(std::uint64_t bytes) noexcept;
  // The peer closed: the response that only this could end, if one was under way.
  [[nodiscard]] std::optional<Next> end_of_stream(const RequestKind& asked);
  // Of the last whole response; until the next call of next(). Empty unless Judge::collect.
  [[nodiscard]] std::string_view head() const noexcept { return head_; }
  [[nodiscard]] std::string_view body() const noexcept { return body_; }
  // Is a response cut off in the middle?
  [[nodiscard]] bool in_response() const noexcept { return phase_ != Phase::head || !partial_.empty(); }
  // Bytes of a head that a read cut off.
  [[nodiscard]] std::size_t kept() const noexcept { return partial_.size(); }
  void reset() noexcept;

 private:
  enum class Phase : std::uint8_t { head, counted_body, chunked_body, body_until_close };

  [[nodiscard]] Kind take_head(std::string_view& input, const RequestKind& asked, Next& next);
  [[nodiscard]] bool take_known(std::string_view& input, const RequestKind& asked) const noexcept;
  void keep_whole(std::string_view whole, const RequestKind& asked);
  [[nodiscard]] Fault judge(const RequestKind& asked);
  [[nodiscard]] Next finish(const RequestKind& asked, bool begun_here);
  void see_body(std::string_view bytes, const RequestKind& asked);

  Judge* judge_;
  Phase phase_ = Phase::head;
  bool keep_alive_ = true;
  bool in_full_ = false;  // this response's turn to be judged in full
  bool fields_good_ = true;
  bool body_differs_ = false;
  int status_ = 0;
  std::uint64_t body_left_ = 0;
  std::uint64_t body_seen_ = 0;
  http1::ChunkedReader chunks_;
  BodyChecks checks_;
  std::string partial_;
  std::string head_;
  std::string body_;
};

}  // namespace hotlap::loadgen
