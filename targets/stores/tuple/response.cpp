#include <fmt/core.h>

#include "targets/stores/tuple/frame.h"
#include "targets/stores/tuple/iproto.h"
#include "targets/stores/tuple/iproto_key.h"
#include "targets/stores/tuple/scratch.h"

namespace hotlap::targets::iproto {
namespace {

Outcome read_rows(const msgpack_object& data) {
  Rows rows(data.via.array.size);
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const auto& item = items_of(data)[row];
    const bool read = is_array(item) ? read_tuple(item, rows[row]) : read_value(item, rows[row].emplace_back());
    if (!read)
      return std::unexpected(
          StoreError{code::kLinkFailed,
                     fmt::format("row {} of the answer holds a value other than nil, bool, integer or text", row)});
  }
  return rows;
}

}  // namespace

Response Decoder::response(std::string_view bytes) {
  Response response;
  const auto frame = first_frame(bytes);
  response.parsed = frame.parsed;
  response.why = frame.why;
  if (frame.parsed != Parsed::done) return response;
  const auto bad = [&](const char* why) {
    response.parsed = Parsed::bad;
    response.why = why;
    return response;
  };
  if (!scratch_->read(frame.content)) return bad("a frame is not a header map and a body map");
  const auto type = scratch_->header_number(key::kType);
  const auto sync = scratch_->header_number(key::kSync);
  if (!type || !sync) return bad("a response has no type or no sync");
  response.bytes = frame.bytes;
  response.sync = *sync;
  const msgpack_object* data = nullptr;
  std::string_view message;
  if (scratch_->has_body) {
    for (const auto& [name, object] : entries_of(scratch_->body)) {
      if (number_of(name) == key::kData) data = &object;
      if (number_of(name) == key::kError) message = text_of(object).value_or("");
    }
  }
  if (*type != 0) {
    if (!(*type & key::kErrorType)) return bad("a response is neither an answer nor an error");
    response.outcome =
        std::unexpected(StoreError{static_cast<int>(*type & (key::kErrorType - 1)), std::string(message)});
  } else if (data) {
    if (!is_array(*data)) return bad("the data of a response are not an array");
    response.outcome = read_rows(*data);
  }
  return response;
}

}  // namespace hotlap::targets::iproto
