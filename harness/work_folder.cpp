#include "harness/work_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <system_error>

namespace hotlap::harness {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "hotlap-work-";
constexpr std::time_t kYoung = 60;  // seconds

fs::path parent() {
  std::error_code error;
  auto folder = fs::temp_directory_path(error);
  return error ? fs::path("/tmp") : folder;
}

// Of a folder, when it is ours and nobody else holds it.
Fd lock(const fs::path& folder) {
  Fd descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!descriptor || ::flock(descriptor.get(), LOCK_EX | LOCK_NB) != 0) return {};
  return descriptor;
}

bool is_old(const Fd& folder) {
  struct stat status{};
  return ::fstat(folder.get(), &status) == 0 && status.st_mtime + kYoung < ::time(nullptr);
}

}  // namespace

Result<WorkFolder> WorkFolder::create() {
  std::string path = parent() / (std::string(kPrefix) + "XXXXXX");
  if (!::mkdtemp(path.data()))
    return fail_errno("create a work folder like " + path + " (TMPDIR chooses where)", ExitCode::store_failed);
  auto held = lock(path);
  return WorkFolder(std::move(path), std::move(held));
}

void WorkFolder::remove_abandoned() {
  std::error_code error;
  for (fs::directory_iterator entry(parent(), error), end; !error && entry != end; entry.increment(error)) {
    if (!entry->path().filename().string().starts_with(kPrefix)) continue;
    const auto held = lock(entry->path());
    std::error_code ignored;
    if (held && is_old(held)) fs::remove_all(entry->path(), ignored);
  }
}

WorkFolder::~WorkFolder() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove_all(path_, ignored);
}

}  // namespace hotlap::harness
