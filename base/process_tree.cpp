#include "base/process_tree.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

namespace hotlap {
namespace {

// As the kernel fills it in: getdents64(2).
struct DirectoryEntry {
  std::uint64_t inode;
  std::int64_t offset;
  std::uint16_t size;
  std::uint8_t type;
  char name[1];
};

struct Relation {
  pid_t pid;
  pid_t parent;
};

std::optional<pid_t> number(std::string_view text) noexcept {
  pid_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// From /proc/PID/stat, "12 (name) S 1 …"; the name may hold anything, also parentheses. 0: gone, or a zombie.
pid_t living_parent(int proc, const char* pid) noexcept {
  char path[32];
  const std::string_view folder = pid;
  if (folder.size() + sizeof "/stat" > sizeof path) return 0;
  std::copy_n("/stat", sizeof "/stat", std::ranges::copy(folder, path).out);
  const int file = ::openat(proc, path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  char buffer[256];
  const auto count = ::read(file, buffer, sizeof buffer);
  ::close(file);
  if (count <= 0) return 0;
  std::string_view text(buffer, static_cast<std::size_t>(count));
  const auto name_end = text.rfind(") ");
  if (name_end == std::string_view::npos || name_end + 4 > text.size()) return 0;
  const char state = text[name_end + 2];
  if (state == 'Z' || state == 'X') return 0;
  text.remove_prefix(name_end + 4);
  return number(text.substr(0, text.find(' '))).value_or(0);
}

std::size_t list_relations(std::span<Relation> into) noexcept {
  const int proc = ::open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (proc < 0) return 0;
  std::size_t found = 0;
  alignas(DirectoryEntry) char buffer[16 * 1024];
  while (true) {
    const long bytes = ::syscall(SYS_getdents64, proc, buffer, sizeof buffer);
    if (bytes <= 0) break;
    for (long at = 0; at < bytes;) {
      std::uint16_t size = 0;
      std::memcpy(&size, buffer + at + offsetof(DirectoryEntry, size), sizeof size);
      const char* name = buffer + at + offsetof(DirectoryEntry, name);
      at += size;
      const auto pid = number(name);
      if (!pid || found == into.size()) continue;
      if (const pid_t parent = living_parent(proc, name); parent > 0) into[found++] = {*pid, parent};
    }
  }
  ::close(proc);
  return found;
}

}  // namespace

std::size_t find_descendants(pid_t root, std::span<pid_t> into) noexcept {
  std::array<Relation, kMostProcesses> relations;  // NOLINT(*-member-init): only what is found is read
  const auto count = list_relations(relations);
  std::size_t found = 0;
  // Generation by generation: whose parent is the root, then whose parent is one of those, …
  const auto adopt_children_of = [&](pid_t parent) {
    for (std::size_t i = 0; i < count && found < into.size(); ++i)
      if (relations[i].parent == parent && relations[i].pid != root) into[found++] = relations[i].pid;
  };
  adopt_children_of(root);
  for (std::size_t i = 0; i < found; ++i) adopt_children_of(into[i]);
  return found;
}

std::vector<pid_t> descendants_of(pid_t root) {
  std::vector<pid_t> found(kMostProcesses);
  found.resize(find_descendants(root, found));
  return found;
}

}  // namespace hotlap
