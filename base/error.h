// What went wrong, in one sentence that names the object, the value and the remedy; and the exit code it ends in.
// Expected failures travel as Result<T>; a broken promise of our own code ends the program through check().
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace hotlap {

// Documented exit codes, the same in every program (README, "Exit codes").
enum class ExitCode : int {
  success = 0,
  failure = 1,         // anything without a code of its own
  usage = 2,           // the command line
  regressed = 10,      // check: a real slow-down
  inconclusive = 11,   // check: could not tell
  claims_missed = 12,  // a session file says what its claims must come to, and they do not
  invalid_run = 20,    // a trial failed or its numbers are not to be believed
  target_not_ready = 21,
  bad_config = 30,       // a scenario or other input document
  missing_program = 31,  // something that has to be installed or built
  store_failed = 40,     // the database or an output file cannot be written
  interrupted = 130,
};

struct Error {
  std::string message;
  ExitCode code = ExitCode::failure;
};

template <class T>
using Result = std::expected<T, Error>;

[[nodiscard]] inline std::unexpected<Error> fail(std::string message, ExitCode code = ExitCode::failure) {
  return std::unexpected(Error{std::move(message), code});
}

// "connect to 127.0.0.1:80: Connection refused"; reads errno unless told another number.
[[nodiscard]] std::string system_message(std::string_view action, int error_number);
[[nodiscard]] std::unexpected<Error> fail_errno(std::string_view action, ExitCode code = ExitCode::failure);

// A promise of our own code: prints `sentence` and aborts when it does not hold. On in every build, also the measured
// one.
[[noreturn]] void check_failed(const char* sentence, const char* file, int line) noexcept;
inline void check(bool holds, const char* sentence, const char* file = __builtin_FILE(),
                  int line = __builtin_LINE()) noexcept {
  if (!holds) [[unlikely]]
    check_failed(sentence, file, line);
}

}  // namespace hotlap
