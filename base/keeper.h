// The small process that stands between ours and each child, so that nothing of the child outlives us.
// It is the subreaper of everything below it: whoever forks twice, starts a session of its own or hides its environment
// comes back to it when its parent ends. When our end of the channel closes, by stop() or because we have been killed,
// it kills all that is left, reaps it and ends. It says on the channel how the child began and ended.
// Everything here runs in a forked copy of us and calls only what is allowed there.
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

namespace hotlap {

// What it says, one datagram each, in this order; `ended` may never come when the keeper itself is killed, and then the
// child is killed too.
struct KeeperWord {
  enum class Kind : int { started, refused, ended };
  Kind kind = Kind::started;
  int value = 0;   // the child's process id; errno of the fork; its status as wait4 has it
  rusage usage{};  // of the one that ended
};

// Becomes the keeper; never returns. `channel` is its end of a SOCK_SEQPACKET pair. `run_child` is called in the child
// with the keeper's process id, and must not return.
[[noreturn]] void keep_child(int channel, void (*run_child)(const void* what, pid_t keeper), const void* what) noexcept;

}  // namespace hotlap
