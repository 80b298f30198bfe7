// What a session runs on and with: the machine's facts, the programs by their hash, and where the folder stood in git.
// Two sessions, or the two halves of a resumed one, are alike when these facts are (results/environment.h).
#pragma once

#include "harness/plan.h"
#include "harness/programs.h"
#include "results/environment.h"

namespace hotlap::harness {

// Beside base/host.h: "program hotlap-load" and the like, a program's or script's SHA-256; "git", "git of hotlap": the
// commit, with -dirty when files differ from it. What cannot be read is left out.
[[nodiscard]] results::Facts describe_environment(const Plan& plan, const Programs& programs);

}  // namespace hotlap::harness
