// What call and eval know. There is no Lua here, so it is a list, each answered as Tarantool 2.6 would:
//   call  hotlap_ready                            true once the data are provisioned
//         box.space.SPACE:count                   rows; with an argument: rows with that primary key
//         box.space.SPACE.index.INDEX:random      any row, chosen by the argument (not the one Tarantool chooses)
//         box.space.SPACE:upsert                  {tuple, changes}, see Operation::changes
//   eval  return true · return ... · return require('uuid').str()
//         return require('digest').md5_hex(require('digest').urandom(32))
// Anything else: error 33, no such procedure, or 32, Lua error.
#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <string>

#include "targets/tuplestore/database.h"

namespace hotlap::targets::tuplestore {

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

void call_procedure(Database& database, const Operation& operation, Answer& answer);
void evaluate(Database& database, const Operation& operation, Answer& answer);

}  // namespace hotlap::targets::tuplestore
