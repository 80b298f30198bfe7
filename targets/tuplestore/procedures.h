// What call and eval know. There is no Lua here, so it is a list, each answered as Tarantool 2.6 would:
//   call  hotlap_ready                            true once the data are provisioned
//         hotlap_statistics                       {name, number} for each kind of operation (operation_counts.h)
//         hotlap_good, hotlap_bad, hotlap_index   a whole page's work (page_procedures.h)
//         box.space.SPACE:count                   rows; with an argument: rows with that primary key
//         box.space.SPACE.index.INDEX:random      any row, chosen by the argument (not the one Tarantool chooses)
//         box.space.SPACE:upsert                  {tuple, operations}, fields counted from 1
//   eval  return true · return ... · return require('uuid').str()
//         return require('digest').md5_hex(require('digest').urandom(32))
// Anything else: error 33, no such procedure, or 32, Lua error.
#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <string_view>

#include "targets/tuplestore/database.h"

namespace hotlap::targets::tuplestore {

inline constexpr std::string_view kStatisticsProcedure = "hotlap_statistics";

// Random texts as the site's pages need them. Seeded by the kernel; not for secrets.
class RandomSource {
 public:
  RandomSource();
  ~RandomSource();
  [[nodiscard]] std::string uuid();     // version 4, "xxxxxxxx-xxxx-4xxx-xxxx-xxxxxxxxxxxx"
  [[nodiscard]] std::string md5_hex();  // of 32 random bytes

 private:
  struct Digest;
  std::mt19937_64 engine_;
  std::unique_ptr<Digest> digest_;
};

// `arguments`: a whole MessagePack array, or empty for none.
void call_procedure(Database& database, std::string_view name, std::string_view arguments, Answer& answer);
void evaluate(Database& database, std::string_view expression, std::string_view arguments, Answer& answer);

}  // namespace hotlap::targets::tuplestore
