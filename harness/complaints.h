// What is wrong with a file, as far as it can be found out independently, so that one look mends all of it: in the
// order of the file, each once, at most twenty. As one error it is a line for each.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace hotlap::harness {

inline constexpr std::size_t kMostComplaints = 20;

class Complaints {
 public:
  // `error` may itself be several, a line for each.
  void add(const Error& error);
  [[nodiscard]] bool empty() const noexcept { return found_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return found_.size(); }
  [[nodiscard]] bool full() const noexcept { return found_.size() > kMostComplaints; }
  // There must be one.
  [[nodiscard]] Error error() const;

 private:
  struct Complaint {
    std::string file;
    int line = 0;
    int column = 0;
    std::string sentence;  // with its place
  };
  static Complaint located(std::string_view sentence);

  std::vector<Complaint> found_;
  ExitCode code_ = ExitCode::bad_config;
};

// The lines of an error that may be several.
[[nodiscard]] std::vector<std::string> lines_of(const Error& error);

}  // namespace hotlap::harness
