#include "targets/stores/postgres/page_procedures.h"

namespace hotlap::targets::postgres {
namespace {

// hotlap_index takes the server's row first, which it changes last anyhow: all of them come one after the other, and no
// two can hold what the other waits for.
constexpr std::string_view kRelational = R"(
CREATE FUNCTION hotlap_session(visitor text, at_time bigint, agent text, count_user boolean) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
  IF visitor = '' THEN
    visitor := gen_random_uuid();
    IF count_user THEN
      UPDATE server SET users = users + 1 WHERE id = 1;
    END IF;
  END IF;
  INSERT INTO sessions AS t VALUES (visitor, at_time, 0, '127.0.0.1', agent)
    ON CONFLICT (uuid) DO UPDATE SET time = at_time, visits = t.visits + 1, user_agent = agent;
  RETURN visitor;
END $$;
CREATE FUNCTION hotlap_good(visitor text, at_time bigint, agent text, count_user boolean) RETURNS SETOF jsonb
LANGUAGE plpgsql AS $$
BEGIN
  RETURN NEXT jsonb_build_array(hotlap_session(visitor, at_time, agent, count_user));
  RETURN QUERY SELECT jsonb_build_array(id, rating, url, pack_url, votes_up, votes_down)
    FROM stickers ORDER BY rating DESC, id DESC LIMIT 9;
END $$;
CREATE FUNCTION hotlap_bad(visitor text, at_time bigint, agent text, count_user boolean) RETURNS SETOF jsonb
LANGUAGE plpgsql AS $$
BEGIN
  RETURN NEXT jsonb_build_array(hotlap_session(visitor, at_time, agent, count_user));
  RETURN QUERY SELECT jsonb_build_array(id, rating, url, pack_url, votes_up, votes_down)
    FROM stickers ORDER BY rating, id LIMIT 9;
END $$;
CREATE FUNCTION hotlap_vote(plus text, minus text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  better text;
  worse text;
BEGIN
  SELECT sticker_id INTO better FROM secret WHERE token = plus;
  SELECT sticker_id INTO worse FROM secret WHERE token = minus;
  IF better IS NULL OR worse IS NULL THEN RETURN; END IF;
  DELETE FROM secret WHERE token = plus RETURNING sticker_id INTO better;
  DELETE FROM secret WHERE token = minus RETURNING sticker_id INTO worse;
  IF better IS NULL OR worse IS NULL THEN RETURN; END IF;
  UPDATE stickers SET rating = rating + 1, votes_up = votes_up + 1 WHERE id = better;
  UPDATE stickers SET rating = rating - 1, votes_down = votes_down - 1 WHERE id = worse;
  UPDATE server SET votes = votes + 1 WHERE id = 1;
END $$;
CREATE FUNCTION hotlap_candidate(at_time bigint) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
  fresh text := md5(gen_random_uuid()::text);
  drawn record;
BEGIN
  SELECT id, url INTO drawn FROM stickers TABLESAMPLE system_rows(1);
  INSERT INTO secret VALUES (fresh, at_time, drawn.id, drawn.url);
  RETURN jsonb_build_array(fresh, drawn.url);
END $$;
CREATE FUNCTION hotlap_index(visitor text, at_time bigint, agent text, count_user boolean, first bigint, second bigint,
                             plus text, minus text) RETURNS SETOF jsonb
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM server WHERE id = 1 FOR UPDATE;
  PERFORM hotlap_vote(plus, minus);
  RETURN NEXT jsonb_build_array(hotlap_session(visitor, at_time, agent, count_user));
  RETURN NEXT hotlap_candidate(at_time);
  RETURN NEXT hotlap_candidate(at_time);
  UPDATE server SET clicks = clicks + 1 WHERE id = 1;
END $$;
)";

constexpr std::string_view kJsonb = R"(
CREATE FUNCTION hotlap_added(document jsonb, field int, amount bigint) RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$
  SELECT jsonb_set(document, ARRAY[field::text], to_jsonb((document->>field)::bigint + amount))
$$;
CREATE FUNCTION hotlap_session(visitor text, at_time bigint, agent text, count_user boolean) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
  IF visitor = '' THEN
    visitor := gen_random_uuid();
    IF count_user THEN
      UPDATE server SET data = hotlap_added(data, 1, 1) WHERE ((data->>0)::int) = 1;
    END IF;
  END IF;
  INSERT INTO sessions AS t (data) VALUES (jsonb_build_array(visitor, at_time, 0, '127.0.0.1', agent))
    ON CONFLICT ((data->>0)) DO UPDATE
    SET data = jsonb_set(jsonb_set(hotlap_added(t.data, 2, 1), '{1}', to_jsonb(at_time)), '{4}', to_jsonb(agent));
  RETURN visitor;
END $$;
CREATE FUNCTION hotlap_good(visitor text, at_time bigint, agent text, count_user boolean) RETURNS SETOF jsonb
LANGUAGE plpgsql AS $$
BEGIN
  RETURN NEXT jsonb_build_array(hotlap_session(visitor, at_time, agent, count_user));
  RETURN QUERY SELECT data FROM stickers ORDER BY ((data->>1)::int) DESC, (data->>0) DESC LIMIT 9;
END $$;
CREATE FUNCTION hotlap_bad(visitor text, at_time bigint, agent text, count_user boolean) RETURNS SETOF jsonb
LANGUAGE plpgsql AS $$
BEGIN
  RETURN NEXT jsonb_build_array(hotlap_session(visitor, at_time, agent, count_user));
  RETURN QUERY SELECT data FROM stickers ORDER BY ((data->>1)::int), (data->>0) LIMIT 9;
END $$;
CREATE FUNCTION hotlap_vote(plus text, minus text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  better text;
  worse text;
BEGIN
  SELECT data->>2 INTO better FROM secret WHERE (data->>0) = plus;
  SELECT data->>2 INTO worse FROM secret WHERE (data->>0) = minus;
  IF better IS NULL OR worse IS NULL THEN RETURN; END IF;
  DELETE FROM secret WHERE (data->>0) = plus RETURNING data->>2 INTO better;
  DELETE FROM secret WHERE (data->>0) = minus RETURNING data->>2 INTO worse;
  IF better IS NULL OR worse IS NULL THEN RETURN; END IF;
  UPDATE stickers SET data = hotlap_added(hotlap_added(data, 1, 1), 4, 1) WHERE (data->>0) = better;
  UPDATE stickers SET data = hotlap_added(hotlap_added(data, 1, -1), 5, -1) WHERE (data->>0) = worse;
  UPDATE server SET data = hotlap_added(data, 3, 1) WHERE ((data->>0)::int) = 1;
END $$;
CREATE FUNCTION hotlap_candidate(at_time bigint) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
  fresh text := md5(gen_random_uuid()::text);
  drawn jsonb;
BEGIN
  SELECT data INTO drawn FROM stickers TABLESAMPLE system_rows(1);
  INSERT INTO secret (data) VALUES (jsonb_build_array(fresh, at_time, drawn->0, drawn->2));
  RETURN jsonb_build_array(fresh, drawn->2);
END $$;
CREATE FUNCTION hotlap_index(visitor text, at_time bigint, agent text, count_user boolean, first bigint, second bigint,
                             plus text, minus text) RETURNS SETOF jsonb
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM server WHERE ((data->>0)::int) = 1 FOR UPDATE;
  PERFORM hotlap_vote(plus, minus);
  RETURN NEXT jsonb_build_array(hotlap_session(visitor, at_time, agent, count_user));
  RETURN NEXT hotlap_candidate(at_time);
  RETURN NEXT hotlap_candidate(at_time);
  UPDATE server SET data = hotlap_added(data, 2, 1) WHERE ((data->>0)::int) = 1;
END $$;
)";

}  // namespace

std::string page_procedures_sql(Schema schema) {
  return std::string(schema == Schema::relational ? kRelational : kJsonb);
}

std::vector<std::string_view> page_procedure_arguments(std::string_view name) {
  if (name == "hotlap_good" || name == "hotlap_bad") return {"text", "bigint", "text", "boolean"};
  if (name == "hotlap_index") return {"text", "bigint", "text", "boolean", "bigint", "bigint", "text", "text"};
  return {};
}

}  // namespace hotlap::targets::postgres
