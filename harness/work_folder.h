// A private folder for one trial (a database's files, a log), removed with its owner. Move-only.
#pragma once

#include <string>
#include <utility>

#include "base/error.h"

namespace hotlap::harness {

class WorkFolder {
 public:
  [[nodiscard]] static Result<WorkFolder> create();
  WorkFolder(WorkFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  WorkFolder& operator=(WorkFolder&& other) noexcept {
    std::swap(path_, other.path_);
    return *this;
  }
  ~WorkFolder();
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  explicit WorkFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

}  // namespace hotlap::harness
