#include "harness/conformance/probes.h"

#include <fmt/core.h>
#include <poll.h>

#include <algorithm>

#include "base/clock.h"
#include "base/did_you_mean.h"
#include "harness/conformance/judge.h"

namespace hotlap::harness {
namespace {

constexpr std::size_t kLongBytes = std::size_t{128} << 10;
constexpr std::size_t kMostCuts = 400;
constexpr std::size_t kStalledConnections = 8;
constexpr Nanos kDateMustMove = std::chrono::seconds(3);

// Requests together on one connection, cut by `cut`, and one more behind them.
Judgement send_batch(const Subject& subject, const std::vector<std::size_t>& order,
                     const std::function<std::vector<std::string>(std::string_view)>& cut) {
  Batch batch;
  batch.order_shows = subject.known.size() > 1;
  Sending sending;
  std::string text;
  for (const auto kind : order) {
    const auto& known = subject.known[kind];
    batch.asked.push_back(known);
    sending.to_head.push_back(known.request.head);
    text += known.request.text;
  }
  sending.pieces = cut(text);
  auto conversation = Conversation::open(subject.peer, subject.patience);
  if (!conversation) {
    batch.reply = {.end = End::unopened, .why = conversation.error().message};
    return judge_batch(batch, subject.patience);
  }
  batch.reply = conversation->exchange(sending);
  // Not of the kind of the first that is missing: so it shows whether what comes is late, or this one's answer.
  const auto got = batch.reply.answers.size();
  const auto next = order[std::min(got, order.size() - 1)];
  const auto& then = subject.known[(next + 1) % subject.known.size()];
  batch.then_asked = &then;
  if (batch.reply.end == End::enough || (batch.reply.end == End::silence && batch.reply.left_over == 0))
    batch.then = conversation->exchange({.pieces = {then.request.text}, .to_head = {then.request.head}});
  return judge_batch(batch, subject.patience);
}

std::vector<std::string> in_one_piece(std::string_view text) {
  return {std::string(text)};
}

Judgement skipped(std::string why) {
  return {.outcome = Outcome::skipped, .sentence = std::move(why)};
}

Judgement page(const Subject& subject) {
  const auto reply = talk(
      subject, {.pieces = {page_request(subject, "Connection: close\r\n")}, .to_head = {false}, .until_end = true});
  return judge_single(reply, subject.target, subject.patience);
}

Judgement keep_alive(const Subject& subject) {
  auto conversation = Conversation::open(subject.peer, subject.patience);
  std::vector<Reply> replies(3);
  if (!conversation) replies.front() = {.end = End::unopened, .why = conversation.error().message};
  for (auto& reply : replies) {
    if (conversation)
      reply =
          conversation->exchange({.pieces = {subject.page().request.text}, .to_head = {subject.page().request.head}});
    if (reply.end != End::enough) break;
  }
  return judge_in_turn(subject.page(), replies, subject.patience);
}

Judgement pipeline(const Subject& subject) {
  Judgement sum;
  for (std::size_t count = 2; count <= kDeepestBatch; ++count) {
    auto judgement = probe_batch(subject, count);
    if (!judgement.passed()) return judgement;
    sum.sent += judgement.sent;
    sum.answered += judgement.answered;
  }
  sum.sentence = fmt::format("2 to {} requests in one write: all answered{}", kDeepestBatch,
                             subject.known.size() > 1 ? " in order" : "; all are alike, so order cannot be told");
  return sum;
}

Judgement pipeline_split(const Subject& subject) {
  // Where two together fail anyhow, one alone can still be cut.
  const bool together = probe_batch(subject, 2).passed();
  const auto order = together ? mixed_order(2, subject.known.size()) : std::vector<std::size_t>{0};
  std::size_t length = 0;
  for (const auto kind : order) length += subject.known[kind].request.text.size();
  Judgement sum;
  const auto add = [&](Judgement judgement, const std::string& where) {
    sum.sent += judgement.sent;
    sum.answered += judgement.answered;
    if (judgement.passed() || !sum.passed()) return;
    judgement.sentence = fmt::format("{}: {}", where, judgement.sentence);
    sum = std::move(judgement);
  };
  const auto stride = std::max<std::size_t>(1, length / kMostCuts);
  std::size_t cuts = 0;
  for (std::size_t at = 1; at < length && sum.passed(); at += stride, ++cuts)
    add(send_batch(subject, order, [&](std::string_view text) { return cut_at(text, at); }),
        fmt::format("cut behind byte {} of {}", at, length));
  if (sum.passed()) add(send_batch(subject, order, cut_everywhere), "each byte a write of its own");
  if (sum.passed())
    sum.sentence = fmt::format("{} cut at {} places, and byte by byte: all answered",
                               together ? "2 requests in one stream" : "1 request", cuts);
  return sum;
}

Judgement pipeline_error(const Subject& subject) {
  if (!subject.page().keep_alive) return skipped("the server closes after each answer");
  constexpr std::size_t kGood = 2;
  std::vector<KnownAnswer> good;
  Sending sending{.until_end = true};
  std::string before;
  for (const auto kind : mixed_order(kGood, subject.known.size())) {
    good.push_back(subject.known[kind]);
    before += good.back().request.text;
    sending.to_head.push_back(good.back().request.head);
  }
  sending.pieces = {before + page_request(subject, "this line has no colon\r\n") + before};
  auto heads_behind = sending.to_head;
  sending.to_head.push_back(false);
  sending.to_head.insert(sending.to_head.end(), heads_behind.begin(), heads_behind.end());
  return judge_error_in_batch(good, talk(subject, sending), subject.patience);
}

Judgement head(const Subject& subject) {
  const std::string_view close = "Connection: close\r\n";
  const auto to_get = talk(subject, {.pieces = {page_request(subject, close)}, .to_head = {false}});
  if (to_get.answers.empty()) return skipped("GET is not answered");
  const auto reply = talk(
      subject, {.pieces = {request_to(subject, "HEAD", subject.target, close)}, .to_head = {true}, .until_end = true});
  return judge_head(reply, to_get.answers.front(), subject.patience);
}

Judgement chunked_request(const Subject& subject) {
  const auto post =
      request_to(subject, "POST", subject.target, "Content-Type: text/plain\r\nTransfer-Encoding: chunked\r\n") +
      "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n";
  const auto reply =
      talk(subject, {.pieces = {post + subject.page().request.text}, .to_head = {false, subject.page().request.head}});
  return judge_body(reply, subject.page(), subject.patience);
}

Judgement old_version(const Subject& subject) {
  const auto text = [&](std::string_view fields) {
    return fmt::format("GET {} HTTP/1.0\r\nHost: {}\r\n{}\r\n", subject.target, subject.authority, fields);
  };
  const auto plain = talk(subject, {.pieces = {text("")}, .to_head = {false}, .until_end = true});
  auto conversation = Conversation::open(subject.peer, subject.patience);
  if (!conversation)
    return judge_old_version(plain, {.end = End::unopened, .why = conversation.error().message}, {}, {});
  const auto keep = text("Connection: keep-alive\r\n");
  const auto kept = conversation->exchange({.pieces = {keep}, .to_head = {false}});
  Reply second;
  if (kept.end == End::enough && kept.answers.front().keep_alive)
    second = conversation->exchange({.pieces = {keep}, .to_head = {false}});
  return judge_old_version(plain, kept, second, subject.patience);
}

Judgement connection_close(const Subject& subject) {
  return judge_close(
      talk(subject,
           {.pieces = {page_request(subject, "Connection: close\r\n")}, .to_head = {false}, .until_end = true}),
      subject.patience);
}

Judgement limit(const Subject& subject, const std::string& request, int best_status) {
  const auto reply = talk(subject, {.pieces = {request}, .to_head = {false}});
  const auto afterwards = talk(subject, {.pieces = {page_request(subject)}, .to_head = {false}});
  return judge_limit(reply, afterwards, request.size(), best_status, subject.patience);
}

Judgement long_target(const Subject& subject) {
  return limit(subject, request_to(subject, "GET", subject.target + "?" + std::string(kLongBytes, 'a')), 414);
}

Judgement large_head(const Subject& subject) {
  std::string fields;
  for (int i = 0; fields.size() < kLongBytes; ++i)
    fields += fmt::format("X-Hotlap-{}: {}\r\n", i, std::string(50, 'a'));
  return limit(subject, page_request(subject, fields), 431);
}

Judgement refusal(const Subject& subject, const std::string& message, std::string_view what, Offence offence) {
  const auto reply = talk(subject, {.pieces = {message + page_request(subject)}, .to_head = {false, false}});
  return judge_refusal(reply, what, offence, subject.patience);
}

Judgement both_lengths(const Subject& subject) {
  return refusal(subject, page_request(subject, "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n",
                 "Content-Length and Transfer-Encoding in one head", Offence::both_lengths);
}

Judgement two_lengths(const Subject& subject) {
  return refusal(subject, page_request(subject, "Content-Length: 0\r\nContent-Length: 4\r\n"),
                 "two different Content-Lengths", Offence::length);
}

// The request that refusal() puts behind it is the chunk: whoever answers it has taken a body for a request.
Judgement bad_chunk(const Subject& subject) {
  return refusal(subject, page_request(subject, "Transfer-Encoding: chunked\r\n"), "a chunk whose length is no number",
                 Offence::body);
}

Judgement folded_line(const Subject& subject) {
  return refusal(subject, page_request(subject, "X-Hotlap: a\r\n b\r\n"), "a folded header line", Offence::head);
}

Judgement space_before_colon(const Subject& subject) {
  return refusal(subject, page_request(subject, "X-Hotlap : a\r\n"), "a blank before a header's colon", Offence::head);
}

Judgement bare_lf(const Subject& subject) {
  return refusal(subject, fmt::format("GET {} HTTP/1.1\nHost: {}\n\n", subject.target, subject.authority),
                 "a head with LF alone at its line ends", Offence::head);
}

Judgement slow_head(const Subject& subject) {
  constexpr std::size_t kPieces = 10;
  constexpr Nanos kGap = std::chrono::milliseconds(20);
  const auto& asked = subject.page();
  const auto reply =
      talk(subject, {.pieces = cut_into(asked.request.text, kPieces), .to_head = {asked.request.head}, .gap = kGap});
  return judge_slow(asked, reply, kPieces, kGap, subject.patience);
}

Judgement half_head(const Subject& subject) {
  std::vector<Conversation> stalled;
  const auto half = page_request(subject).substr(0, page_request(subject).size() / 2);
  for (std::size_t i = 0; i < kStalledConnections; ++i) {
    auto conversation = Conversation::open(subject.peer, subject.patience);
    if (!conversation) break;
    (void)conversation->exchange({.pieces = {half}, .to_head = {}});
    stalled.push_back(std::move(*conversation));
  }
  const auto& asked = subject.page();
  const auto reply = talk(subject, {.pieces = {asked.request.text}, .to_head = {asked.request.head}});
  return judge_beside(asked, reply, stalled.size(), subject.patience);
}

Judgement date(const Subject& subject) {
  const auto ask = [&] {
    const auto reply = talk(subject, {.pieces = {page_request(subject)}, .to_head = {false}});
    return reply.answers.empty() ? std::string() : reply.answers.front().date;
  };
  const Instant begun = monotonic_now();
  const auto first = ask();
  auto last = first;
  while (last == first && !first.empty() && monotonic_now() - begun < kDateMustMove) {
    (void)::poll(nullptr, 0, 50);
    last = ask();
  }
  return judge_date(first, last, monotonic_now() - begun);
}

}  // namespace

Judgement probe_batch(const Subject& subject, std::size_t count) {
  return send_batch(subject, mixed_order(count, subject.known.size()), in_one_piece);
}

const std::vector<Probe>& probes() {
  static const std::vector<Probe> all = {
      {"page", "the page is there, and as long as its head says", Weight::load, page},
      {"keep-alive", "three requests in turn on one connection", Weight::load, keep_alive},
      {"pipeline", "2 to 24 requests in one write, answered in order", Weight::load, pipeline},
      {"pipeline-split", "the same stream cut at every byte", Weight::load, pipeline_split},
      {"connection-close", "closes when it is asked to", Weight::load, connection_close},
      {"pipeline-error", "a broken request among good ones", Weight::advice, pipeline_error},
      {"head", "HEAD has GET's head and no body", Weight::advice, head},
      {"chunked-request", "a chunked body, and a request behind it", Weight::advice, chunked_request},
      {"http-1.0", "closes, or keeps the connection when asked to", Weight::advice, old_version},
      {"long-target", "a target of 128 KiB", Weight::advice, long_target},
      {"large-head", "2,000 header lines of 128 KiB", Weight::advice, large_head},
      {"both-lengths", "Content-Length and chunks at once are not believed", Weight::advice, both_lengths},
      {"two-lengths", "two different Content-Lengths are refused", Weight::advice, two_lengths},
      {"bad-chunk", "a chunk without a length is refused", Weight::advice, bad_chunk},
      {"obs-fold", "a folded header line is refused", Weight::advice, folded_line},
      {"space-before-colon", "a blank before a colon is refused", Weight::advice, space_before_colon},
      {"bare-lf", "line ends without CR are refused", Weight::advice, bare_lf},
      {"slow-head", "a head that drips in is served", Weight::advice, slow_head},
      {"half-head", "half heads on other connections stop nobody", Weight::advice, half_head},
      {"date", "Date moves on within 3 s, where there is one", Weight::advice, date},
      {kDrainProbe, "SIGTERM loses no request (only of a server that we started)", Weight::advice, nullptr},
  };
  return all;
}

Result<std::vector<const Probe*>> choose_probes(const std::vector<std::string>& names) {
  std::vector<const Probe*> chosen;
  for (const auto& probe : probes())
    if (names.empty() || std::ranges::find(names, probe.name) != names.end()) chosen.push_back(&probe);
  for (const auto& name : names) {
    if (std::ranges::find(probes(), name, &Probe::name) != probes().end()) continue;
    std::vector<std::string> known;
    for (const auto& probe : probes()) known.emplace_back(probe.name);
    return fail(fmt::format("--probe: '{}' is unknown{}", printable(name), did_you_mean(name, known)), ExitCode::usage);
  }
  return chosen;
}

Finding run_probe(const Probe& probe, const Subject& subject) {
  Finding finding{.probe = std::string(probe.name), .weight = probe.weight, .judgement = {}, .took = {}};
  const Instant begun = monotonic_now();
  if (!probe.run)
    finding.judgement = skipped("needs a server that is started here: give --engine or a scenario");
  else if (!subject.is_known() && probe.run != page)
    finding.judgement = skipped("the page is not answered when it is asked for alone");
  else
    finding.judgement = probe.run(subject);
  finding.took = monotonic_now() - begun;
  return finding;
}

}  // namespace hotlap::harness
