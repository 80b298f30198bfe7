// A thread's own table of descriptors. Threads share one table, and then every system call on a descriptor pays two
// locked instructions for it; 1 to 4 % of a request that is small.
#pragma once

#include <initializer_list>

namespace hotlap {

// From now on the calling thread has a table of its own: empty but for standard input, the outputs and `keep`. A
// descriptor that is opened in it is of this thread alone, to use and to close; what is open when the thread ends is
// closed then. Of the ones kept, the other threads have theirs under the same number, each to be closed for itself.
// False: this machine does not allow it (seccomp; Linux before 5.9), or this is ThreadSanitizer, which knows one table
// only. Then the thread goes on sharing, and all that is right with a table of its own is right too.
bool own_descriptor_table(std::initializer_list<int> keep = {}) noexcept;

}  // namespace hotlap
