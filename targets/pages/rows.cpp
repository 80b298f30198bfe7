#include "targets/pages/rows.h"

#include <fmt/core.h>

namespace hotlap::targets {
namespace {

Reply told(int status, std::string sentence) {
  return {.status = status, .content_type = kPlainText, .body = std::move(sentence) + '\n'};
}

}  // namespace

std::string_view text_at(RowView row, std::size_t field) {
  const auto* text = field < row.size() ? std::get_if<std::string_view>(&row[field]) : nullptr;
  return text ? *text : std::string_view();
}

std::int64_t number_at(RowView row, std::size_t field) {
  const auto* number = field < row.size() ? std::get_if<std::int64_t>(&row[field]) : nullptr;
  return number ? *number : 0;
}

Reply store_failure(const StoreError& error) {
  return told(503, fmt::format("The database did not answer: {} (code {})", error.message, error.code));
}

Reply bad_request(std::string sentence) {
  return told(400, std::move(sentence));
}

Reply not_found(std::string sentence) {
  return told(404, std::move(sentence));
}

}  // namespace hotlap::targets
