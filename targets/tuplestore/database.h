// Spaces of tuples in memory (schema.h), and the operations of store.h on them with Tarantool 2.6's semantics and
// error codes. Values are nil, bool, integer and text; changes are + - =; procedures and expressions are those of
// procedures.h. Not thread-safe: one thread serves it, as in Tarantool.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "targets/stores/store.h"
#include "targets/tuplestore/schema.h"
#include "targets/tuplestore/tuple_space.h"

namespace hotlap::targets::tuplestore {

// What an operation found. Owned and reused by the caller, so that answering allocates nothing after the first answers.
struct Answer {
  std::vector<const Tuple*> rows;  // into the database, or into `made`; hold until its next operation
  bool bare = false;               // each row is one value that stands alone, as call and eval return them
  int error_code = 0;              // 0: none
  std::string error_message;
  std::vector<Tuple> made;  // rows that stand in no space

  void clear() noexcept;
  void add_value(Value value);  // a value standing alone
};
[[nodiscard]] Outcome to_outcome(const Answer& answer);

class RandomSource;

class Database {
 public:
  // The spaces, empty; at least one.
  explicit Database(std::vector<SpaceDefinition> spaces = page_spaces());
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  void execute(const Operation& operation, Answer& answer);

  [[nodiscard]] TupleSpace* space(std::uint32_t id) noexcept;
  [[nodiscard]] TupleSpace* space_named(std::string_view name) noexcept;
  [[nodiscard]] RandomSource& random() noexcept { return *random_; }
  [[nodiscard]] bool provisioned() const noexcept { return provisioned_; }
  void set_provisioned() noexcept { provisioned_ = true; }

 private:
  std::vector<TupleSpace> spaces_;  // by id, without a gap
  std::unique_ptr<RandomSource> random_;
  bool provisioned_ = false;
};

}  // namespace hotlap::targets::tuplestore
