// What an operation found: items in MessagePack, appended to an output while they are found, or a refusal, which takes
// them back. Owned and reused by the caller, so that answering allocates nothing after the first answers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "targets/stores/store.h"
#include "targets/tuplestore/index.h"

namespace hotlap::targets::tuplestore {

class Answer final : public RowSink {
 public:
  // Items go to the end of `out` from here on; without an output, to a buffer of the answer's own.
  void begin(std::string& out) noexcept;
  void begin() noexcept {
    own_.clear();
    begin(own_);
  }

  void take(const Row& row) override { add(row.bytes); }
  void add(std::string_view item) {
    *out_ += item;
    ++items_;
  }
  void add(const Tuple& tuple);
  void add_value(const Value& value);  // standing alone, as call and eval return them
  void refuse(int error_code, std::string message);
  void refuse(const StoreError& error) { refuse(error.code, error.message); }
  void take_back();  // as if nothing had been found

  [[nodiscard]] std::uint32_t items() const noexcept { return items_; }
  [[nodiscard]] int error_code() const noexcept { return error_code_; }  // 0: none
  [[nodiscard]] const std::string& error_message() const noexcept { return error_message_; }
  [[nodiscard]] std::string_view data() const noexcept { return std::string_view(*out_).substr(start_); }

 private:
  std::string own_;
  std::string* out_ = &own_;
  std::size_t start_ = 0;
  std::uint32_t items_ = 0;
  int error_code_ = 0;
  std::string error_message_;
};

[[nodiscard]] Outcome to_outcome(const Answer& answer);

}  // namespace hotlap::targets::tuplestore
