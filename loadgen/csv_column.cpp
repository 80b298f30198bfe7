#include "loadgen/csv_column.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/did_you_mean.h"
#include "base/units.h"

namespace hotlap::loadgen {
namespace {

// Reads record after record; a record may span lines within quotes.
class CsvReader {
 public:
  explicit CsvReader(std::string_view text) : rest_(text) {
    constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
    if (rest_.starts_with(kByteOrderMark)) rest_.remove_prefix(kByteOrderMark.size());
  }

  // Blank lines are passed over.
  [[nodiscard]] bool at_end() noexcept {
    while (rest_.starts_with('\n') || rest_.starts_with("\r\n")) {
      rest_.remove_prefix(rest_.find('\n') + 1);
      ++next_line_;
    }
    return rest_.empty();
  }
  [[nodiscard]] int line() const noexcept { return line_; }  // of the record that was read last

  Result<void> next(std::vector<std::string>& fields) {
    line_ = next_line_;
    fields.clear();
    while (true) {
      if (auto read = field(fields.emplace_back()); !read) return read;
      if (!rest_.starts_with(',')) break;
      rest_.remove_prefix(1);
    }
    if (rest_.starts_with("\r\n")) rest_.remove_prefix(1);
    if (rest_.starts_with('\n')) rest_.remove_prefix(1);
    ++next_line_;
    return {};
  }

 private:
  Result<void> field(std::string& into) {
    if (!rest_.starts_with('"')) {
      const auto end = std::min(rest_.find_first_of(",\n"), rest_.size());
      into = rest_.substr(0, end);
      if (end < rest_.size() && rest_[end] == '\n' && into.ends_with('\r')) into.pop_back();
      rest_.remove_prefix(end);
      return {};
    }
    rest_.remove_prefix(1);
    while (true) {
      const auto quote = rest_.find('"');
      if (quote == std::string_view::npos) return fail(fmt::format("line {}: a quote is never closed", line_));
      into += rest_.substr(0, quote);
      next_line_ += static_cast<int>(std::ranges::count(rest_.substr(0, quote), '\n'));
      rest_.remove_prefix(quote + 1);
      if (!rest_.starts_with('"')) break;
      into += '"';
      rest_.remove_prefix(1);
    }
    if (!rest_.empty() && rest_.front() != ',' && rest_.front() != '\n' && !rest_.starts_with("\r\n"))
      return fail(fmt::format("line {}: something follows a closed quote", line_));
    return {};
  }

  std::string_view rest_;
  int line_ = 1;
  int next_line_ = 1;
};

}  // namespace

Result<std::vector<std::string>> csv_column(std::string_view text, std::string_view column) {
  CsvReader reader(text);
  std::vector<std::string> names;
  if (reader.at_end()) return fail("it is empty; its first line names the columns");
  if (auto read = reader.next(names); !read) return std::unexpected(read.error());
  const auto found = std::ranges::find(names, column);
  if (found == names.end())
    return fail(fmt::format("it has no column '{}'{}", printable(column), did_you_mean(column, names)));
  const auto index = static_cast<std::size_t>(found - names.begin());
  std::vector<std::string> values;
  std::vector<std::string> record;
  while (!reader.at_end()) {
    if (auto read = reader.next(record); !read) return std::unexpected(read.error());
    if (record.size() != names.size())
      return fail(
          fmt::format("line {} has {} fields, but the first has {}", reader.line(), record.size(), names.size()));
    values.push_back(std::move(record[index]));
  }
  return values;
}

}  // namespace hotlap::loadgen
