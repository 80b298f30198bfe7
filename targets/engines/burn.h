// A cost knob: processor time of a known length before each answer, so that a regression gate can be tested with a
// regression of known size. The work is a chain of dependent multiplications: neither wider nor smarter processors nor
// the memory change its cycles. How many links take the time is found out on this machine (calibrate_burn); fractions
// of a link are carried over to the next request, so that the mean is exact. One Burn per thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

#include "base/error.h"
#include "base/units.h"
#include "targets/engines/handler.h"

namespace hotlap::targets {

class Burn {
 public:
  explicit Burn(double links) noexcept : links_(links) {}
  void operator()() noexcept { work(next_links()); }
  // How many links the next request gets: whole ones, whose sum over n requests is n · links to within one.
  [[nodiscard]] std::uint64_t next_links() noexcept {
    carried_ += links_;
    const auto whole = static_cast<std::uint64_t>(carried_);
    carried_ -= static_cast<double>(whole);
    return whole;
  }
  static void work(std::uint64_t links) noexcept;

 private:
  double links_;
  double carried_ = 0;
};

// What one request costs, in nanoseconds of this thread's CPU time, with so many links: the mean over many requests.
using MeasureBurn = std::function<double(double links)>;
[[nodiscard]] double measure_burn_ns(double links);

struct BurnCalibration {
  double links = 0;        // for Burn
  double measured_ns = 0;  // what they cost, in a last look
  [[nodiscard]] double deviation(Nanos asked) const noexcept {
    return measured_ns / static_cast<double>(asked.count()) - 1;
  }
};
// Corrects the links until they cost `asked` to within 0.3 %, ten times at most. Error: the processor's speed does not
// hold still for that long; says how far off it was.
[[nodiscard]] Result<BurnCalibration> calibrate_burn(Nanos asked, const MeasureBurn& measure = measure_burn_ns);

// Burns, then lets another handler answer.
class BurningHandler final : public Handler {
 public:
  BurningHandler(double links, std::unique_ptr<Handler> answers) : burn_(links), answers_(std::move(answers)) {}
  bool handle(const Request& request, std::string& out, Deferral& deferral) override {
    burn_();
    return answers_->handle(request, out, deferral);
  }

 private:
  Burn burn_;
  std::unique_ptr<Handler> answers_;
};

}  // namespace hotlap::targets
