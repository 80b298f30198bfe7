// The macro-benchmark of API-Hour: the agents of a call centre with what they are doing, as JSON.
#pragma once

#include "targets/pages/page.h"
#include "targets/stores/store.h"

namespace hotlap::targets {

// {"hello":"world"}, made anew for each request.
[[nodiscard]] Reply agents_hello_reply();

// All agents, each with the login that has his id, or nulls: two operations that travel together, joined here. Seven
// keys each; 6,401 bytes for the provisioned fifty, of whom none is logged in.
[[nodiscard]] Page agents_page(Store& store);

}  // namespace hotlap::targets
