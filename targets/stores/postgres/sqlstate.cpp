#include "targets/stores/postgres/sqlstate.h"

#include <utility>

#include "targets/stores/tuple/iproto.h"

namespace hotlap::targets::postgres {

int code_of_sqlstate(std::string_view sqlstate) noexcept {
  namespace code = iproto::code;
  static constexpr std::pair<std::string_view, int> kCodes[] = {
      {"23505", code::kTupleFound},       // unique_violation
      {"23502", code::kFieldMissing},     // not_null_violation
      {"22003", code::kIntegerOverflow},  // numeric_value_out_of_range
      {"22P02", code::kFieldType},        // invalid_text_representation
      {"22021", code::kFieldType},        // character_not_in_repertoire: no UTF-8
      {"42P01", code::kNoSuchSpace},      // undefined_table
      {"3F000", code::kNoSuchSpace},      // invalid_schema_name
      {"42703", code::kNoSuchField},      // undefined_column
      {"42883", code::kNoSuchProcedure},  // undefined_function
      {"42704", code::kNoSuchProcedure},  // undefined_object: a missing sampling method
      {"42501", code::kAccessDenied},     // insufficient_privilege
      {"28P01", code::kPasswordMismatch}, {"28000", code::kNoSuchUser},
      {"53300", code::kLinkFailed},  // too_many_connections
  };
  for (const auto& [state, number] : kCodes)
    if (state == sqlstate) return number;
  // 08: connection exceptions; 57P: shut down, crashed, not yet started.
  if (sqlstate.empty() || sqlstate.starts_with("08") || sqlstate.starts_with("57P")) return code::kLinkFailed;
  return code::kLua;
}

}  // namespace hotlap::targets::postgres
