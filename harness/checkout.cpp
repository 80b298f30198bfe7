#include "harness/checkout.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/clock.h"
#include "base/fd.h"
#include "base/file_text.h"
#include "base/process.h"
#include "harness/command_text.h"
#include "harness/placeholders.h"
#include "harness/ready_line.h"

namespace hotlap::harness {
namespace {

namespace fs = std::filesystem;

constexpr Nanos kGitTimeout = std::chrono::minutes(2);  // a large repository's files, on a slow disk
constexpr Nanos kPoll = std::chrono::milliseconds(100);

// Only a name for a folder: what it stands for is in the file beside it, and compared.
std::uint64_t fnv1a(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

struct GitAnswer {
  int status = 0;
  std::string first_line;
  std::string complaint;
};

// Without its complaints where only its answer counts.
Result<GitAnswer> git(const std::string& repository, std::vector<std::string> arguments,
                      const std::string& complaints = {}) {
  arguments.insert(arguments.begin(), {"git", "-C", repository});
  auto process = Process::start({.arguments = std::move(arguments),
                                 .environment = {{"GIT_TERMINAL_PROMPT", "0"}, {"GIT_OPTIONAL_LOCKS", "0"}},
                                 .log_path = complaints});
  if (!process) return std::unexpected(process.error());
  GitAnswer answer;
  const auto line = process->read_line(kGitTimeout);
  answer.first_line = line.value_or("");
  const auto exit = process->wait(kGitTimeout);
  if (!exit) return fail(fmt::format("git took longer than {} in {}", format_duration(kGitTimeout), repository));
  answer.status = exit->status;
  answer.complaint = last_words(process->output_tail());
  return answer;
}

// Held while one session makes a checkout that another may want too.
Result<Fd> lock(const std::string& path) {
  Fd file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!file || ::flock(file.get(), LOCK_EX) != 0) return fail_errno("lock " + path, ExitCode::store_failed);
  return file;
}

Result<void> build(const CheckoutRequest& request, const std::string& source, const std::string& log,
                   const StopFlag& stop) {
  std::error_code ignored;
  fs::remove(log, ignored);
  ProcessOptions options;
  for (const auto& argument : request.build) options.arguments.push_back(fill_in(argument, {{"source", source}}));
  options.environment = {{"HOTLAP_SOURCE", source}};
  options.working_directory = source;
  options.output_path = log;
  const auto failed = [&](std::string_view how) {
    const auto words = last_words(file_text(log));
    return fail(
        fmt::format("the build of {} by '{}' {}{}{}; its whole log is {}", printable(request.revision),
                    printable(command_text(request.build), 200), how, words.empty() ? "" : "; it said: ", words, log),
        ExitCode::invalid_run);
  };
  auto process = Process::start(options);
  if (!process) return std::unexpected(process.error());
  const Instant deadline = monotonic_now() + request.timeout;
  while (!process->wait(kPoll)) {
    if (stop) return fail("interrupted", ExitCode::interrupted);
    if (monotonic_now() > deadline) return failed(fmt::format("took longer than {}", format_duration(request.timeout)));
  }
  const auto exit = process->poll_exit();
  if (exit->status != 0) return failed("ended with " + exit->text());
  return {};
}

}  // namespace

std::string checkout_cache() {
  const auto variable = [](const char* name) -> std::string {
    const char* value = std::getenv(name);
    return value ? value : "";
  };
  if (const auto own = variable("HOTLAP_CACHE"); !own.empty()) return own + "/checkouts";
  if (const auto xdg = variable("XDG_CACHE_HOME"); !xdg.empty()) return xdg + "/hotlap/checkouts";
  if (const auto home = variable("HOME"); !home.empty()) return home + "/.cache/hotlap/checkouts";
  std::error_code error;
  return (fs::temp_directory_path(error) / "hotlap-checkouts").string();
}

Result<Checkout> check_out(const CheckoutRequest& request, const StopFlag& stop,
                           const std::function<void(std::string_view)>& say) {
  const auto folder = request.repository.empty() ? std::string(".") : request.repository;
  const auto top = git(folder, {"rev-parse", "--show-toplevel"});
  if (!top) return std::unexpected(top.error());
  if (top->status != 0)
    return fail(fmt::format("{} is in no git repository ({}); name one with target.repository", printable(folder),
                            top->complaint),
                ExitCode::bad_config);
  const auto commit =
      git(folder, {"rev-parse", "--verify", "--quiet", "--end-of-options", request.revision + "^{commit}"});
  if (!commit) return std::unexpected(commit.error());
  if (commit->status != 0)
    return fail(fmt::format("git knows no revision '{}' in {}", printable(request.revision), top->first_line),
                ExitCode::bad_config);
  const auto state = git(folder, {"status", "--porcelain", "--untracked-files=no"}, "/dev/null");
  if (!state) return std::unexpected(state.error());

  const auto identity = fmt::format("{}\n{}\n{}\n", top->first_line, commit->first_line, command_text(request.build));
  std::error_code error;
  fs::create_directories(request.cache, error);
  const auto base = fmt::format("{}/{:.12}-{:016x}", fs::absolute(request.cache, error).string(), commit->first_line,
                                fnv1a(identity));
  Checkout checkout{.source = base, .commit = commit->first_line, .repository_dirty = !state->first_line.empty()};
  const auto built = base + ".built";
  const auto held = lock(base + ".lock");
  if (!held) return std::unexpected(held.error());
  if (file_text(built) == identity && fs::is_directory(base, error)) return checkout;

  // What a killed session has left half done is begun anew.
  (void)git(folder, {"worktree", "remove", "--force", "--force", base});
  fs::remove(built, error);
  fs::remove_all(base, error);
  (void)git(folder, {"worktree", "prune"});
  const auto added = git(folder, {"worktree", "add", "--force", "--detach", base, checkout.commit});
  if (!added) return std::unexpected(added.error());
  if (added->status != 0)
    return fail(fmt::format("git could not check {} out into {}: {}", checkout.commit, base, added->complaint),
                ExitCode::bad_config);
  if (!request.build.empty()) {
    say(fmt::format("building {} ({:.12}) by '{}'; log {}.log", printable(request.revision), checkout.commit,
                    printable(command_text(request.build), 200), base));
    if (auto done = build(request, base, base + ".log", stop); !done) return std::unexpected(done.error());
  }
  std::ofstream(built) << identity;
  return checkout;
}

}  // namespace hotlap::harness
