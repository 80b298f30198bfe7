// A revision of a repository, checked out and built once, in a private cache: the two sides of a comparison come from
// the same place and neither is in the other's way. Kept by commit and build command, so a second session builds
// nothing. The repository's own working tree is not touched.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/units.h"
#include "harness/stop_flag.h"

namespace hotlap::harness {

struct CheckoutRequest {
  std::string repository;          // a folder in it
  std::string revision;            // whatever git takes for a commit
  std::vector<std::string> build;  // arguments, run in the checkout; "{source}" is its path; empty: nothing to build
  Nanos timeout{};                 // of the build
  std::string cache;               // the folder of all checkouts
};

struct Checkout {
  std::string source;             // its folder
  std::string commit;             // in full
  bool repository_dirty = false;  // changes there that are in no commit, and so not in this checkout
};

// $HOTLAP_CACHE, else $XDG_CACHE_HOME/hotlap, else ~/.cache/hotlap; with /checkouts behind it.
[[nodiscard]] std::string checkout_cache();

// `say` is told before it builds. Error: bad_config when there is no such repository or revision; invalid_run when the
// build fails or takes too long, with its last words and the path of its log; interrupted.
[[nodiscard]] Result<Checkout> check_out(const CheckoutRequest& request, const StopFlag& stop,
                                         const std::function<void(std::string_view)>& say);

}  // namespace hotlap::harness
