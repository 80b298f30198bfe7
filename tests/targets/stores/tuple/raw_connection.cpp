#include "tests/targets/stores/tuple/raw_connection.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include "targets/stores/tuple/frame.h"
#include "targets/stores/tuple/msgpack.h"

namespace hotlap::targets {
namespace {

// False: not the shape of an answer.
bool read_answer(std::string_view content, RawAnswer& answer) {
  msgpack::Reader reader(content);
  std::uint32_t entries = 0;
  if (!reader.map(entries)) return false;
  std::uint64_t key = 0;
  while (entries-- > 0) {
    std::uint64_t number = 0;
    if (!reader.natural(key) || !reader.natural(number)) return false;
    if (key == 0) answer.error_code = static_cast<int>(number & 0x7fff);
    if (key == 1) answer.sync = number;
  }
  if (reader.ended()) return true;
  if (!reader.map(entries)) return false;
  while (entries-- > 0) {
    if (!reader.natural(key)) return false;
    if (key != 0x30) {
      if (!reader.skip()) return false;
      continue;
    }
    std::uint32_t count = 0;
    if (!reader.array(count)) return false;
    for (; count > 0; --count) {
      std::string_view item;
      if (!reader.item(item)) return false;
      answer.items.emplace_back(item);
    }
  }
  return reader.ended();
}

}  // namespace

RawConnection::RawConnection(const Address& address) : socket_(connect_tcp(address, std::chrono::seconds(5)).value()) {
  const timeval limit{.tv_sec = 10, .tv_usec = 0};
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  greeting = read(iproto::kGreetingBytes);
  const auto parsed = iproto::parse_greeting(greeting);
  EXPECT_TRUE(parsed) << greeting;
  if (parsed) salt_ = parsed->salt;
}

void RawConnection::send(std::string_view bytes) {
  ASSERT_TRUE(write_all(socket_, bytes));
}

void RawConnection::authenticate(std::string_view user, std::string_view password) {
  std::string out;
  iproto::append_auth(out, user, iproto::scramble_password(password, salt_), 1);
  send(out);
  ASSERT_TRUE(response().outcome);
}

RawAnswer RawConnection::answer() {
  RawAnswer answer;
  while (true) {
    const auto frame = iproto::first_frame(std::string_view(input_).substr(taken_));
    if (frame.parsed == iproto::Parsed::done) {
      answer.came = read_answer(frame.content, answer);
      EXPECT_TRUE(answer.came) << "an answer has another shape";
      taken_ += frame.bytes;
      return answer;
    }
    if (frame.parsed == iproto::Parsed::bad || !receive()) return answer;
  }
}

iproto::Response RawConnection::response() {
  while (true) {
    auto response = iproto::read_response(std::string_view(input_).substr(taken_));
    if (response.parsed != iproto::Parsed::need_more) {
      taken_ += response.bytes;
      return response;
    }
    if (!receive()) return response;
  }
}

std::string RawConnection::read(std::size_t count) {
  while (input_.size() - taken_ < count && receive()) continue;
  auto bytes = input_.substr(taken_, count);
  taken_ += bytes.size();
  return bytes;
}

bool RawConnection::receive() {
  input_.erase(0, taken_);
  taken_ = 0;
  char buffer[65536];
  const auto count = ::recv(socket_.get(), buffer, sizeof buffer, 0);
  if (count > 0) input_.append(buffer, static_cast<std::size_t>(count));
  return count > 0;
}

void RawConnection::end_sending() {
  ::shutdown(socket_.get(), SHUT_WR);
}

}  // namespace hotlap::targets
