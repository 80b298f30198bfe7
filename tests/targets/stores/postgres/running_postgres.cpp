#include "tests/targets/stores/postgres/running_postgres.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <signal.h>
#include <sys/file.h>

#include <charconv>
#include <cstdlib>
#include <fstream>

#include "base/program_path.h"

namespace hotlap::targets {
namespace {

constexpr Nanos kStartLimit = std::chrono::seconds(40);
constexpr Nanos kStopLimit = std::chrono::seconds(10);

constexpr const char* kStartScript = HOTLAP_SOURCE_DIR "/scenarios/services/postgres/start.sh";
constexpr const char* kTarget = HOTLAP_BIN_DIR "/hotlap-target";

Result<std::uint16_t> free_port() {
  const auto any = resolve("127.0.0.1", 0);
  if (!any) return std::unexpected(any.error());
  const auto listener = listen_tcp(*any, {});
  if (!listener) return std::unexpected(listener.error());
  const auto address = local_address(*listener);
  if (!address) return std::unexpected(address.error());
  return address->port();
}

Result<Process> start_script(std::vector<std::string> more, std::uint16_t port, const std::string& folder,
                             const std::string& made_before) {
  more.insert(more.begin(), {"bash", kStartScript});
  return Process::start({.arguments = std::move(more),
                         .environment = {{"HOTLAP_PORT", std::to_string(port)},
                                         {"HOTLAP_WORK_DIR", folder},
                                         {"HOTLAP_TEMPLATE_DIR", made_before},
                                         {"HOTLAP_TARGET", kTarget}}});
}

// The folder of a filled cluster that all tests of a ctest run share, filled now if it is not, or not by these
// programs; empty: there is none to be shared.
Result<std::string> shared_template(std::uint16_t port, const std::string& folder) {
  namespace fs = std::filesystem;
  const char* name = std::getenv("HOTLAP_POSTGRES_TEMPLATE");
  if (!name) return "";
  fs::create_directories(name);
  const Fd lock(::open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!lock || ::flock(lock.get(), LOCK_EX) != 0) return fail_errno(name);  // other tests wait here for the first
  const auto made = fs::path(name) / "whole";
  std::error_code missing;
  const auto age = fs::last_write_time(made, missing);
  if (!missing && age > fs::last_write_time(kTarget) && age > fs::last_write_time(kStartScript)) return name;
  fs::remove(made);
  auto process = start_script({"--template"}, port, folder, name);
  if (!process) return std::unexpected(process.error());
  if (const auto exit = process->wait(kStartLimit); exit && exit->status == 0) return name;
  return fail("no cluster to be shared was made: " + process->output_tail());
}

}  // namespace

std::string RunningPostgres::missing() {
  std::error_code ignored;
  for (const auto& version : std::filesystem::directory_iterator("/usr/lib/postgresql", ignored))
    if (std::filesystem::exists(version.path() / "bin/postgres", ignored)) return {};
  return find_program("postgres") ? "" : "PostgreSQL's server is not installed (apt-get install postgresql-15)";
}

Result<std::unique_ptr<RunningPostgres>> RunningPostgres::start(std::uint16_t port) {
  std::unique_ptr<RunningPostgres> server(new RunningPostgres);
  auto pattern = (std::filesystem::temp_directory_path() / "hotlap-postgres-XXXXXX").string();
  if (!::mkdtemp(pattern.data())) return fail_errno("create a folder");
  server->folder_ = pattern;
  const auto chosen = port != 0 ? Result<std::uint16_t>(port) : free_port();
  if (!chosen) return std::unexpected(chosen.error());
  server->port_ = *chosen;
  const auto made_before = shared_template(*chosen, pattern);
  if (!made_before) return std::unexpected(made_before.error());
  auto process = start_script({}, *chosen, pattern, *made_before);
  if (!process) return std::unexpected(process.error());
  server->process_ = std::move(*process);
  const auto line = server->process_->read_line(kStartLimit).value_or("");
  const auto ready = fmt::format("hotlap-postgres ready port={} pid=", *chosen);
  if (!line.starts_with(ready)) return fail("PostgreSQL did not start: " + server->process_->output_tail());
  std::from_chars(line.data() + ready.size(), line.data() + line.size(), server->postmaster_);
  return server;
}

RunningPostgres::~RunningPostgres() {
  if (process_) (void)process_->stop(kStopLimit);
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

PostgresStoreOptions RunningPostgres::options(std::string_view connections, postgres::Schema schema) const {
  return {.address = resolve("127.0.0.1", port_).value(),
          .schema = schema,
          .connections = parse_store_connections(connections).value()};
}

std::string RunningPostgres::query(const std::string& sql) const {
  auto psql = Process::start({.arguments = {"psql", "-X", "-q", "-A", "-t", "-h", "127.0.0.1", "-p",
                                            std::to_string(port_), "-U", "tesla", "-d", "hotlap", "-c", sql},
                              .environment = {{"PGPASSWORD", "secret"}}});
  if (!psql) return psql.error().message;
  (void)psql->wait(kStopLimit);
  auto answer = psql->output_tail();
  while (answer.ends_with('\n')) answer.pop_back();
  return answer;
}

std::vector<pid_t> RunningPostgres::children() const {
  std::ifstream list(fmt::format("/proc/{}/task/{}/children", postmaster_, postmaster_));
  std::vector<pid_t> found;
  for (pid_t child = 0; list >> child;) found.push_back(child);
  return found;
}

void RunningPostgres::kill_backends() const {
  for (const auto child : children()) ::kill(child, SIGKILL);
}

void RunningPostgres::kill_server() {
  const auto backends = children();
  ::kill(postmaster_, SIGKILL);
  for (const auto child : backends) ::kill(child, SIGKILL);
  (void)process_->wait(kStopLimit);
}

void RunningPostgres::signal(int number) const {
  for (const auto child : children()) ::kill(child, number);
  ::kill(postmaster_, number);
}

}  // namespace hotlap::targets
