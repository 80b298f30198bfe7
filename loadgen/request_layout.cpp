#include "loadgen/request_layout.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/http1.h"
#include "loadgen/contract/template_text.h"

namespace hotlap::loadgen {
namespace {

bool gives(const load::RequestTemplate& request, std::string_view name) {
  return std::ranges::any_of(request.headers,
                             [&](const auto& header) { return http1::equals_ignoring_case(header.first, name); });
}

bool is_meant_to_have_a_body(std::string_view method) {
  return method == "POST" || method == "PUT" || method == "PATCH";
}

}  // namespace

Result<RequestLayout> RequestLayout::compile(const load::RequestTemplate& request, const load::LoadSpec& spec) {
  RequestLayout layout;
  // The body first: the head has to know how long it is.
  if (auto added = layout.add_template(request.body, spec, true); !added) return std::unexpected(added.error());
  auto body = std::exchange(layout.pieces_, {});

  layout.add_text(request.method + " ");
  if (auto added = layout.add_template(request.target, spec, false); !added) return std::unexpected(added.error());
  layout.add_text(" HTTP/1.1\r\n");
  if (!gives(request, "Host")) layout.add_text(fmt::format("Host: {}\r\n", spec.url.authority()));
  for (const auto& [name, value] : request.headers) {
    layout.add_text(name + ": ");
    if (auto added = layout.add_template(value, spec, false); !added) return std::unexpected(added.error());
    layout.add_text("\r\n");
  }
  if (spec.requests_per_connection == 1 && !gives(request, "Connection")) layout.add_text("Connection: close\r\n");
  const bool has_body = !body.empty() || is_meant_to_have_a_body(request.method);
  if (has_body && !gives(request, "Content-Length") && !gives(request, "Transfer-Encoding")) {
    layout.add_text("Content-Length: ");
    if (layout.in_body_.empty())
      layout.add_text(std::to_string(layout.fixed_body_bytes_));
    else
      layout.pieces_.push_back({.kind = Piece::Kind::body_length, .value = 0, .text = {}});
    layout.add_text("\r\n");
  }
  if (spec.keep_cookies) layout.pieces_.push_back({.kind = Piece::Kind::cookies, .value = 0, .text = {}});
  layout.add_text("\r\n");
  for (auto& piece : body) {
    if (piece.kind == Piece::Kind::text)
      layout.add_text(piece.text);
    else
      layout.pieces_.push_back(std::move(piece));
  }
  return layout;
}

void RequestLayout::add_text(std::string_view text) {
  if (pieces_.empty() || pieces_.back().kind != Piece::Kind::text) pieces_.emplace_back();
  pieces_.back().text += text;
}

Result<void> RequestLayout::add_template(std::string_view text, const load::LoadSpec& spec, bool in_body) {
  const auto cut = load::cut_template(text);
  if (!cut) return std::unexpected(cut.error());
  for (const auto& part : *cut) {
    if (!part.placeholder) {
      add_text(part.text);
      if (in_body) fixed_body_bytes_ += part.text.size();
      continue;
    }
    const auto found = std::ranges::find(spec.values, part.text, &load::ValueSource::name);
    if (found == spec.values.end())
      return fail(fmt::format("placeholder {{{{{}}}}} is unknown", part.text), ExitCode::usage);
    const auto index = static_cast<std::uint16_t>(found - spec.values.begin());
    pieces_.push_back({.kind = Piece::Kind::value, .value = index, .text = {}});
    if (std::ranges::find(used_, index) == used_.end()) used_.push_back(index);
    if (in_body) in_body_.push_back(index);
  }
  return {};
}

std::string_view RequestLayout::constant() const noexcept {
  const bool fixed = pieces_.size() == 1 && pieces_.front().kind == Piece::Kind::text;
  return fixed ? std::string_view(pieces_.front().text) : std::string_view();
}

void RequestLayout::write(const std::vector<std::string_view>& values, std::string_view cookies,
                          std::string& out) const {
  for (const auto& piece : pieces_) {
    switch (piece.kind) {
      case Piece::Kind::text:
        out += piece.text;
        break;
      case Piece::Kind::value:
        out += values[piece.value];
        break;
      case Piece::Kind::body_length: {
        std::uint64_t length = fixed_body_bytes_;
        for (const auto value : in_body_) length += values[value].size();
        char digits[20];
        out.append(digits, std::to_chars(digits, digits + sizeof digits, length).ptr);
        break;
      }
      case Piece::Kind::cookies:
        out += cookies;
        break;
    }
  }
}

}  // namespace hotlap::loadgen
