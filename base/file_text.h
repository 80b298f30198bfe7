// The bytes of a small file. Empty when it cannot be read: it is not there, is a folder, or is a file of /proc whose
// process ends while it is read (an iterator over the stream's buffer would throw then). Any thread. Source: istream's
// operator<< for buffers, which turns exceptions into a state.
#pragma once

#include <filesystem>
#include <string>

namespace hotlap {

[[nodiscard]] std::string file_text(const std::filesystem::path& path);

}  // namespace hotlap
