#include "loadgen/transport/tls.h"

#include <fmt/core.h>

#include <cerrno>
#include <utility>

namespace hotlap::loadgen {

Result<std::unique_ptr<Transport>> TlsTransport::create(const load::LoadSpec& spec, std::uint32_t slots) {
  auto context = TlsContext::create(spec.trust);
  if (!context) return std::unexpected(context.error());
  auto watch = Watch::open();
  if (!watch) return std::unexpected(watch.error());
  return std::unique_ptr<Transport>(new TlsTransport(std::move(*watch), slots, spec, std::move(*context)));
}

TlsTransport::TlsTransport(Watch watch, std::uint32_t slots, const load::LoadSpec& spec, TlsContext context)
    : EpollTransport(std::move(watch), slots, waiting_of(spec)),
      context_(std::move(context)),
      host_(spec.url.host),
      resumes_(spec.resume_tls),
      sessions_(slots),
      memories_(slots),
      listed_(slots) {}

std::string TlsTransport::reason(std::uint32_t slot) const {
  const auto& session = sessions_[slot];
  if (!session || session->reason().empty()) return {};
  auto reason = session->reason();
  if (session->distrusts()) reason += "; --cacert FILE names who signed it, --insecure trusts anybody";
  if (reason == "wrong version number") reason += "; where no TLS is spoken the URL begins with http://";
  return reason;
}

EpollTransport::Opening TlsTransport::open(std::uint32_t slot) noexcept {
  auto& session = sessions_[slot];
  if (!session) session.emplace(context_, socket_of(slot), host_, memories_[slot]);
  switch (session->handshake()) {
    case TlsSession::Step::wants_read:
      return Opening::wants_read;
    case TlsSession::Step::wants_write:
      return Opening::wants_write;
    case TlsSession::Step::failed:
      return Opening::failed;
    case TlsSession::Step::done:
      name_ = "epoll with " + session->protocol();
      list_if_unread(slot);
  }
  return Opening::done;
}

ssize_t TlsTransport::read(std::uint32_t slot, std::span<char> into) noexcept {
  const auto count = sessions_[slot]->receive(into);
  const int error = errno;
  list_if_unread(slot);
  errno = error;
  return count;
}

void TlsTransport::list_if_unread(std::uint32_t slot) {
  if (!sessions_[slot]->has_unread() || listed_[slot]) return;
  listed_[slot] = true;
  unread_.push_back(slot);
}

ssize_t TlsTransport::write(std::uint32_t slot, std::string_view bytes) noexcept {
  return sessions_[slot]->send(bytes);
}

void TlsTransport::close(std::uint32_t slot) noexcept {
  if (auto& session = sessions_[slot]) {
    if (resumes_) memories_[slot] = session->memory();
    session->say_goodbye();
    session.reset();
  }
  EpollTransport::close(slot);
}

void TlsTransport::wait(Instant until, Events& events) {
  const bool told = !unread_.empty();
  std::swap(unread_, reading_);
  for (const auto slot : reading_) {
    listed_[slot] = false;
    if (sessions_[slot] && sessions_[slot]->has_unread()) receive(slot, events);
  }
  reading_.clear();
  EpollTransport::wait(told ? now() : until, events);
}

}  // namespace hotlap::loadgen
