#include "harness/conformance/finding.h"

namespace hotlap::harness {

std::string_view to_text(Outcome outcome) noexcept {
  switch (outcome) {
    case Outcome::ok:
      return "ok";
    case Outcome::drop:
      return "drop";
    case Outcome::close:
      return "close";
    case Outcome::reorder:
      return "reorder";
    case Outcome::hang:
      return "hang";
    case Outcome::wrong:
      return "wrong";
    case Outcome::skipped:
      return "skipped";
  }
  return "?";
}

std::string_view to_text(Weight weight) noexcept {
  return weight == Weight::load ? "load" : "advice";
}

}  // namespace hotlap::harness
