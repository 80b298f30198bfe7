// What update and upsert do to a tuple, one operation after the other, with Tarantool 2.6's rules and codes:
//   = set   ! insert before   # delete some   + - add, subtract   & | ^ of the bits   : splice a text
// Fields are numbers from the request's base, or from the end when negative. Not supported: names and paths of fields,
// and decimal numbers. Owned and reused by the database, so that an update allocates nothing after the first ones.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "targets/tuplestore/checked.h"

namespace hotlap::targets::tuplestore {

class Changer {
 public:
  // What is wrong with the operations whatever the tuple. `operations` is a whole MessagePack array and must outlive
  // what follows, as must the tuple.
  [[nodiscard]] Checked<void> read(std::string_view operations, std::uint32_t index_base);

  // The changed tuple, or the first refusal. Views hold until the next call.
  [[nodiscard]] Checked<std::string_view> changed(std::string_view tuple);
  // Operations that cannot be applied are passed over, as upsert does (Tarantool writes them to its log).
  [[nodiscard]] std::string_view changed_where_possible(std::string_view tuple);

 private:
  struct Step {
    char operation = '=';
    std::int64_t field = 0;  // from 0; negative: from the end
    std::string_view value;  // an item
    std::int64_t offset = 0;
    bool from_the_end = false;  // the offset
    std::int64_t cut = 0;
    std::string_view text;  // of a splice
  };
  struct Field {
    std::string_view bytes;
    bool touched = false;  // written over by an earlier operation
  };

  [[nodiscard]] Checked<void> read_step(const char*& at, std::size_t number);
  void open(std::string_view tuple);
  [[nodiscard]] std::string_view closed();
  [[nodiscard]] Checked<void> apply(Step step);
  [[nodiscard]] Checked<void> calculate(const Step& step, Field& field);
  [[nodiscard]] Checked<void> splice(const Step& step, Field& field);
  [[nodiscard]] std::string& made();

  std::uint32_t base_ = 0;
  std::vector<Step> steps_;
  std::vector<Field> fields_;
  std::deque<std::string> made_;  // fields that stand neither in the tuple nor in the request
  std::size_t made_count_ = 0;
  std::string result_;
};

}  // namespace hotlap::targets::tuplestore
