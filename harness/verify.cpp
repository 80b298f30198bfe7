#include "harness/verify.h"

#include <fmt/core.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>

#include "base/clock.h"
#include "base/http1.h"
#include "harness/client_stream.h"
#include "harness/conformance/answer.h"
#include "harness/conformance/probes.h"
#include "harness/endpoint.h"

namespace hotlap::harness {
namespace {

constexpr std::size_t kMostAnswerBytes = std::size_t{64} << 20;

std::unexpected<Error> refuse(std::string message) {
  return fail(std::move(message), ExitCode::invalid_run);
}

Nanos patience_with(const load::LoadSpec& spec) {
  return std::max<Nanos>(spec.timeout, std::chrono::seconds(5));
}

}  // namespace

std::string request_text(const load::LoadSpec& spec) {
  const auto given = [&](std::string_view name) {
    return std::ranges::any_of(spec.headers,
                               [&](const auto& header) { return http1::equals_ignoring_case(header.first, name); });
  };
  std::string text = fmt::format("{} {} HTTP/1.1\r\n", spec.method, spec.url.target);
  if (!given("Host")) text += fmt::format("Host: {}\r\n", spec.url.authority());
  for (const auto& [name, value] : spec.headers) text += fmt::format("{}: {}\r\n", name, value);
  if (!spec.body.empty() && !given("Content-Length")) text += fmt::format("Content-Length: {}\r\n", spec.body.size());
  return text + "\r\n" + spec.body;
}

Result<std::optional<Answer>> parse_answer(std::string_view bytes, bool ended, bool to_head_request) {
  auto answer = next_answer(bytes, ended, to_head_request);
  if (!answer) return std::unexpected(answer.error());
  if (!*answer) return std::nullopt;
  return Answer{(*answer)->status, std::move((*answer)->body)};
}

Result<void> judge(const Answer& answer, const load::LoadSpec& spec) {
  const auto& expect = spec.expect;
  const auto page = fmt::format("page {}", printable(spec.url.target));
  if (answer.status < expect.status_low || answer.status > expect.status_high) {
    const auto expected = expect.status_low == expect.status_high
                              ? fmt::format("{}", expect.status_low)
                              : fmt::format("{}-{}", expect.status_low, expect.status_high);
    return refuse(
        fmt::format("{} answers with status {}, but {} is expected; check load.path", page, answer.status, expected));
  }
  if (expect.body_length && answer.body.size() != *expect.body_length)
    return refuse(fmt::format("{} answers with {} body bytes, but {} are expected; check load.expect", page,
                              answer.body.size(), *expect.body_length));
  if (expect.body && answer.body != *expect.body)
    return refuse(fmt::format("{} answers with the body '{}', but '{}' is expected; check load.expect", page,
                              printable(answer.body, 60), printable(*expect.body, 60)));
  return {};
}

Result<Answer> fetch(const load::LoadSpec& spec, Nanos timeout) {
  const Instant deadline = monotonic_now() + timeout;
  const auto peer = peer_of(spec);
  if (!peer) return std::unexpected(peer.error());
  auto stream = ClientStream::open(*peer, timeout);
  if (!stream) return std::unexpected(stream.error());
  const auto request = request_text(spec);
  std::string_view to_send = request;
  std::string bytes;
  char buffer[16 * 1024];
  while (true) {
    const Nanos left = deadline - monotonic_now();
    if (left <= Nanos::zero())
      return refuse(fmt::format("{} has not answered within {}", spec.url.text(), format_duration(timeout)));
    if (!to_send.empty()) {
      const auto sent = stream->send(to_send);
      if (sent < 0 && errno != EINTR && errno != EAGAIN)
        return fail_errno(fmt::format("write the request to {}", spec.url.text()));
      if (sent > 0) to_send.remove_prefix(static_cast<std::size_t>(sent));
    }
    const auto count = stream->receive(buffer);
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) {
      pollfd waiting{stream->socket(), static_cast<short>(to_send.empty() ? POLLIN : POLLIN | POLLOUT), 0};
      (void)::poll(&waiting, 1, poll_milliseconds(left));
      continue;
    }
    if (count < 0 && errno == EPROTO)
      return refuse(fmt::format("read the answer to {}: TLS: {}", spec.url.text(), stream->reason()));
    if (count < 0) return fail_errno(fmt::format("read the answer to {}", spec.url.text()), ExitCode::invalid_run);
    bytes.append(buffer, static_cast<std::size_t>(count));
    auto answer = parse_answer(bytes, count == 0, spec.method == "HEAD");
    if (!answer) return std::unexpected(answer.error());
    if (*answer) return std::move(**answer);
    if (bytes.size() > kMostAnswerBytes)
      return refuse(
          fmt::format("{} answers with more than {}", spec.url.text(), format_bytes(double{kMostAnswerBytes})));
  }
}

Result<void> verify_page(const load::LoadSpec& spec) {
  const auto answer = fetch(spec, patience_with(spec));
  if (!answer) return std::unexpected(answer.error());
  return judge(*answer, spec);
}

Result<std::uint64_t> verify_pipelining(const load::LoadSpec& spec) {
  const auto depth = std::min<std::size_t>(static_cast<std::size_t>(spec.pipeline_depth), kDeepestBatch);
  const auto peer = peer_of(spec);
  if (!peer) return std::unexpected(peer.error());
  const auto subject = meet({.peer = *peer,
                             .authority = spec.url.authority(),
                             .target = spec.url.target,
                             .page = {.text = request_text(spec), .head = spec.method == "HEAD"},
                             .patience = patience_with(spec)});
  if (!subject) return std::unexpected(subject.error());
  if (!subject->is_known()) return fail(fmt::format("{} does not answer twice", spec.url.text()));
  const auto judgement = probe_batch(*subject, depth);
  // Another status than alone is the load's to count: it is the same on every connection.
  if (judgement.outcome == Outcome::ok || judgement.outcome == Outcome::wrong)
    return subject->requests + judgement.answered + 1;
  return refuse(fmt::format("the target cannot take {} requests in one write: {}: {}; {}", depth,
                            to_text(judgement.outcome), judgement.sentence, judgement.meaning));
}

}  // namespace hotlap::harness
