#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/error.h"
#include "targets/stores/tuple/frame.h"
#include "targets/stores/tuple/iproto.h"
#include "targets/stores/tuple/iproto_key.h"
#include "targets/stores/tuple/msgpack.h"

namespace hotlap::targets::iproto {
namespace {

using msgpack::Kind;
using msgpack::Reader;

struct Header {
  std::optional<std::uint64_t> type, sync;
};

bool read_header(Reader& reader, Header& header) {
  std::uint32_t entries = 0;
  if (!reader.map(entries)) return false;
  while (entries-- > 0) {
    std::uint64_t key = 0;
    std::uint64_t number = 0;
    if (!reader.natural(key)) {
      if (!reader.skip() || !reader.skip()) return false;
    } else if (key == key::kType || key == key::kSync) {
      if (!reader.natural(number)) return false;
      (key == key::kType ? header.type : header.sync) = number;
    } else if (!reader.skip()) {
      return false;
    }
  }
  return true;
}

// False: they are not `count` whole items. A row with a value that has no counterpart fails the outcome only.
bool read_items(Reader& reader, std::size_t count, Outcome& outcome) {
  Rows rows(reader.left());
  // All bytes are copied at once, and the texts read are moved into the copy.
  const char* const from = reader.at();
  const char* const copy = rows.keep({from, reader.left()}).data();
  bool known = true;
  for (std::size_t row = 0; row < count; ++row) {
    if (known) {
      const auto before = reader;
      std::uint32_t fields = 1;
      if (!reader.array(fields)) fields = 1;  // a value that stands alone
      // Counts are believed only as far as bytes follow.
      if (row == 0) rows.reserve(std::min(count, before.left()), std::min(count * fields, before.left()));
      for (std::uint32_t left = fields; left > 0 && known; --left) {
        auto& field = rows.add();
        known = reader.field(field);
        if (auto* text = std::get_if<std::string_view>(&field)) *text = {copy + (text->data() - from), text->size()};
      }
      rows.end_row();
      if (known) continue;
      reader = before;
      outcome = std::unexpected(
          StoreError{code::kLinkFailed,
                     fmt::format("row {} of the answer holds a value other than nil, bool, integer or text", row)});
    }
    if (!reader.skip()) return false;
  }
  if (known) outcome = std::move(rows);
  return true;
}

}  // namespace

Outcome read_rows(std::string_view items, std::size_t count) {
  Outcome outcome;
  Reader reader(items);
  check(read_items(reader, count, outcome) && reader.ended(), "the database's own items are whole");
  return outcome;
}

Response read_response(std::string_view bytes) {
  Response response;
  const auto frame = first_frame(bytes);
  response.parsed = frame.parsed;
  response.why = frame.why;
  if (frame.parsed != Parsed::done) return response;
  const auto bad = [&](const char* why) {
    response.parsed = Parsed::bad;
    response.why = why;
    return std::move(response);
  };
  Reader reader(frame.content);
  Header header;
  if (!read_header(reader, header)) return bad("a frame is not a header map and a body map");
  if (!header.type || !header.sync) return bad("a response has no type or no sync");
  response.bytes = frame.bytes;
  response.sync = *header.sync;
  std::string_view message;
  std::uint32_t entries = 0;
  if (!reader.ended() && !reader.map(entries)) return bad("a frame is not a header map and a body map");
  while (entries-- > 0) {
    std::uint64_t key = 0;
    std::string_view item;
    if (!reader.natural(key) && !reader.skip()) return bad("a frame is not a header map and a body map");
    if (key == key::kData && *header.type == 0) {
      std::uint32_t count = 0;
      if (!reader.array(count) || !read_items(reader, count, response.outcome))
        return bad("the data of a response are not an array");
    } else if (!reader.item(item)) {
      return bad("a frame is not a header map and a body map");
    } else if (key == key::kError && msgpack::kind_of(item.data()) == Kind::text) {
      const char* at = item.data();
      message = msgpack::take_text(at);
    }
  }
  if (!reader.ended()) return bad("bytes follow the body of a frame");
  if (*header.type == 0) return response;
  if (!(*header.type & key::kErrorType)) return bad("a response is neither an answer nor an error");
  response.outcome =
      std::unexpected(StoreError{static_cast<int>(*header.type & (key::kErrorType - 1)), std::string(message)});
  return response;
}

}  // namespace hotlap::targets::iproto
