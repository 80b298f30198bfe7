// Every address that the processes of a group listen on, "127.0.0.1:8080" or a table's own hexadecimal where it is
// anything else: what is started for a measurement must be reachable from nowhere but this machine.
#pragma once

#include <fmt/core.h>
#include <sys/types.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace hotlap {

inline std::vector<pid_t> processes_of_group(pid_t group) {
  std::vector<pid_t> found;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", ignored)) {
    std::ifstream file(entry.path() / "stat");
    std::string text;
    if (!std::getline(file, text)) continue;
    std::istringstream rest(text.substr(text.rfind(')') + 1));  // a program's name may hold anything
    char state = 0;
    pid_t parent = 0;
    pid_t its_group = 0;
    if (rest >> state >> parent >> its_group && its_group == group && state != 'Z')
      found.push_back(std::stoi(entry.path().filename()));
  }
  return found;
}

inline std::set<std::string> listeners_of_group(pid_t group) {
  std::set<std::string> inodes;
  std::error_code ignored;
  for (const auto pid : processes_of_group(group))
    for (const auto& descriptor : std::filesystem::directory_iterator(fmt::format("/proc/{}/fd", pid), ignored)) {
      const auto link = std::filesystem::read_symlink(descriptor.path(), ignored).string();
      if (link.starts_with("socket:[")) inodes.insert(link.substr(8, link.size() - 9));
    }
  std::set<std::string> addresses;
  for (const char* table : {"/proc/net/tcp", "/proc/net/tcp6"}) {
    std::ifstream file(table);
    for (std::string line; std::getline(file, line);) {
      std::istringstream columns(line);
      std::string number, local, remote, state, skipped, inode;
      columns >> number >> local >> remote >> state;
      for (int column = 4; column < 9; ++column) columns >> skipped;
      columns >> inode;
      if (state != "0A" || !inodes.contains(inode)) continue;
      const auto port = std::stoul(local.substr(local.find(':') + 1), nullptr, 16);
      addresses.insert(local.starts_with("0100007F:") ? fmt::format("127.0.0.1:{}", port) : local);
    }
  }
  return addresses;
}

}  // namespace hotlap
