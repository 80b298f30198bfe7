#include "harness/conformance/known_answer.h"

namespace hotlap::harness {

KnownAnswer know(Request request, const ReceivedAnswer& first, const ReceivedAnswer& second) {
  KnownAnswer known{.request = std::move(request),
                    .status = first.status,
                    .body = {},
                    .length = {},
                    .keep_alive = first.keep_alive && second.keep_alive};
  if (first.body == second.body) known.body = first.body;
  if (first.body.size() == second.body.size()) known.length = first.body.size();
  return known;
}

bool fits(const KnownAnswer& known, const ReceivedAnswer& answer) {
  return answer.status == known.status && (!known.body || answer.body == *known.body) &&
         (!known.length || answer.body.size() == *known.length);
}

bool tell_apart(const KnownAnswer& a, const KnownAnswer& b) {
  return a.status != b.status || (a.body && b.body && *a.body != *b.body) ||
         (a.length && b.length && *a.length != *b.length);
}

std::vector<std::size_t> mixed_order(std::size_t count, std::size_t kinds) {
  std::vector<std::size_t> order(count, 0);
  if (kinds < 2) return order;
  for (std::size_t place = 0; place < count; ++place) order[place] = place % kinds;
  if (count > 1 && order.back() == 0) order.back() = 1;
  return order;
}

}  // namespace hotlap::harness
