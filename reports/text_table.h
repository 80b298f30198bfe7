// A table in plain text: columns as wide as their widest cell, numbers to the right, headers on as many lines as they
// need. Cells are UTF-8 of one column per code point; the caller has made foreign text printable. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace hotlap::reports {

enum class Align { left, right };
enum class Tone { plain, strong, good, caution, bad };

struct TableColumn {
  std::string header;  // '\n' between its lines
  Align align = Align::left;
  bool may_shrink = false;  // cut with … when the table is too wide
};

struct TableCell {
  std::string text;
  Tone tone = Tone::plain;
};

class TextTable {
 public:
  explicit TextTable(std::vector<TableColumn> columns) : columns_(std::move(columns)) {}
  void add_row(std::vector<TableCell> cells) { rows_.push_back({.cells = std::move(cells), .between = {}}); }
  // Between the rows, as it is: it may be wider than the table and have lines of its own.
  void add_line(std::string text) { rows_.push_back({.cells = {}, .between = std::move(text)}); }
  // Does everything stand in lines of `width` without cutting?
  [[nodiscard]] bool fits(std::size_t width) const;
  // Every line ends in '\n'. What does not fit loses first one of the two blanks between columns, then what exceeds
  // `width` from the columns that may shrink, down to eight.
  [[nodiscard]] std::string text(std::size_t width, bool color) const;

 private:
  [[nodiscard]] std::vector<std::size_t> natural_widths() const;
  void shrink(std::vector<std::size_t>& widths, std::size_t excess) const;
  struct Row {
    std::vector<TableCell> cells;  // empty: a line between the rows
    std::string between;
  };
  std::vector<TableColumn> columns_;
  std::vector<Row> rows_;
};

[[nodiscard]] std::size_t display_width(std::string_view utf8);
[[nodiscard]] std::string painted(std::string_view text, Tone tone, bool color);
// Broken between words at `width`; lines after the first are indented by `indent`. No line end after the last.
[[nodiscard]] std::string wrapped(std::string_view text, std::size_t width, std::size_t indent);

}  // namespace hotlap::reports
