// What a probe found out about a server: one word, a sentence with the figures, and what that means for load.
// Glossary: docs/verify.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/units.h"

namespace hotlap::harness {

enum class Outcome {
  ok,
  drop,     // requests were read and never answered
  close,    // the connection ended before everything was answered
  reorder,  // answers came in another order than their requests
  hang,     // nothing comes any more
  wrong,    // an answer came, but with the wrong status or framing
  skipped,  // could not be tried; the sentence says why
};
[[nodiscard]] std::string_view to_text(Outcome outcome) noexcept;

// What becomes of load when a probe fails.
enum class Weight {
  load,    // load relies on it: its figures would be wrong
  advice,  // a weakness of the server; load can live with it
};
[[nodiscard]] std::string_view to_text(Weight weight) noexcept;

struct Judgement {
  Outcome outcome = Outcome::ok;
  std::string sentence;        // "sent 8, got 1 answer, then silence for 2.00 s"
  std::string meaning;         // "pipelined load on this server would count 1 of 8; use depth 1"; empty when ok
  std::uint64_t sent = 0;      // requests
  std::uint64_t answered = 0;  // whole answers
  [[nodiscard]] bool passed() const noexcept { return outcome == Outcome::ok || outcome == Outcome::skipped; }
};

struct Finding {
  std::string probe;
  Weight weight = Weight::load;
  Judgement judgement;
  Nanos took{};
};

}  // namespace hotlap::harness
