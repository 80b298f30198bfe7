// The event bus of "Fast Python Web APIs": what lies on a channel, as JSON.
#pragma once

#include <string>

#include "targets/pages/page.h"
#include "targets/stores/store.h"

namespace hotlap::targets {

// The channel's events in the order of their numbers, by one operation; 204 when there are none.
[[nodiscard]] Page events_page(Store& store, std::string channel);

}  // namespace hotlap::targets
