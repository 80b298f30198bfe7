-- Schema version 1. Raw is the truth: every trial keeps its counters and whole histograms; trial_metric is derived from
-- them for people who query by hand. Times end in their unit; *_us are microseconds since the Unix epoch (labels only).

CREATE TABLE schema_migration(
  version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at_us INTEGER NOT NULL) STRICT;

CREATE TABLE environment(id INTEGER PRIMARY KEY, sha256 TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE environment_fact(
  environment_id INTEGER NOT NULL REFERENCES environment(id) ON DELETE CASCADE,
  position INTEGER NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL,
  PRIMARY KEY(environment_id, position)) STRICT, WITHOUT ROWID;

CREATE TABLE session(
  id INTEGER PRIMARY KEY, uuid TEXT NOT NULL UNIQUE,
  environment_id INTEGER NOT NULL REFERENCES environment(id),
  kind TEXT NOT NULL CHECK(kind IN ('explore', 'check')),
  status TEXT NOT NULL CHECK(status IN ('running', 'done', 'failed', 'interrupted')),
  seed TEXT NOT NULL, -- 64 bits without sign: more than INTEGER holds
  started_at_us INTEGER NOT NULL, finished_at_us INTEGER NOT NULL,
  command_line TEXT NOT NULL, tool_version TEXT NOT NULL, verdict TEXT NOT NULL) STRICT;
CREATE INDEX session_environment ON session(environment_id);

CREATE TABLE scenario(
  id INTEGER PRIMARY KEY, session_id INTEGER NOT NULL REFERENCES session(id) ON DELETE CASCADE,
  position INTEGER NOT NULL, name TEXT NOT NULL, sha256 TEXT NOT NULL, -- of resolved_yaml: like is compared with like
  title TEXT NOT NULL, question TEXT NOT NULL, article TEXT NOT NULL, resolved_yaml TEXT NOT NULL,
  estimator TEXT NOT NULL CHECK(estimator IN ('median', 'median_grouped')),
  published_ratios_json TEXT NOT NULL, published_figures_json TEXT NOT NULL,
  UNIQUE(session_id, name)) STRICT;
CREATE INDEX scenario_content ON scenario(name, sha256);

CREATE TABLE scenario_case(
  id INTEGER PRIMARY KEY, scenario_id INTEGER NOT NULL REFERENCES scenario(id) ON DELETE CASCADE,
  position INTEGER NOT NULL, -- among the session's cases
  label TEXT NOT NULL, parameters_json TEXT NOT NULL) STRICT;
CREATE INDEX scenario_case_scenario ON scenario_case(scenario_id);

CREATE TABLE trial(
  id INTEGER PRIMARY KEY, session_id INTEGER NOT NULL REFERENCES session(id) ON DELETE CASCADE,
  case_id INTEGER NOT NULL REFERENCES scenario_case(id) ON DELETE CASCADE,
  position INTEGER NOT NULL, repetition INTEGER NOT NULL,
  arm TEXT NOT NULL DEFAULT 'single' CHECK(arm IN ('single', 'base', 'new')), pair INTEGER NOT NULL DEFAULT -1,
  state TEXT NOT NULL CHECK(state IN ('planned', 'running', 'ok', 'invalid', 'failed', 'skipped')),
  reason TEXT NOT NULL DEFAULT '', excluded INTEGER NOT NULL DEFAULT 0 CHECK(excluded IN (0, 1)),
  started_at_us INTEGER NOT NULL DEFAULT 0, finished_at_us INTEGER NOT NULL DEFAULT 0,
  time_to_ready_ns INTEGER NOT NULL DEFAULT 0,
  target_command TEXT NOT NULL DEFAULT '', load_command TEXT NOT NULL DEFAULT '', target_log TEXT NOT NULL DEFAULT '',
  target_cpu_ns REAL NOT NULL DEFAULT 0) STRICT;
CREATE INDEX trial_session ON trial(session_id, position);
CREATE INDEX trial_case ON trial(case_id, state);

CREATE TABLE measurement(
  trial_id INTEGER PRIMARY KEY REFERENCES trial(id) ON DELETE CASCADE,
  loop TEXT NOT NULL CHECK(loop IN ('closed', 'open')), window_ns INTEGER NOT NULL,
  sent INTEGER NOT NULL, answered INTEGER NOT NULL, good INTEGER NOT NULL, failed INTEGER NOT NULL,
  timed_out INTEGER NOT NULL, in_flight_at_end INTEGER NOT NULL,
  total_sent INTEGER NOT NULL, total_answered INTEGER NOT NULL, total_good INTEGER NOT NULL,
  total_failed INTEGER NOT NULL, total_timed_out INTEGER NOT NULL, total_in_flight_at_end INTEGER NOT NULL,
  good_in_window INTEGER NOT NULL, throughput_per_s REAL NOT NULL, bytes_received INTEGER NOT NULL,
  connections_requested INTEGER NOT NULL, connections_established INTEGER NOT NULL,
  connections_served INTEGER NOT NULL, reconnects INTEGER NOT NULL,
  cpu_user_ns INTEGER NOT NULL, cpu_system_ns INTEGER NOT NULL, threads INTEGER NOT NULL,
  verdict TEXT NOT NULL CHECK(verdict IN ('VALID', 'SUSPECT', 'INVALID')), verdict_reasons_json TEXT NOT NULL,
  CHECK(sent = answered + failed + timed_out + in_flight_at_end),
  CHECK(total_sent = total_answered + total_failed + total_timed_out + total_in_flight_at_end)) STRICT;

CREATE TABLE histogram(
  id INTEGER PRIMARY KEY, trial_id INTEGER NOT NULL REFERENCES trial(id) ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK(kind IN ('service', 'response', 'send_lag')),
  codec TEXT NOT NULL CHECK(codec IN ('hdr-v2-zlib')), count INTEGER NOT NULL, data BLOB NOT NULL,
  UNIQUE(trial_id, kind)) STRICT;

CREATE TABLE trial_status(
  trial_id INTEGER NOT NULL REFERENCES trial(id) ON DELETE CASCADE, status INTEGER NOT NULL, count INTEGER NOT NULL,
  PRIMARY KEY(trial_id, status)) STRICT, WITHOUT ROWID;
CREATE TABLE trial_error(
  trial_id INTEGER NOT NULL REFERENCES trial(id) ON DELETE CASCADE, position INTEGER NOT NULL,
  kind TEXT NOT NULL, count INTEGER NOT NULL, first TEXT NOT NULL,
  PRIMARY KEY(trial_id, position)) STRICT, WITHOUT ROWID;
CREATE TABLE series(
  trial_id INTEGER NOT NULL REFERENCES trial(id) ON DELETE CASCADE, second INTEGER NOT NULL,
  good INTEGER NOT NULL, bad INTEGER NOT NULL,
  PRIMARY KEY(trial_id, second)) STRICT, WITHOUT ROWID;

CREATE TABLE metric_def(
  id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, unit TEXT NOT NULL,
  better TEXT NOT NULL CHECK(better IN ('higher', 'lower', 'none')), title TEXT NOT NULL) STRICT;
CREATE TABLE trial_metric(
  trial_id INTEGER NOT NULL REFERENCES trial(id) ON DELETE CASCADE,
  metric_id INTEGER NOT NULL REFERENCES metric_def(id), value REAL NOT NULL,
  PRIMARY KEY(trial_id, metric_id)) STRICT, WITHOUT ROWID;
CREATE INDEX trial_metric_metric ON trial_metric(metric_id);

INSERT INTO metric_def(key, unit, better, title) VALUES
  ('throughput_per_s', '1/s', 'higher', 'good responses per second inside the window'),
  ('response_time_p50_ns', 'ns', 'lower', 'response time, median'),
  ('response_time_p90_ns', 'ns', 'lower', 'response time, 90th percentile'),
  ('response_time_p99_ns', 'ns', 'lower', 'response time, 99th percentile'),
  ('response_time_p99_9_ns', 'ns', 'lower', 'response time, 99.9th percentile'),
  ('response_time_max_ns', 'ns', 'lower', 'response time, longest'),
  ('service_time_p50_ns', 'ns', 'lower', 'service time, median'),
  ('service_time_p99_ns', 'ns', 'lower', 'service time, 99th percentile'),
  ('send_lag_p99_ns', 'ns', 'lower', 'send lag, 99th percentile'),
  ('target_cpu_ns_per_request', 'ns', 'lower', 'CPU time of the target per answered request'),
  ('load_cpu_ns_per_request', 'ns', 'none', 'CPU time of the load generator per answered request'),
  ('time_to_ready_ns', 'ns', 'lower', 'from starting the target to its first good answer');

CREATE VIEW v_trial AS
SELECT t.id AS trial_id, s.id AS session_id, s.uuid AS session_uuid, n.name AS scenario, c.label AS case_label,
       c.parameters_json, t.position, t.repetition, t.arm, t.pair, t.state, t.excluded, t.reason, m.verdict,
       m.throughput_per_s, m.sent, m.answered, m.good, m.failed, m.timed_out,
       max(CASE d.key WHEN 'response_time_p50_ns' THEN x.value END) AS response_time_p50_ns,
       max(CASE d.key WHEN 'response_time_p99_ns' THEN x.value END) AS response_time_p99_ns,
       max(CASE d.key WHEN 'target_cpu_ns_per_request' THEN x.value END) AS target_cpu_ns_per_request
FROM trial t
JOIN session s ON s.id = t.session_id
JOIN scenario_case c ON c.id = t.case_id
JOIN scenario n ON n.id = c.scenario_id
LEFT JOIN measurement m ON m.trial_id = t.id
LEFT JOIN trial_metric x ON x.trial_id = t.id
LEFT JOIN metric_def d ON d.id = x.metric_id
GROUP BY t.id;
