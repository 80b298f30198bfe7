// One libpq connection in pipeline mode that never blocks: what is sent, what has come. Knows no operation and no event
// loop; everything of libpq stays behind it. Move-only; not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/error.h"
#include "targets/stores/postgres/postgres_store.h"
#include "targets/stores/postgres/statement.h"
#include "targets/stores/store.h"

namespace hotlap::targets::postgres {

class Connection {
 public:
  enum class Progress : std::uint8_t { wants_to_read, wants_to_write, ready, failed };
  enum class Flushed : std::uint8_t { all, some, failed };
  struct Answer {
    enum class Kind : std::uint8_t { outcome, passed_over, synced };
    Kind kind = Kind::outcome;
    Outcome outcome;       // of a command
    std::string sqlstate;  // of its error
    bool fatal = false;    // the server ends the connection with this error
  };

  // Begins to connect; error() tells why when the first advance() answers `failed`.
  explicit Connection(const PostgresStoreOptions& options);

  // A descriptor of our own for the same socket: libpq may close its one at any time.
  [[nodiscard]] int descriptor() const noexcept;
  [[nodiscard]] Progress advance();

  // Into the output buffer. sync() ends a group: it is one transaction, and after an error its rest is passed over.
  // False: the connection is lost, see error().
  [[nodiscard]] bool prepare(const std::string& name, const std::string& text);
  [[nodiscard]] bool execute(const std::string& name, const Statement& statement);
  [[nodiscard]] bool sync();
  [[nodiscard]] Flushed flush();

  // Takes what has come; false: the connection is lost, see error().
  [[nodiscard]] bool read();
  // The next answer of what read() took, in the order of sending; nullopt: nothing more yet.
  [[nodiscard]] std::optional<Answer> next(ResultShape shape);

  [[nodiscard]] std::string error() const;  // one line

 private:
  struct Handle;
  struct Close {
    void operator()(Handle* handle) const noexcept;
  };
  std::unique_ptr<Handle, Close> handle_;
};

}  // namespace hotlap::targets::postgres
