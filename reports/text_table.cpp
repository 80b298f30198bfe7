#include "reports/text_table.h"

#include <algorithm>
#include <numeric>

namespace hotlap::reports {
namespace {

constexpr std::size_t kGap = 2;
constexpr std::size_t kSmallGap = 1;
constexpr std::size_t kNarrowest = 8;

bool starts_code_point(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
}

std::string cut(const std::string& text, std::size_t width) {
  if (display_width(text) <= width) return text;
  std::string kept;
  std::size_t shown = 0;
  for (const char c : text) {
    if (starts_code_point(c) && ++shown == width) break;
    kept += c;
  }
  return kept + "…";
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::size_t from = 0;
  for (auto end = text.find('\n'); end != std::string::npos; end = text.find('\n', from)) {
    lines.push_back(text.substr(from, end - from));
    from = end + 1;
  }
  lines.push_back(text.substr(from));
  return lines;
}

std::string placed(const std::string& text, std::size_t width, Align align, Tone tone, bool color) {
  const std::string shown = cut(text, width);
  const std::string blanks(width - std::min(width, display_width(shown)), ' ');
  return align == Align::right ? blanks + painted(shown, tone, color) : painted(shown, tone, color) + blanks;
}

std::size_t line_width(const std::vector<std::size_t>& widths, std::size_t gap) {
  const std::size_t gaps = widths.empty() ? 0 : gap * (widths.size() - 1);
  return std::accumulate(widths.begin(), widths.end(), gaps);
}

void end_line(std::string& text, std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  text += line + '\n';
}

}  // namespace

std::size_t display_width(std::string_view utf8) {
  return static_cast<std::size_t>(std::ranges::count_if(utf8, starts_code_point));
}

std::string painted(std::string_view text, Tone tone, bool color) {
  std::string_view code;
  switch (tone) {
    case Tone::plain:
      break;
    case Tone::strong:
      code = "1";
      break;
    case Tone::good:
      code = "32";
      break;
    case Tone::caution:
      code = "33";
      break;
    case Tone::bad:
      code = "31";
      break;
  }
  if (!color || code.empty() || text.empty()) return std::string(text);
  return "\x1b[" + std::string(code) + 'm' + std::string(text) + "\x1b[0m";
}

std::string wrapped(std::string_view text, std::size_t width, std::size_t indent) {
  std::string result;
  std::size_t column = 0;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    const auto word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (column > 0 && column + 1 + display_width(word) > width) {
      result += '\n' + std::string(indent, ' ');
      column = indent;
    } else if (column > 0) {
      result += ' ';
      ++column;
    }
    result += word;
    column += display_width(word);
  }
  return result;
}

std::vector<std::size_t> TextTable::natural_widths() const {
  std::vector<std::size_t> result;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::size_t widest = 0;
    for (const auto& line : lines_of(columns_[i].header)) widest = std::max(widest, display_width(line));
    for (const auto& row : rows_)
      if (!row.cells.empty()) widest = std::max(widest, display_width(row.cells[i].text));
    result.push_back(widest);
  }
  return result;
}

bool TextTable::fits(std::size_t width) const {
  return line_width(natural_widths(), kSmallGap) <= width;
}

void TextTable::shrink(std::vector<std::size_t>& widths, std::size_t excess) const {
  for (; excess > 0; --excess) {  // take from the widest that may give
    std::size_t* giver = nullptr;
    for (std::size_t i = 0; i < columns_.size(); ++i)
      if (columns_[i].may_shrink && widths[i] > kNarrowest && (giver == nullptr || widths[i] > *giver))
        giver = &widths[i];
    if (giver == nullptr) return;
    --*giver;
  }
}

std::string TextTable::text(std::size_t width, bool color) const {
  auto column_widths = natural_widths();
  const std::size_t gap = line_width(column_widths, kGap) <= width ? kGap : kSmallGap;
  if (const auto needed = line_width(column_widths, gap); needed > width) shrink(column_widths, needed - width);
  std::size_t header_lines = 0;
  for (const auto& column : columns_) header_lines = std::max(header_lines, lines_of(column.header).size());
  std::string text;
  for (std::size_t i = 0; i < header_lines; ++i) {
    std::string line;
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      const auto lines = lines_of(columns_[c].header);
      const std::size_t skipped = header_lines - lines.size();  // headers stand on the last line
      line += placed(i < skipped ? std::string() : lines[i - skipped], column_widths[c], columns_[c].align,
                     Tone::strong, color);
      line += std::string(gap, ' ');
    }
    end_line(text, line);
  }
  for (const auto& [cells, between] : rows_) {
    if (cells.empty()) {
      text += between + '\n';
      continue;
    }
    std::string line;
    for (std::size_t c = 0; c < columns_.size(); ++c)
      line += placed(cells[c].text, column_widths[c], columns_[c].align, cells[c].tone, color) + std::string(gap, ' ');
    end_line(text, line);
  }
  return text;
}

}  // namespace hotlap::reports
