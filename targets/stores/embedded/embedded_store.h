// hotlap-tuplestore's database inside this process, behind the interface that pages see: what a page costs when the
// database costs next to nothing and no connection lies between.
#pragma once

#include <memory>

#include "targets/stores/store.h"

namespace hotlap::targets {

// Provisioned with the seeded data. Every operation ends before submit() returns. May be used by many threads at once
// (a mutex, so one store may serve all workers of a target and they see the same data).
[[nodiscard]] std::unique_ptr<Store> make_embedded_store(Counter* calls = nullptr);

}  // namespace hotlap::targets
