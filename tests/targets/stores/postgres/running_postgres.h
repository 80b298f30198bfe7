// A PostgreSQL server for integration tests, made and filled by the scenarios' start script in a private folder on a
// free port. Stopped, by its own process, when the object ends.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "base/process.h"
#include "targets/stores/postgres/postgres_store.h"

namespace hotlap::targets {

class RunningPostgres {
 public:
  // Empty: it is installed; else why there is none.
  [[nodiscard]] static std::string missing();
  // Port 0: a free one.
  [[nodiscard]] static Result<std::unique_ptr<RunningPostgres>> start(std::uint16_t port = 0);
  ~RunningPostgres();
  RunningPostgres(const RunningPostgres&) = delete;
  RunningPostgres& operator=(const RunningPostgres&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  [[nodiscard]] PostgresStoreOptions options(std::string_view connections = "one",
                                             postgres::Schema schema = postgres::Schema::relational) const;
  // What psql answers, values only.
  [[nodiscard]] std::string query(const std::string& sql) const;
  // SIGKILL to every process of the server but the first, which then makes them anew, as after a crash.
  void kill_backends() const;
  // SIGKILL to all of them: nothing comes back.
  void kill_server();
  // All of its processes; SIGSTOP and SIGCONT, so that a test decides when it answers.
  void signal(int number) const;

 private:
  RunningPostgres() = default;
  [[nodiscard]] std::vector<pid_t> children() const;
  std::optional<Process> process_;
  std::filesystem::path folder_;
  std::uint16_t port_ = 0;
  pid_t postmaster_ = 0;
};

}  // namespace hotlap::targets
