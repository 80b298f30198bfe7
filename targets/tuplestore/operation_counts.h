// How many operations the database has carried out, by kind, as Tarantool's box.stat() counts them: a select from the
// moment it is understood, a change once its space is known, whether it then succeeds or not; what a procedure does
// counts like what a client sends. Beside them, how many operations clients have sent: a call is one, whatever it does.
// Not thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

#include "targets/stores/tuple/iproto.h"

namespace hotlap::targets::tuplestore {

class OperationCounts {
 public:
  struct Named {
    std::string_view name;  // box.stat()'s
    iproto::RequestType type;
  };
  static constexpr std::array<Named, 8> kNames = {{{"CALL", iproto::RequestType::call},
                                                   {"DELETE", iproto::RequestType::erase},
                                                   {"EVAL", iproto::RequestType::eval},
                                                   {"INSERT", iproto::RequestType::insert},
                                                   {"REPLACE", iproto::RequestType::replace},
                                                   {"SELECT", iproto::RequestType::select},
                                                   {"UPDATE", iproto::RequestType::update},
                                                   {"UPSERT", iproto::RequestType::upsert}}};
  static constexpr std::string_view kSent = "SENT";

  void add(iproto::RequestType type) noexcept { ++counts_[index(type)]; }
  // By a client; all but pings, authentication, and the question for these counts.
  void add_sent() noexcept { ++sent_; }
  [[nodiscard]] std::uint64_t sent() const noexcept { return sent_; }
  [[nodiscard]] std::uint64_t of(iproto::RequestType type) const noexcept { return counts_[index(type)]; }

 private:
  static constexpr std::size_t kTypes = 16;  // of requests that execute anything, from 0
  static std::size_t index(iproto::RequestType type) noexcept { return std::to_underlying(type) % kTypes; }
  std::array<std::uint64_t, kTypes> counts_{};
  std::uint64_t sent_ = 0;
};

}  // namespace hotlap::targets::tuplestore
