#include "base/error.h"

#include <fmt/core.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <system_error>

namespace hotlap {

std::string system_message(std::string_view action, int error_number) {
  return fmt::format("{}: {}", action, std::generic_category().message(error_number));
}

std::unexpected<Error> fail_errno(std::string_view action, ExitCode code) {
  return fail(system_message(action, errno), code);
}

void check_failed(const char* sentence, const char* file, int line) noexcept {
  std::fprintf(stderr, "%s:%d: broken promise: %s\n", file, line, sentence);
  std::abort();
}

}  // namespace hotlap
