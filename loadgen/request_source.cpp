#include "loadgen/request_source.h"

#include <fmt/core.h>

#include <algorithm>
#include <ctime>

#include "loadgen/contract/request_rules.h"
#include "loadgen/cookies.h"
#include "loadgen/request_layout.h"
#include "loadgen/value_stream.h"

namespace hotlap::loadgen {
namespace {

// The spec's requests: whose turn it is, with which values and cookies.
class TemplatedSource final : public RequestSource {
 public:
  TemplatedSource(const load::LoadSpec& spec, const std::vector<load::RequestTemplate>& requests,
                  std::vector<RequestLayout> layouts, int worker, int workers)
      : layouts_(std::move(layouts)),
        in_sequence_(spec.order == load::RequestOrder::sequence),
        keep_cookies_(spec.keep_cookies),
        choice_(random_for(spec.seed, "{{}}", worker)),  // no placeholder has this name
        values_(spec.values.size()) {
    double sum = 0;
    for (const auto& request : requests) {
      kinds_.push_back({.name = request.name,
                        .expect = request.expect,
                        .head = request.method == "HEAD",
                        .number = static_cast<std::uint16_t>(kinds_.size())});
      sum += request.weight;
      share_up_to_.push_back(sum);
    }
    for (auto& share : share_up_to_) share /= sum;
    for (const auto& value : spec.values) streams_.emplace_back(value, spec.seed, worker, workers);
    const auto connections = static_cast<std::size_t>(spec.connections / workers) + 1;
    if (in_sequence_) turn_.resize(connections);
    if (keep_cookies_) cookies_.resize(connections);
  }

  const std::vector<RequestKind>& kinds() const noexcept override { return kinds_; }
  std::string_view constant() const noexcept override {
    return layouts_.size() == 1 ? layouts_.front().constant() : std::string_view();
  }

  Request next(std::uint32_t connection) override {
    const std::uint16_t kind = next_kind(connection);
    const auto& layout = layouts_[kind];
    if (const auto constant = layout.constant(); !constant.empty()) return {.bytes = constant, .kind = kind};
    for (const auto value : layout.values()) values_[value] = streams_[value].next();
    request_.clear();
    layout.write(values_, keep_cookies_ ? cookies_[connection].line() : std::string_view(), request_);
    return {.bytes = request_, .kind = kind};
  }

  bool wants_responses() const noexcept override { return keep_cookies_; }
  bool wants_bodies() const noexcept override { return false; }
  void on_response(std::uint32_t connection, std::uint16_t /*kind*/, int /*status*/, std::string_view head,
                   std::string_view /*body*/) override {
    if (keep_cookies_) cookies_[connection].take(head, std::time(nullptr));
  }
  void on_reconnect(std::uint32_t connection) override {
    if (!keep_cookies_) return;
    cookies_[connection].clear();
    if (in_sequence_) turn_[connection] = 0;  // what the first requests set up is gone
  }

 private:
  std::uint16_t next_kind(std::uint32_t connection) noexcept {
    if (kinds_.size() == 1) return 0;
    if (in_sequence_) {
      auto& turn = turn_[connection];
      const auto kind = turn;
      turn = static_cast<std::uint16_t>(turn + 1U == kinds_.size() ? 0 : turn + 1);
      return kind;
    }
    const auto found = std::ranges::upper_bound(share_up_to_, choice_.unit());
    return static_cast<std::uint16_t>(std::min<std::ptrdiff_t>(found - share_up_to_.begin(), std::ssize(kinds_) - 1));
  }

  std::vector<RequestKind> kinds_;
  std::vector<RequestLayout> layouts_;  // by kind
  std::vector<double> share_up_to_;     // by kind: its share and that of those before it
  bool in_sequence_;
  bool keep_cookies_;
  Random choice_;
  std::vector<ValueStream> streams_;
  std::vector<std::string_view> values_;  // drawn for the request that is being written
  std::vector<std::uint16_t> turn_;       // by connection: the kind of its next request
  std::vector<Cookies> cookies_;          // by connection
  std::string request_;
};

}  // namespace

Result<std::unique_ptr<RequestSource>> make_request_source(const load::LoadSpec& spec, int worker, int workers) {
  const auto requests = load::requests_of(spec);
  std::vector<RequestLayout> layouts;
  for (const auto& request : requests) {
    auto layout = RequestLayout::compile(request, spec);
    if (!layout)
      return fail(fmt::format("request '{}': {}", printable(request.name), layout.error().message), ExitCode::usage);
    layouts.push_back(std::move(*layout));
  }
  return std::make_unique<TemplatedSource>(spec, requests, std::move(layouts), worker, workers);
}

}  // namespace hotlap::loadgen
