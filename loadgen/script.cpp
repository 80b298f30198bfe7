#include "loadgen/script.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "loadgen/request_count.h"
#include "loadgen/script_state.h"

namespace hotlap::loadgen {
namespace {

struct ThreadScript {
  std::unique_ptr<ScriptState> state;
  std::string fixed;  // the request of a script without request()
  std::optional<Error> error;
};

// What is the same for all threads.
struct Manner {
  bool dynamic = false;  // there is a request()
  bool delays = false;
  bool wants_responses = false;
  std::uint32_t depth = 1;
};

constexpr std::uint16_t kToHead = 1;  // index into kinds()

class ScriptedSource final : public RequestSource {
 public:
  ScriptedSource(ThreadScript& script, const Manner& manner, const load::Expectation& expect)
      : script_(&script), manner_(manner) {
    kinds_.push_back({.name = "script", .expect = expect, .head = false});
    kinds_.push_back({.name = "script HEAD", .expect = expect, .head = true, .number = kToHead});
    if (!manner.dynamic) {
      last_ = script.fixed;
      kind_ = count_requests(last_).all_head ? kToHead : 0;
    }
  }

  const std::vector<RequestKind>& kinds() const noexcept override { return kinds_; }

  // Only where nothing of the script has to run between requests, neither delay() nor response() with its
  // thread:stop().
  std::string_view constant() const noexcept override {
    const bool alone = !manner_.dynamic && !manner_.delays && !manner_.wants_responses && manner_.depth == 1;
    return alone && kind_ == 0 ? last_ : std::string_view();
  }

  Request next(std::uint32_t /*connection*/) override {
    if (script_->error) return nothing();
    if (!manner_.dynamic) return {.bytes = last_, .kind = kind_, .requests = manner_.depth};
    const auto bytes = script_->state->request();
    if (!bytes) return failed(bytes.error());
    // The last string was alive while this one was made: at the same address it is the same.
    if (bytes->data() != last_.data() || bytes->size() != last_.size()) {
      const auto count = count_requests(*bytes);
      if (count.why != nullptr) return failed({.message = fault_text(count, *bytes)});
      if (count.requests > manner_.depth)
        return failed({.message = fmt::format("request() answered {} requests, but {} when it was first asked",
                                              count.requests, manner_.depth)});
      last_ = *bytes;
      kind_ = count.all_head ? kToHead : 0;
      requests_ = count.requests;
    }
    return {.bytes = last_, .kind = kind_, .requests = requests_};
  }

  std::uint32_t batch() const noexcept override { return manner_.depth; }

  bool wants_responses() const noexcept override { return manner_.wants_responses; }

  void on_response(std::uint32_t /*connection*/, std::uint16_t /*kind*/, int status, std::string_view head,
                   std::string_view body) override {
    if (script_->error || !script_->state->defines("response")) return;
    if (auto answered = script_->state->response(status, head, body); !answered) script_->error = answered.error();
  }

  Nanos delay(std::uint32_t /*connection*/) override {
    if (!manner_.delays || script_->error) return {};
    const auto ms = script_->state->delay_ms();
    if (!ms) {
      script_->error = ms.error();
      return {};
    }
    constexpr double kLongest = 1e9;  // 11 days
    return *ms >= 1 ? std::chrono::milliseconds(static_cast<std::int64_t>(std::min(*ms, kLongest))) : Nanos{};
  }

  bool wants_stop() const noexcept override { return script_->state->stop || script_->error.has_value(); }

 private:
  [[nodiscard]] static Request nothing() noexcept { return {.bytes = {}, .kind = 0, .requests = 0}; }
  [[nodiscard]] Request failed(Error error) {
    script_->error = std::move(error);
    return nothing();
  }

  ThreadScript* script_;
  Manner manner_;
  std::vector<RequestKind> kinds_;
  std::string_view last_;
  std::uint16_t kind_ = 0;
  std::uint32_t requests_ = 0;
};

}  // namespace

struct Script::Parts {
  std::string path;
  load::Expectation expect;
  std::unique_ptr<ScriptState> main;
  std::vector<ThreadScript> threads;
  Manner manner;

  // As wrk says it: "FILE: WHAT".
  [[nodiscard]] std::unexpected<Error> blame(const Error& error) const {
    return fail(fmt::format("{}: {}", path, error.message));
  }
};

Script::Script(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Script::~Script() = default;

Result<std::unique_ptr<Script>> Script::load(const ScriptOptions& options) {
  auto parts = std::make_unique<Parts>();
  parts->path = options.path;
  parts->expect = options.expect;
  const auto new_state = [&]() -> Result<std::unique_ptr<ScriptState>> {
    auto state = std::make_unique<ScriptState>(options.target, options.headers);
    if (auto ran = state->run_file(options.path); !ran) return parts->blame(ran.error());
    return state;
  };
  auto main = new_state();
  if (!main) return std::unexpected(main.error());
  parts->main = std::move(*main);
  if (auto resolved = parts->main->resolve(options.target.host, options.target.service()); !resolved)
    return std::unexpected(resolved.error());

  parts->threads.resize(static_cast<std::size_t>(options.threads));
  for (std::size_t i = 0; i < parts->threads.size(); ++i) {
    auto& thread = parts->threads[i];
    auto state = new_state();
    if (!state) return std::unexpected(state.error());
    thread.state = std::move(*state);
    if (auto set_up = parts->main->setup(*thread.state); !set_up) return parts->blame(set_up.error());
    if (auto begun = thread.state->init(options.arguments); !begun) return parts->blame(begun.error());
    if (!thread.state->address) return parts->blame({.message = "a thread has no address: wrk.setup did not set it"});
    if (i == 0) {
      const auto bytes = thread.state->request();
      if (!bytes) return parts->blame(bytes.error());
      const auto count = count_requests(*bytes);
      if (count.why != nullptr) return fail(fault_text(count, *bytes));
      parts->manner = {.dynamic = thread.state->defines("request"),
                       .delays = options.delays && thread.state->defines("delay"),
                       .wants_responses = thread.state->defines("response"),
                       .depth = count.requests};
    }
    if (!parts->manner.dynamic) {
      const auto bytes = thread.state->request();
      if (!bytes) return parts->blame(bytes.error());
      const auto count = count_requests(*bytes);
      if (count.why != nullptr) return fail(fault_text(count, *bytes));
      thread.fixed = *bytes;
    }
  }
  return std::unique_ptr<Script>(new Script(std::move(parts)));
}

int Script::pipeline_depth() const noexcept {
  return static_cast<int>(parts_->manner.depth);
}

std::unique_ptr<RequestSource> Script::source_for(int thread) {
  return std::make_unique<ScriptedSource>(parts_->threads.at(static_cast<std::size_t>(thread)), parts_->manner,
                                          parts_->expect);
}

const Address& Script::address(int thread) const {
  return *parts_->threads.at(static_cast<std::size_t>(thread)).state->address;
}

std::optional<Error> Script::error() const {
  for (const auto& thread : parts_->threads)
    if (thread.error) return Error{.message = fmt::format("{}: {}", parts_->path, thread.error->message)};
  return std::nullopt;
}

bool Script::has_done() const {
  return parts_->main->defines("done");
}

Result<void> Script::done(const wrk::Outcome& outcome) {
  if (!has_done()) return {};
  if (auto finished = parts_->main->done(outcome); !finished) return parts_->blame(finished.error());
  return {};
}

}  // namespace hotlap::loadgen
