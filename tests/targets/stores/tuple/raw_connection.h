// A connection by hand to a server that speaks IPROTO, for what the driver would never send and what it would not show.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/socket.h"
#include "targets/stores/tuple/iproto.h"

namespace hotlap::targets {

struct RawAnswer {
  bool came = false;  // false: the connection ended, or nothing came within ten seconds
  std::uint64_t sync = 0;
  int error_code = 0;
  std::vector<std::string> items;  // of the data, each in its bytes
};

class RawConnection {
 public:
  explicit RawConnection(const Address& address);

  void send(std::string_view bytes);
  void authenticate(std::string_view user = "tesla", std::string_view password = "secret");
  [[nodiscard]] RawAnswer answer();
  [[nodiscard]] iproto::Response response();  // the same as the driver reads it
  [[nodiscard]] std::string read(std::size_t count);
  bool receive();  // one recv(); false at the end of the stream
  void end_sending();
  [[nodiscard]] const iproto::Salt& salt() const noexcept { return salt_; }

  std::string greeting;

 private:
  Fd socket_;
  std::string input_;
  std::size_t taken_ = 0;
  iproto::Salt salt_{};
};

}  // namespace hotlap::targets
