#include "harness/conformance/conversation.h"

#include <fmt/core.h>
#include <poll.h>
#include <sched.h>

#include <algorithm>
#include <cerrno>

#include "base/clock.h"

namespace hotlap::harness {
namespace {

constexpr std::size_t kMostBytes = std::size_t{64} << 20;

}  // namespace

Result<Conversation> Conversation::open(const Peer& peer, Nanos patience) {
  auto stream = ClientStream::open(peer, patience);
  if (!stream) return std::unexpected(stream.error());
  return Conversation(std::move(*stream), patience);
}

// False when the peer takes no more. It may answer while we write: its bytes are read, else both would wait.
bool Conversation::send(std::string_view piece) {
  Instant deadline = monotonic_now() + patience_;
  while (!piece.empty()) {
    const auto written = stream_.send(piece);
    if (written > 0) {
      piece.remove_prefix(static_cast<std::size_t>(written));
      deadline = monotonic_now() + patience_;
      continue;
    }
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && errno != EAGAIN) return false;
    pollfd waiting{stream_.socket(), POLLIN | POLLOUT, 0};
    if (monotonic_now() > deadline || ::poll(&waiting, 1, poll_milliseconds(deadline - monotonic_now())) == 0)
      return false;
    if ((waiting.revents & POLLIN) == 0) continue;
    last_ = receive(Nanos{0});
    if (last_ == Came::closed || last_ == Came::reset) return false;
  }
  return true;
}

Conversation::Came Conversation::receive(Nanos patience) {
  const Instant deadline = monotonic_now() + patience;
  char buffer[64 * 1024];
  while (true) {
    const auto count = stream_.receive(buffer);
    if (count > 0) {
      unread_.append(buffer, static_cast<std::size_t>(count));
      return Came::bytes;
    }
    if (count == 0) return Came::closed;
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return Came::reset;
    const Nanos left = deadline - monotonic_now();
    if (left <= Nanos::zero()) return Came::nothing;
    pollfd waiting{stream_.socket(), POLLIN, 0};
    (void)::poll(&waiting, 1, poll_milliseconds(left));
  }
}

Reply Conversation::exchange(const Sending& sending) {
  bool first = true;
  for (const auto& piece : sending.pieces) {
    if (!first && sending.gap > Nanos::zero()) {
      const Instant until = monotonic_now() + sending.gap;
      while (monotonic_now() < until && receive(until - monotonic_now()) == Came::bytes) {
      }
    } else if (!first) {
      ::sched_yield();  // gives the peer a chance to read what came so far
    }
    first = false;
    if (!send(piece)) break;  // why, the reading will tell
  }
  Reply reply;
  bool ended = false;
  std::string_view rest = unread_;
  const auto settle = [&](End end) {
    reply.end = end;
    if (end == End::reset && reply.why.empty() && !stream_.reason().empty()) reply.why = "TLS: " + stream_.reason();
    reply.left_over = rest.size();
    unread_ = std::string(rest);
  };
  while (true) {
    while (!rest.empty()) {
      const auto place = reply.answers.size();
      auto answer = next_answer(rest, ended, place < sending.to_head.size() && sending.to_head[place]);
      if (!answer) {
        reply.why = answer.error().message;
        settle(!ended ? End::malformed : last_ == Came::closed ? End::closed : End::reset);
        return reply;
      }
      if (!*answer) break;
      rest.remove_prefix((*answer)->bytes);
      reply.answers.push_back(std::move(**answer));
    }
    if (ended) {
      settle(last_ == Came::closed ? End::closed : End::reset);
      return reply;
    }
    if (reply.answers.size() >= sending.to_head.size() && !sending.until_end) {
      settle(End::enough);
      return reply;
    }
    if (rest.size() > kMostBytes) {
      reply.why = fmt::format("an answer is longer than {}", format_bytes(double{kMostBytes}));
      settle(End::malformed);
      return reply;
    }
    unread_ = std::string(rest);
    last_ = receive(patience_);
    rest = unread_;
    if (last_ == Came::nothing) {
      settle(End::silence);
      return reply;
    }
    ended = last_ != Came::bytes;
  }
}

std::vector<std::string> cut_at(std::string_view bytes, std::size_t cut) {
  return {std::string(bytes.substr(0, cut)), std::string(bytes.substr(cut))};
}

std::vector<std::string> cut_everywhere(std::string_view bytes) {
  return cut_into(bytes, bytes.size());
}

std::vector<std::string> cut_into(std::string_view bytes, std::size_t pieces) {
  std::vector<std::string> cut;
  const auto length = std::max<std::size_t>(1, (bytes.size() + pieces - 1) / std::max<std::size_t>(1, pieces));
  for (; !bytes.empty(); bytes.remove_prefix(std::min(length, bytes.size()))) cut.emplace_back(bytes.substr(0, length));
  return cut;
}

}  // namespace hotlap::harness
