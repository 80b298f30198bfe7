#include "harness/conformance/subject.h"

#include <fmt/core.h>

#include <algorithm>

namespace hotlap::harness {
namespace {

// Most servers know that they do not have it, and say so in another way than the page.
constexpr std::string_view kNoSuchPage = "/hotlap-verify-no-such-page";

// How this request is answered when it is asked twice; nullopt when it is not, or when the page asked for behind it is
// not found: a body after HEAD, say, would be taken for it.
std::optional<KnownAnswer> ask_twice(Subject& subject, Request request) {
  const auto first = talk(subject, {.pieces = {request.text}, .to_head = {request.head}});
  subject.requests += first.answers.size();
  if (first.answers.empty()) return std::nullopt;
  auto conversation = Conversation::open(subject.peer, subject.patience);
  if (!conversation) return std::nullopt;
  const auto second = conversation->exchange({.pieces = {request.text}, .to_head = {request.head}});
  subject.requests += second.answers.size();
  if (second.answers.empty() || !second.answers.front().keep_alive) return std::nullopt;
  const auto& page = subject.page();
  const auto behind = conversation->exchange({.pieces = {page.request.text}, .to_head = {page.request.head}});
  subject.requests += behind.answers.size();
  if (behind.answers.size() != 1 || !fits(page, behind.answers.front())) return std::nullopt;
  return know(std::move(request), first.answers.front(), second.answers.front());
}

}  // namespace

std::string request_to(const Subject& subject, std::string_view method, std::string_view target,
                       std::string_view fields) {
  return fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\n{}\r\n", method, target, subject.authority, fields);
}

std::string page_request(const Subject& subject, std::string_view fields) {
  return request_to(subject, "GET", subject.target, fields);
}

Reply talk(const Subject& subject, const Sending& sending) {
  auto conversation = Conversation::open(subject.peer, subject.patience);
  if (!conversation) return {.end = End::unopened, .why = conversation.error().message};
  return conversation->exchange(sending);
}

Result<Subject> meet(const Introduction& introduction) {
  Subject subject{.peer = introduction.peer,
                  .authority = introduction.authority,
                  .target = introduction.target,
                  .patience = introduction.patience};
  auto request = introduction.page;
  if (request.text.empty()) request.text = page_request(subject);
  // One connection at a time: a server with a single worker has no room for a second.
  subject.met = talk(subject, {.pieces = {request.text}, .to_head = {request.head}});
  if (subject.met.end == End::unopened)
    return fail(subject.met.why + "; start the server first, or correct its address", ExitCode::target_not_ready);
  subject.requests += subject.met.answers.size();
  if (subject.met.answers.empty()) return subject;
  const auto again = talk(subject, {.pieces = {request.text}, .to_head = {request.head}});
  subject.requests += again.answers.size();
  if (again.answers.empty()) return subject;
  subject.known.push_back(know(std::move(request), subject.met.answers.front(), again.answers.front()));
  if (!subject.page().keep_alive) return subject;  // then there is no order to be told
  for (auto& other : {Request{request_to(subject, "GET", kNoSuchPage), false},
                      Request{request_to(subject, "HEAD", subject.target), true}}) {
    auto known = ask_twice(subject, other);
    if (known && known->keep_alive && tell_apart(*known, subject.page())) {
      subject.known.push_back(std::move(*known));
      break;  // one is enough, and every further request is one that the server's own count has to bear
    }
  }
  return subject;
}

}  // namespace hotlap::harness
