#include "base/file_text.h"

#include <fstream>
#include <sstream>
#include <utility>

namespace hotlap {

std::string file_text(const std::filesystem::path& path) {
  const std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return std::move(text).str();
}

}  // namespace hotlap
