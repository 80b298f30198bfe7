// The sockets that threads with blocking calls wait on, so that a stopping engine can end those waits. Thread-safe.
#pragma once

#include <sys/socket.h>

#include <condition_variable>
#include <mutex>
#include <set>

#include "base/units.h"

namespace hotlap::targets {

class OpenSockets {
 public:
  // False once the engine drains: then there is nothing to begin any more.
  [[nodiscard]] bool enter(int socket) {
    const std::scoped_lock lock(mutex_);
    if (draining_) return false;
    open_.insert(socket);
    return true;
  }
  void leave(int socket) {  // before it is closed
    const std::scoped_lock lock(mutex_);
    open_.erase(socket);
    none_left_.notify_all();
  }
  // Readers see the end of their input, finish the request in hand and leave; who has not left by then is cut off.
  void drain(Nanos most) {
    std::unique_lock lock(mutex_);
    draining_ = true;
    for (const int socket : open_) ::shutdown(socket, SHUT_RD);
    if (!none_left_.wait_for(lock, most, [&] { return open_.empty(); }))
      for (const int socket : open_) ::shutdown(socket, SHUT_RDWR);
    none_left_.wait(lock, [&] { return open_.empty(); });
  }

 private:
  std::mutex mutex_;
  std::condition_variable none_left_;
  std::set<int> open_;
  bool draining_ = false;
};

}  // namespace hotlap::targets
