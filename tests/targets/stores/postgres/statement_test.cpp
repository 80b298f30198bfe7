#include "targets/stores/postgres/statement.h"

#include <gtest/gtest.h>

#include "targets/stores/postgres/document.h"
#include "targets/stores/postgres/sqlstate.h"

namespace hotlap::targets::postgres {
namespace {

using enum OperationKind;

constexpr auto kStickers = static_cast<std::uint32_t>(Space::stickers);
constexpr auto kPacks = static_cast<std::uint32_t>(Space::packs);
constexpr auto kSecret = static_cast<std::uint32_t>(Space::secret);
constexpr auto kSessions = static_cast<std::uint32_t>(Space::sessions);
constexpr auto kServer = static_cast<std::uint32_t>(Space::server);

Value whole(std::int64_t value) {
  return value;
}
Value text(std::string value) {
  return value;
}
Statement relational(const Operation& operation) {
  return statement_for(operation, Schema::relational).value();
}
Statement jsonb(const Operation& operation) {
  return statement_for(operation, Schema::jsonb).value();
}
int refusal(const Operation& operation) {
  const auto code = statement_for(operation, Schema::relational).error().code;
  EXPECT_EQ(statement_for(operation, Schema::jsonb).error().code, code);
  return code;
}

const Operation kNineBest{.kind = select, .space = kStickers, .index = 1, .iterator = Iterator::le, .limit = 9};

TEST(PostgresStatement, TheNineBestComeInTheOrderOfTheIndexTiesIncluded) {
  EXPECT_EQ(relational(kNineBest),
            (Statement{.text = "SELECT id, rating, url, pack_url, votes_up, votes_down FROM stickers "
                               "ORDER BY rating DESC, id DESC LIMIT 9",
                       .parameters = {}}));
  EXPECT_EQ(jsonb(kNineBest),
            (Statement{.text = "SELECT data FROM stickers ORDER BY ((data->>1)::int) DESC, (data->>0) DESC LIMIT 9",
                       .parameters = {},
                       .shape = ResultShape::documents}));
}

TEST(PostgresStatement, AMissingIndexIsLeftToThePlanner) {
  EXPECT_EQ(statement_for(kNineBest, Schema::jsonb_unindexed).value(), jsonb(kNineBest));
}

TEST(PostgresStatement, IteratorsBecomeComparisonsAndDirections) {
  const auto tail = [](Iterator iterator) {
    const auto whole_text =
        relational({.kind = select, .space = kPacks, .index = 1, .iterator = iterator, .offset = 2, .key = {whole(5)}})
            .text;
    return whole_text.substr(whole_text.find("rating", 20));
  };
  EXPECT_EQ(tail(Iterator::eq), "rating = $1::int ORDER BY rating, name OFFSET $2::bigint");
  EXPECT_EQ(tail(Iterator::req), "rating = $1::int ORDER BY rating DESC, name DESC OFFSET $2::bigint");
  EXPECT_EQ(tail(Iterator::all), "rating >= $1::int ORDER BY rating, name OFFSET $2::bigint");
  EXPECT_EQ(tail(Iterator::lt), "rating < $1::int ORDER BY rating DESC, name DESC OFFSET $2::bigint");
  EXPECT_EQ(tail(Iterator::le), "rating <= $1::int ORDER BY rating DESC, name DESC OFFSET $2::bigint");
  EXPECT_EQ(tail(Iterator::ge), "rating >= $1::int ORDER BY rating, name OFFSET $2::bigint");
  EXPECT_EQ(tail(Iterator::gt), "rating > $1::int ORDER BY rating, name OFFSET $2::bigint");
}

TEST(PostgresStatement, OneRowByItsKeyIsAskedForPlainly) {
  const Operation one{.kind = select, .space = kServer, .limit = 1, .key = {whole(1)}};
  EXPECT_EQ(relational(one),
            (Statement{.text = "SELECT id, users, clicks, votes FROM server WHERE id = $1::int", .parameters = {"1"}}));
  EXPECT_EQ(jsonb(one), (Statement{.text = "SELECT data FROM server WHERE ((data->>0)::int) = $1::int",
                                   .parameters = {"1"},
                                   .shape = ResultShape::documents}));
}

TEST(PostgresStatement, AnUpdateAnswersTheRow) {
  const Operation count{.kind = update,
                        .space = kServer,
                        .key = {whole(1)},
                        .changes = {{'+', 1, whole(1)}, {'-', 2, whole(3)}, {'=', 3, whole(7)}}};
  EXPECT_EQ(relational(count),
            (Statement{.text = "UPDATE server SET users = users + $2::bigint, clicks = clicks - $3::bigint, "
                               "votes = $4::bigint WHERE id = $1::int RETURNING id, users, clicks, votes",
                       .parameters = {"1", "1", "3", "7"},
                       .writes = true}));
  EXPECT_EQ(jsonb({.kind = update, .space = kServer, .key = {whole(1)}, .changes = {{'+', 1, whole(2)}}}),
            (Statement{.text = "UPDATE server SET data = jsonb_set(data, '{1}', to_jsonb(((data->>1)::bigint) + "
                               "$2::bigint)) WHERE ((data->>0)::int) = $1::int RETURNING data",
                       .parameters = {"1", "2"},
                       .shape = ResultShape::documents,
                       .writes = true}));
}

TEST(PostgresStatement, AnUpsertAnswersNothing) {
  const Operation visit{.kind = upsert,
                        .space = kSessions,
                        .tuple = {text("u"), whole(5), whole(0), text("addr"), text("agent")},
                        .changes = {{'=', 1, whole(5)}, {'+', 2, whole(1)}, {'=', 4, text("agent")}}};
  EXPECT_EQ(relational(visit),
            (Statement{.text = "INSERT INTO sessions AS t (uuid, time, visits, remote_addr, user_agent) VALUES "
                               "($1::text, $2::bigint, $3::int, $4::text, $5::text) ON CONFLICT (uuid) DO UPDATE SET "
                               "time = $6::bigint, visits = t.visits + $7::bigint, user_agent = $8::text",
                       .parameters = {"u", "5", "0", "addr", "agent", "5", "1", "agent"},
                       .writes = true}));
  EXPECT_EQ(jsonb(visit),
            (Statement{.text = "INSERT INTO sessions AS t (data) VALUES ($1::jsonb) ON CONFLICT ((data->>0)) DO UPDATE "
                               "SET data = jsonb_set(jsonb_set(jsonb_set(t.data, '{1}', to_jsonb($2::bigint)), '{2}', "
                               "to_jsonb(((t.data->>2)::int) + $3::bigint)), '{4}', to_jsonb($4::text))",
                       .parameters = {R"(["u",5,0,"addr","agent"])", "5", "1", "agent"},
                       .writes = true}));
  auto called = visit;
  called.kind = call;
  called.text = "box.space.sessions:upsert";
  EXPECT_EQ(relational(called), relational(visit));
}

TEST(PostgresStatement, InsertReplaceAndDeleteAnswerTheRow) {
  const Tuple pack = {text("p"), whole(3), text("url")};
  EXPECT_EQ(relational({.kind = insert, .space = kPacks, .tuple = pack}),
            (Statement{.text = "INSERT INTO packs AS t (name, rating, url) VALUES ($1::text, $2::int, $3::text) "
                               "RETURNING name, rating, url",
                       .parameters = {"p", "3", "url"},
                       .writes = true}));
  EXPECT_EQ(relational({.kind = replace, .space = kPacks, .tuple = pack}).text,
            "INSERT INTO packs AS t (name, rating, url) VALUES ($1::text, $2::int, $3::text) ON CONFLICT (name) DO "
            "UPDATE SET name = excluded.name, rating = excluded.rating, url = excluded.url "
            "RETURNING t.name, t.rating, t.url");
  EXPECT_EQ(jsonb({.kind = replace, .space = kPacks, .tuple = pack}).text,
            "INSERT INTO packs AS t (data) VALUES ($1::jsonb) ON CONFLICT ((data->>0)) DO UPDATE SET data = "
            "excluded.data RETURNING t.data");
  EXPECT_EQ(relational({.kind = erase, .space = kSecret, .key = {text("t")}}),
            (Statement{.text = "DELETE FROM secret WHERE token = $1::text RETURNING token, time, sticker_id, url",
                       .parameters = {"t"},
                       .writes = true}));
}

TEST(PostgresStatement, ProceduresAndExpressionsThatPagesUse) {
  const auto values = [](std::string sql) {
    return Statement{.text = std::move(sql), .parameters = {}, .shape = ResultShape::values};
  };
  EXPECT_EQ(relational({.kind = call, .text = "hotlap_ready"}), values("SELECT ready FROM hotlap_ready"));
  EXPECT_EQ(relational({.kind = call, .text = "box.space.packs:count"}), values("SELECT count(*) FROM packs"));
  EXPECT_EQ(jsonb({.kind = call, .tuple = {whole(7)}, .text = "box.space.stickers.index.p_name:random"}).text,
            "SELECT data FROM stickers TABLESAMPLE system_rows(1)");
  EXPECT_EQ(relational({.kind = eval, .text = "return require('uuid').str()"}),
            values("SELECT gen_random_uuid()::text"));
  EXPECT_EQ(relational({.kind = eval, .tuple = {whole(-7), text("x"), true, {}}, .text = "return ..."}),
            (Statement{.text = "SELECT $1::bigint, $2::text, $3::boolean, $4::text",
                       .parameters = {"-7", "x", "true", std::nullopt},
                       .shape = ResultShape::values}));
  EXPECT_EQ(jsonb({.kind = call, .tuple = {text(""), whole(5), text("agent"), true}, .text = "hotlap_good"}),
            (Statement{.text = "SELECT hotlap_good($1::text, $2::bigint, $3::text, $4::boolean)",
                       .parameters = {"", "5", "agent", "true"},
                       .shape = ResultShape::documents,
                       .writes = true}));
  EXPECT_EQ(relational({.kind = ping}).text, "SELECT WHERE false");
}

TEST(PostgresStatement, RefusesWithTarantoolsCodes) {
  const Tuple pack = {text("p"), whole(3), text("url")};
  const auto change = [](Change wanted) {
    return Operation{.kind = update, .space = kServer, .key = {whole(1)}, .changes = {std::move(wanted)}};
  };
  EXPECT_EQ(refusal({.kind = select, .space = 700}), 36);
  EXPECT_EQ(refusal({.kind = select, .space = kStickers, .index = 9}), 35);
  EXPECT_EQ(refusal({.kind = select, .space = kStickers, .key = {whole(1)}}), 18);
  EXPECT_EQ(refusal({.kind = select, .space = kStickers, .key = {text("a"), text("b")}}), 31);
  EXPECT_EQ(refusal({.kind = update, .space = kStickers}), 19);
  EXPECT_EQ(refusal({.kind = erase, .space = kStickers, .index = 1, .key = {whole(1)}}), 41);
  EXPECT_EQ(refusal({.kind = insert, .space = kPacks, .tuple = {text("p"), text("3"), text("url")}}), 23);
  EXPECT_EQ(refusal({.kind = insert, .space = kPacks, .tuple = {{}, whole(3), text("url")}}), 23);
  EXPECT_EQ(refusal({.kind = insert, .space = kPacks, .tuple = {text("p"), whole(3)}}), 39);
  EXPECT_EQ(refusal({.kind = insert, .space = kPacks, .tuple = {text({'a', '\0'}), whole(3), text("")}}), 23);
  EXPECT_EQ(refusal(change({'?', 1, whole(1)})), 28);
  EXPECT_EQ(refusal(change({'=', 4, whole(1)})), 37);
  EXPECT_EQ(refusal(change({'=', 0, whole(2)})), 94);
  EXPECT_EQ(refusal(change({'+', 1, text("1")})), 26);
  EXPECT_EQ(refusal(change({'=', 1, text("1")})), 23);
  auto twice = change({'+', 1, whole(1)});
  twice.changes.push_back({'+', 1, whole(1)});
  EXPECT_EQ(refusal(twice), 29);
  EXPECT_EQ(refusal({.kind = call, .text = "nobody"}), 33);
  EXPECT_EQ(refusal({.kind = call, .text = "box.space.nobody:count"}), 33);
  EXPECT_EQ(refusal({.kind = call, .text = "box.space.sessions:upsert"}), 32);
  EXPECT_EQ(refusal({.kind = call, .tuple = {text("u"), whole(5), text("agent"), whole(1)}, .text = "hotlap_bad"}), 32);
  EXPECT_EQ(refusal({.kind = eval, .text = "return nobody()"}), 32);
}

TEST(PostgresDocument, ATupleSurvivesJson) {
  const Tuple tuple = {text("a\"\\\n\u00e9"), whole(-5), true, {}, whole(INT64_MAX)};
  EXPECT_EQ(document_of(tuple), "[\"a\\\"\\\\\\n\u00e9\",-5,true,null,9223372036854775807]");
  EXPECT_EQ(tuple_of(document_of(tuple)), tuple);
  EXPECT_EQ(tuple_of("[]"), Tuple{});
  for (const auto* wrong : {"", "7", "[1", "[[1]]", "[{}]", "[1.5]", "{}", "[9223372036854775808]", "[1] 2"})
    EXPECT_FALSE(tuple_of(wrong)) << wrong;
}

TEST(PostgresDocument, WhatIsNoUtf8IsReplacedNotRefused) {
  EXPECT_EQ(utf8_of("plain"), "plain");
  EXPECT_EQ(utf8_of("\u00e9\u65e5"), "\u00e9\u65e5");
  EXPECT_EQ(utf8_of("a\xff\x62"), "a\ufffd\x62");
}

TEST(PostgresSqlstate, BecomesTheCodeThatPagesKnow) {
  EXPECT_EQ(code_of_sqlstate("23505"), 3);
  EXPECT_EQ(code_of_sqlstate("42P01"), 36);
  EXPECT_EQ(code_of_sqlstate("22003"), 95);
  EXPECT_EQ(code_of_sqlstate("57P01"), 0);
  EXPECT_EQ(code_of_sqlstate("08006"), 0);
  EXPECT_EQ(code_of_sqlstate(""), 0);
  EXPECT_EQ(code_of_sqlstate("40P01"), 32);
}

}  // namespace
}  // namespace hotlap::targets::postgres
