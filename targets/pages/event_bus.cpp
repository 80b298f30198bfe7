#include "targets/pages/event_bus.h"

#include "targets/pages/json_writer.h"
#include "targets/pages/rows.h"

namespace hotlap::targets {

Page events_page(Store& store, std::string channel) {
  auto link = co_await store_lease(store);
  if (!link) co_return store_failure(link.error());
  const Operation of_channel{.kind = OperationKind::select, .space = id_of(Space::events), .key = {channel}};
  const auto rows = co_await on(**link, of_channel);
  if (!rows) co_return store_failure(rows.error());
  if (rows->empty()) co_return Reply{.status = 204};
  JsonWriter json;
  json.begin_array();
  for (const auto row : *rows)
    json.begin_object().key("seq").number(number_at(row, 1)).key("body").text(text_at(row, 2)).end_object();
  json.end_array();
  co_return Reply{.content_type = kJson, .body = json.take()};
}

}  // namespace hotlap::targets
