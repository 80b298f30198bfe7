#include "targets/tuplestore/answer.h"

#include <utility>

#include "targets/stores/tuple/iproto.h"
#include "targets/stores/tuple/msgpack.h"

namespace hotlap::targets::tuplestore {

void Answer::begin(std::string& out) noexcept {
  out_ = &out;
  start_ = out.size();
  items_ = 0;
  error_code_ = 0;
}

void Answer::add(const Tuple& tuple) {
  msgpack::write_tuple(*out_, tuple);
  ++items_;
}

void Answer::add_value(const Value& value) {
  msgpack::write_value(*out_, value);
  ++items_;
}

void Answer::take_back() {
  out_->resize(start_);
  items_ = 0;
}

void Answer::refuse(int error_code, std::string message) {
  take_back();
  error_code_ = error_code;
  error_message_ = std::move(message);
}

Outcome to_outcome(const Answer& answer) {
  if (answer.error_code() != 0) return std::unexpected(StoreError{answer.error_code(), answer.error_message()});
  return iproto::read_rows(answer.data(), answer.items());
}

}  // namespace hotlap::targets::tuplestore
