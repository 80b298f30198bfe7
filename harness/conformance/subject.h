// A server under question and what is known of it: where it is, which page is asked for, and how it answers requests
// that come singly. Found out once by meet(), which sends up to eight requests; then a value.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/units.h"
#include "harness/client_stream.h"
#include "harness/conformance/conversation.h"
#include "harness/conformance/known_answer.h"

namespace hotlap::harness {

struct Subject {
  Peer peer;
  std::string authority;  // for the Host field
  std::string target;     // path and query of the page
  Nanos patience{};       // how long it may be silent
  Reply met;              // the page asked once; when it holds no answer, nothing below is known
  // The page, then further requests whose answers differ from it and leave the connection open.
  std::vector<KnownAnswer> known;
  std::uint64_t requests = 0;  // that got their answers in meet()

  [[nodiscard]] bool is_known() const noexcept { return !known.empty(); }
  [[nodiscard]] const KnownAnswer& page() const { return known.front(); }
};

struct Introduction {
  Peer peer;
  std::string authority;
  std::string target = "/";
  Request page;  // empty text: GET of the target
  Nanos patience = std::chrono::seconds(2);
};

// Error: nobody listens there (target_not_ready).
[[nodiscard]] Result<Subject> meet(const Introduction& introduction);

// "GET /x HTTP/1.1", Host and whatever `fields` says, each with its CR LF. Pure.
[[nodiscard]] std::string request_to(const Subject& subject, std::string_view method, std::string_view target,
                                     std::string_view fields = "");
// The page asked for by GET. Pure.
[[nodiscard]] std::string page_request(const Subject& subject, std::string_view fields = "");

// One exchange on a connection of its own; a connection that cannot be opened is an End.
[[nodiscard]] Reply talk(const Subject& subject, const Sending& sending);

}  // namespace hotlap::harness
