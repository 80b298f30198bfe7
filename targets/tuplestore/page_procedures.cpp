#include "targets/tuplestore/page_procedures.h"

#include <array>
#include <optional>
#include <utility>

#include "targets/stores/tuple/iproto.h"
#include "targets/stores/tuple/msgpack.h"
#include "targets/tuplestore/procedures.h"

namespace hotlap::targets::tuplestore {
namespace {

// Operations one after the other, as a page would send them. Remembers what the first that failed said.
class Work {
 public:
  explicit Work(Database& database) : database_(database) {}

  Rows run(const Operation& operation) {
    auto outcome = database_.execute(operation);
    if (outcome) return std::move(*outcome);
    if (!failure) failure = std::move(outcome.error());
    return {};
  }
  std::optional<StoreError> failure;

 private:
  Database& database_;
};

constexpr std::string_view kEmptyArray = "\x90";

std::uint32_t id_of(Space space) noexcept {
  return std::to_underlying(space);
}

Operation change_by_one(Space space, Value key, const std::vector<std::pair<char, std::uint32_t>>& fields) {
  Operation operation{.kind = OperationKind::update, .space = id_of(space), .key = {std::move(key)}};
  for (const auto& [sign, field] : fields) operation.changes.push_back({sign, field, std::int64_t{1}});
  return operation;
}

struct Arguments {
  std::string session;
  std::int64_t now = 0;
  std::string user_agent;
  bool count_user = false;
};

// Empty when they hold what none of ours is.
Tuple values_of(std::string_view arguments) {
  Tuple values;
  msgpack::Reader reader(arguments);
  std::uint32_t count = 0;
  if (!reader.array(count)) return {};
  for (; count > 0; --count)
    if (!reader.value(values.emplace_back())) return {};
  return values;
}

bool read(const Tuple& arguments, Arguments& into) {
  if (arguments.size() < 4) return false;
  const auto* session = std::get_if<std::string>(arguments.data());
  const auto* now = std::get_if<std::int64_t>(&arguments[1]);
  const auto* agent = std::get_if<std::string>(&arguments[2]);
  const auto* count = std::get_if<bool>(&arguments[3]);
  if (!session || !now || !agent || !count) return false;
  into = {.session = *session, .now = *now, .user_agent = *agent, .count_user = *count};
  return true;
}

void open_session(Database& database, Work& work, Arguments& visitor) {
  if (visitor.session.empty()) {
    visitor.session = database.random().uuid();
    if (visitor.count_user) work.run(change_by_one(Space::server, std::int64_t{1}, {{'+', 1}}));
  }
  work.run({.kind = OperationKind::upsert,
            .space = id_of(Space::sessions),
            .tuple = {visitor.session, visitor.now, std::int64_t{0}, std::string("127.0.0.1"), visitor.user_agent},
            .changes = {{'=', 1, visitor.now}, {'+', 2, std::int64_t{1}}, {'=', 4, visitor.user_agent}}});
}

void rank(Database& database, Work& work, Arguments visitor, Iterator iterator, Answer& answer) {
  open_session(database, work, visitor);
  answer.add(Tuple{std::move(visitor.session)});
  database.counts().add(iproto::RequestType::select);
  const Selection nine{.index = 1, .iterator = std::to_underlying(iterator), .limit = 9, .key = kEmptyArray};
  if (const auto selected = database.space(id_of(Space::stickers))->select(nine, answer); !selected)
    answer.refuse(selected.error());
}

// Whoever deletes both tokens has the vote.
void count_vote(Work& work, const std::string& plus, const std::string& minus) {
  if (plus.empty() || minus.empty()) return;
  std::array<Value, 2> stickers;
  for (const auto kind : {OperationKind::select, OperationKind::erase})
    for (std::size_t which = 0; which < 2; ++which) {
      const auto rows =
          work.run({.kind = kind, .space = id_of(Space::secret), .limit = 1, .key = {which == 0 ? plus : minus}});
      stickers[which] = rows.empty() ? Value() : owned(rows.front().at(2));
      if (which == 1 && (stickers[0] == Value() || stickers[1] == Value())) return;
    }
  work.run(change_by_one(Space::stickers, stickers[0], {{'+', 1}, {'+', 4}}));
  work.run(change_by_one(Space::stickers, stickers[1], {{'-', 1}, {'-', 5}}));
  work.run(change_by_one(Space::server, std::int64_t{1}, {{'+', 3}}));
}

void draw_candidate(Database& database, Work& work, std::int64_t now, std::int64_t number, Answer& answer) {
  const auto rows =
      work.run({.kind = OperationKind::call, .tuple = {number}, .text = "box.space.stickers.index.p_name:random"});
  if (rows.empty()) return;
  const auto sticker = rows.front();
  auto token = database.random().md5_hex();
  work.run({.kind = OperationKind::insert,
            .space = id_of(Space::secret),
            .tuple = {token, now, owned(sticker.at(0)), owned(sticker.at(2))}});
  answer.add(Tuple{std::move(token), owned(sticker.at(2))});
}

bool show_index(Database& database, Work& work, const Tuple& arguments, Arguments visitor, Answer& answer) {
  if (arguments.size() < 8) return false;
  const auto* first = std::get_if<std::int64_t>(&arguments[4]);
  const auto* second = std::get_if<std::int64_t>(&arguments[5]);
  const auto* plus = std::get_if<std::string>(&arguments[6]);
  const auto* minus = std::get_if<std::string>(&arguments[7]);
  if (!first || !second || !plus || !minus) return false;
  count_vote(work, *plus, *minus);
  open_session(database, work, visitor);
  answer.add(Tuple{visitor.session});
  for (const auto* number : {first, second}) draw_candidate(database, work, visitor.now, *number, answer);
  work.run(change_by_one(Space::server, std::int64_t{1}, {{'+', 2}}));
  return true;
}

}  // namespace

bool call_page_procedure(Database& database, std::string_view name, std::string_view arguments, Answer& answer) {
  const bool good = name == "hotlap_good";
  const bool bad = name == "hotlap_bad";
  if (!good && !bad && name != "hotlap_index") return false;
  if (!database.space(id_of(Space::stickers))) return false;  // not the pages' database
  const auto values = values_of(arguments);
  Work work(database);
  Arguments visitor;
  bool understood = read(values, visitor);
  if (understood && (good || bad))
    rank(database, work, std::move(visitor), good ? Iterator::le : Iterator::ge, answer);
  else if (understood)
    understood = show_index(database, work, values, std::move(visitor), answer);
  if (!understood)
    answer.refuse(iproto::code::kLua, "Usage: see targets/stores/store.h");
  else if (work.failure)
    answer.refuse(*work.failure);
  return true;
}

}  // namespace hotlap::targets::tuplestore
