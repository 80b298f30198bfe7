#include "harness/work_folder.h"

#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace hotlap::harness {

Result<WorkFolder> WorkFolder::create() {
  std::error_code error;
  const auto parent = std::filesystem::temp_directory_path(error);
  std::string path = (error ? std::filesystem::path("/tmp") : parent) / "hotlap-XXXXXX";
  if (!::mkdtemp(path.data()))
    return fail_errno("create a work folder like " + path + " (TMPDIR chooses where)", ExitCode::store_failed);
  return WorkFolder(std::move(path));
}

WorkFolder::~WorkFolder() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

}  // namespace hotlap::harness
