// The transport over epoll with TLS on every connection. A connection is open when its handshake is done. Requests are
// stamped before they are encrypted, responses after they have been decrypted: both are the client's own work, and part
// of the service time. Bodies that nobody looks at are decrypted all the same. One worker's thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/tls.h"
#include "loadgen/transport/epoll.h"

namespace hotlap::loadgen {

class TlsTransport final : public EpollTransport {
 public:
  // `host`: whom the certificate has to be for. Error: of TlsContext::create().
  [[nodiscard]] static Result<std::unique_ptr<Transport>> create(const load::LoadSpec& spec, std::uint32_t slots);

  std::string_view name() const noexcept override { return name_; }
  std::string reason(std::uint32_t slot) const override;
  void skip(std::uint32_t /*slot*/, std::uint64_t /*bytes*/) noexcept override {}
  void close(std::uint32_t slot) noexcept override;
  void wait(Instant until, Events& events) override;

 private:
  TlsTransport(Watch watch, std::uint32_t slots, const load::LoadSpec& spec, TlsContext context);
  Opening open(std::uint32_t slot) noexcept override;
  ssize_t read(std::uint32_t slot, std::span<char> into) noexcept override;
  ssize_t write(std::uint32_t slot, std::string_view bytes) noexcept override;
  void list_if_unread(std::uint32_t slot);

  const TlsContext context_;
  const std::string host_;
  const bool resumes_;
  std::string name_ = "epoll with TLS";  // and, once a handshake is done, what it agreed on
  std::vector<std::optional<TlsSession>> sessions_;
  std::vector<TlsMemory> memories_;    // of each slot's last session, when it resumes
  std::vector<std::uint32_t> unread_;  // slots whose session holds more than the last read had room for
  std::vector<std::uint32_t> reading_;
  std::vector<bool> listed_;  // in unread_: once is enough
};

}  // namespace hotlap::loadgen
