// A private folder for one trial (a database's files, a log) or session, removed with its owner. Move-only.
// The owner holds a lock on it, so that what a killed harness has left behind is told from what is in use.
#pragma once

#include <string>
#include <utility>

#include "base/error.h"
#include "base/fd.h"

namespace hotlap::harness {

class WorkFolder {
 public:
  [[nodiscard]] static Result<WorkFolder> create();
  // Removes those that nobody holds any more. One that is being made this very minute is left alone.
  static void remove_abandoned();

  WorkFolder(WorkFolder&& other) noexcept : path_(std::exchange(other.path_, {})), lock_(std::move(other.lock_)) {}
  WorkFolder& operator=(WorkFolder&& other) noexcept {
    std::swap(path_, other.path_);
    std::swap(lock_, other.lock_);
    return *this;
  }
  ~WorkFolder();
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  WorkFolder(std::string path, Fd lock) : path_(std::move(path)), lock_(std::move(lock)) {}
  std::string path_;
  Fd lock_;
};

}  // namespace hotlap::harness
