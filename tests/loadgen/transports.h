// The transports as parameters of tests; one that this kernel does not have is skipped with its reason.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "loadgen/contract/load_spec.h"
#include "loadgen/transport/uring.h"

namespace hotlap::loadgen {

inline std::string name_of(load::TransportChoice choice) {
  return choice == load::TransportChoice::uring ? "uring" : "epoll";
}

// Empty: this machine has it.
inline std::string why_missing(load::TransportChoice choice) {
  if (choice != load::TransportChoice::uring) return {};
  const auto can = probe_uring();
  return can ? "" : can.error().message;
}

inline auto every_transport() {
  return testing::Values(load::TransportChoice::epoll, load::TransportChoice::uring);
}

}  // namespace hotlap::loadgen
