#include "targets/pages/agents.h"

#include <array>
#include <map>

#include "targets/pages/json_writer.h"
#include "targets/pages/rows.h"

namespace hotlap::targets {
namespace {

void append_text_or_null(JsonWriter& json, std::string_view key, RowView login, std::size_t field) {
  json.key(key);
  if (const auto* text = field < login.size() ? std::get_if<std::string_view>(&login[field]) : nullptr)
    json.text(*text);
  else
    json.null();
}

// An empty login: the agent has none.
void append_agent(JsonWriter& json, RowView agent, RowView login) {
  json.begin_object().key("number").text(text_at(agent, 4));
  append_text_or_null(json, "extension", login, 2);
  append_text_or_null(json, "context", login, 3);
  append_text_or_null(json, "state_interface", login, 5);
  json.key("status")
      .text(login.empty() ? "offline" : "online")
      .key("extension_status")
      .text("-1")
      .key("paused")
      .text("0");
  json.end_object();
}

}  // namespace

Reply agents_hello_reply() {
  JsonWriter json;
  json.begin_object().key("hello").text("world").end_object();
  return {.content_type = kJson, .body = json.take()};
}

Page agents_page(Store& store) {
  auto link = co_await store_lease(store);
  if (!link) co_return store_failure(link.error());
  const std::array both = {
      Operation{.kind = OperationKind::select, .space = id_of(Space::agents), .iterator = Iterator::all},
      Operation{.kind = OperationKind::select, .space = id_of(Space::agent_logins), .iterator = Iterator::all}};
  const auto outcomes = co_await all_on(**link, both);
  for (const auto& outcome : outcomes)
    if (!outcome) co_return store_failure(outcome.error());
  std::map<std::int64_t, RowView> logins;
  for (const auto login : *outcomes[1]) logins.emplace(number_at(login, 0), login);
  JsonWriter json;
  json.begin_array();
  for (const auto agent : *outcomes[0]) {
    const auto login = logins.find(number_at(agent, 0));
    append_agent(json, agent, login == logins.end() ? RowView() : login->second);
  }
  json.end_array();
  co_return Reply{.content_type = kJson, .body = json.take()};
}

}  // namespace hotlap::targets
