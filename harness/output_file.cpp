#include "harness/output_file.h"

#include <fmt/core.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>

namespace hotlap::harness {

Result<void> require_folder_of(const std::string& path) {
  const auto folder = std::filesystem::path(path).parent_path();
  std::error_code error;
  if (folder.empty() || std::filesystem::is_directory(folder, error)) return {};
  return fail(fmt::format("file '{}' cannot be written: folder '{}' does not exist; create it or choose another file",
                          path, folder.string()),
              ExitCode::store_failed);
}

Result<void> write_file(const std::string& path, std::string_view content) {
  if (auto folder = require_folder_of(path); !folder) return folder;
  const auto action = fmt::format("write {}", path);
  std::FILE* file = std::fopen(path.c_str(), "wb");
  if (!file) return fail_errno(action, ExitCode::store_failed);
  const bool written = std::fwrite(content.data(), 1, content.size(), file) == content.size() && std::fflush(file) == 0;
  const int error = errno;
  if (std::fclose(file) == 0 && written) return {};
  return fail(system_message(action, error), ExitCode::store_failed);
}

std::string table_path(const std::string& path, std::string_view table) {
  std::filesystem::path parts(path);
  const auto name = parts.stem().string().append("-").append(table) + parts.extension().string();
  return parts.replace_filename(name).string();
}

}  // namespace hotlap::harness
