// Spaces of tuples in memory (schema.h), and the operations of IPROTO on them with Tarantool 2.6's semantics and error
// codes. Tuples may hold any MessagePack; procedures and expressions are those of procedures.h. Not thread-safe: one
// thread serves it, as in Tarantool.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "targets/stores/store.h"
#include "targets/stores/tuple/iproto.h"
#include "targets/tuplestore/answer.h"
#include "targets/tuplestore/change.h"
#include "targets/tuplestore/memory.h"
#include "targets/tuplestore/operation_counts.h"
#include "targets/tuplestore/schema.h"
#include "targets/tuplestore/tuple_space.h"

namespace hotlap::targets::tuplestore {

class RandomSource;

inline constexpr std::size_t kDefaultMemoryBytes = 384'000'000;

class Database {
 public:
  // The spaces, empty; at least one. Rows that would take more than `memory_bytes` are refused with code 2.
  explicit Database(std::vector<SpaceDefinition> spaces = page_spaces(),
                    std::size_t memory_bytes = kDefaultMemoryBytes);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // A request that read_request() found nothing wrong with; not for auth. Appends to the answer's output.
  void execute(const iproto::Request& request, Answer& answer);
  // The same for an operation of this process: through the protocol's bytes, without a socket.
  void execute(const Operation& operation, Answer& answer);
  [[nodiscard]] Outcome execute(const Operation& operation);

  [[nodiscard]] TupleSpace* space(std::uint32_t id) noexcept;
  [[nodiscard]] TupleSpace* space_named(std::string_view name) noexcept;
  [[nodiscard]] OperationCounts& counts() noexcept { return counts_; }
  [[nodiscard]] RandomSource& random() noexcept { return *random_; }
  [[nodiscard]] const Memory& memory() const noexcept { return memory_; }
  [[nodiscard]] bool provisioned() const noexcept { return provisioned_; }
  void set_provisioned() noexcept { provisioned_ = true; }

 private:
  void execute_on_space(const iproto::Request& request, Answer& answer);

  OperationCounts counts_;
  Memory memory_;
  Changer changer_;
  std::vector<TupleSpace> spaces_;  // by id, without a gap
  std::unique_ptr<RandomSource> random_;
  bool provisioned_ = false;
  std::string operation_bytes_;  // reused by operations of this process, so that they allocate little
};

}  // namespace hotlap::targets::tuplestore
