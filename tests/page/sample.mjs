// A report document like a real one, made from a seed: 18 cases of three trials (engines × page × depth × connections).
// As a program: node sample.mjs TEMPLATE.html OUT.html [troubled|many]
import { readFileSync, writeFileSync } from "node:fs";
import { argv } from "node:process";
import { pathToFileURL } from "node:url";

const kMarker = '<script id="report-data" type="application/json">{}</script>';

// mulberry32: small, seeded, good enough to scatter dots.
function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const kQuantiles = [0.25, 0.5, 0.75, 0.9, 0.95, 0.975, 0.99, 0.995, 0.999, 0.9995, 0.9999, 0.99999];

// A list of rows as the document has it: a list of values for each key.
function columns(rows) {
  return Object.fromEntries(Object.keys(rows[0] ?? {}).map((key) => [key, rows.map((row) => row[key])]));
}

function percentiles(p50_ns, tail, requests) {
  return kQuantiles.filter((q) => requests * (1 - q) >= 10).map((q) => {
    const nines = -Math.log10(1 - q);
    const value_ns = Math.round(p50_ns * 10 ** (tail * (nines - 0.30103)));
    const width = 0.02 + 0.05 * nines;
    return { q, value_ns, low_ns: Math.round(value_ns * (1 - width)), high_ns: Math.round(value_ns * (1 + width)) };
  });
}

// Six seconds; in the fourth of one case in six the target stops for a moment.
function secondsOf(id, throughput, p50_ns, next) {
  const rows = Array.from({ length: 6 }, (_, second) => {
    const stopped = id % 6 === 0 && second === 3;
    const rate = throughput * (stopped ? 0.35 : 0.98 + next() * 0.04);
    return { second, rate, p50: p50_ns * (0.98 + next() * 0.04), p99: p50_ns * (stopped ? 60 : 3 + next()), lost: stopped ? 12 : 0 };
  });
  return {
    second: rows.map((row) => row.second),
    throughput_per_s: rows.map((row) => Math.round(row.rate)),
    throughput_low_per_s: rows.map((row) => Math.round(row.rate * 0.95)),
    throughput_high_per_s: rows.map((row) => Math.round(row.rate * 1.05)),
    bad: rows.map(() => 0), lost: rows.map((row) => row.lost),
    p50_ns: rows.map((row) => Math.round(row.p50)), p99_ns: rows.map((row) => Math.round(row.p99)),
  };
}

// Both sides and the machine for the same six seconds; nobody counted the switches of the load.
function resourcesOf(id, next) {
  const seconds = (figures) => columns(Array.from({ length: 6 }, (_, second) => ({ second, ...figures(second) })));
  const busy = (second) => (id % 6 === 0 && second === 3 ? 0.31 : Math.round((0.95 + next() * 0.04) * 1000) / 1000);
  return [
    {
      side: "target", trials: 3, processors: 0.972, resident_max_bytes: 4_194_304, voluntary_switches_per_s: 1200.5, involuntary_switches_per_s: 14, syscalls_per_s: 171_000,
      seconds: seconds((second) => ({
        processors: busy(second), resident_max_bytes: 4_000_000 + second * 38_000,
        voluntary_switches_per_s: 1200 + second, involuntary_switches_per_s: second === 4 ? null : 14, syscalls_per_s: 170_000 + 100 * second,
      })),
    },
    {
      side: "load", trials: 2, processors: 0.641, resident_max_bytes: 2_500_000,
      seconds: seconds(() => ({ processors: 0.641, resident_max_bytes: 2_500_000 })),
    },
    {
      side: "machine", trials: 3, processors: 1.71, steal_processors: id === 2 ? 0.04 : 0, throttled_processors: 0,
      seconds: seconds((second) => ({ processors: 1.71, steal_processors: id === 2 && second === 2 ? 0.2 : 0, throttled_processors: 0 })),
    },
  ];
}

function statusesOf(throughput, p50_ns) {
  const answered = Math.round(throughput * 6);
  return [{ class: "2xx", answered, codes: [{ code: 200, count: answered }], p50_ns, p99_ns: p50_ns * 3, max_ns: p50_ns * 40 }];
}

function claimRow(claim, statement, published, [measured, low, high], verdict, reason = "", caveat = "") {
  const shown = (value) => (value === null ? "-" : value.toFixed(2));
  return {
    scenario: "quick", claim, statement, computation: "throughput of depth=24 over depth=1",
    expected: `${shown(published)} within 20 %`, unit: "", published, measured, low, high,
    measured_text: shown(measured), low_text: shown(low), high_text: shown(high), verdict, reason, caveat,
  };
}

function oneCase(id, scenario, parameters, throughput, p50_ns, next) {
  const trials = [0, 1, 2].map((nth) => ({
    id: id * 3 + nth, position: (nth * 18 + id * 7) % 54, state: "ok", reason: "",
    throughput_per_s: throughput * (1 + (next() - 0.5) * 0.12),
    p50_ns: Math.round(p50_ns * (0.97 + next() * 0.06)), p99_ns: Math.round(p50_ns * 3.4 * (0.9 + next() * 0.3)),
    errors: 0, verdict: "VALID", verdict_reasons: [], excluded_from_summary: false, expected: false,
  }));
  const sorted = trials.map((trial) => trial.throughput_per_s).sort((a, b) => a - b);
  const points = percentiles(p50_ns, 0.2 + next() * 0.25, throughput * 6);
  const at = (q) => points.find((point) => point.q === q)?.value_ns ?? null;
  return {
    id, scenario, label: parameters.map(([key, value]) => `${key}=${value}`).join(" "), parameters,
    summary: {
      trials_ok: 3, trials_bad: 0, trials_planned: 0, trials_skipped: 0, skipped_because: "",
      throughput_per_s: sorted[1], throughput_low_per_s: sorted[0], throughput_high_per_s: sorted[2],
      p50_ns: at(0.5), p90_ns: at(0.9), p99_ns: at(0.99), p99_9_ns: at(0.999), max_ns: Math.round(p50_ns * 40),
      errors: 0, target_cpu_us_per_request: (0.94e6 / throughput), load_cpu_us_per_request: (0.31e6 / throughput) + 0.4,
      verdict: "VALID",
    },
    trials, percentiles: columns(points), resources: resourcesOf(id, next),
    seconds: secondsOf(id, throughput, p50_ns, next), statuses: statusesOf(throughput, Math.round(p50_ns)), requests: [],
  };
}

const kYaml = `scenario: quick
question: What do an engine, a page and a pipeline each cost?
load:
  threads: 1
  connections: 100
  duration: 2s
  warm_up: 500ms
matrix:
  engine: [blocking, epoll, pipelined]
  page: [/ugly, /good]
  depth: [1, 24]
  store: [per-request, one]
`;

export function sampleDocument({ seed = 20261120 } = {}) {
  const next = random(seed);
  const speed = { blocking: 41000, epoll: 72000, pipelined: 74000 };
  const cases = [];
  for (const engine of ["blocking", "epoll", "pipelined"]) {
    for (const [page, store] of [["/ugly", "per-request"], ["/good", "per-request"], ["/good", "one"]]) {
      for (const depth of ["1", "24"]) {
        const page_cost = page === "/ugly" ? 1 : store === "one" ? 7.5 : 58;
        const gain = depth === "1" ? 1 : engine === "pipelined" ? 1 + 5.9 / page_cost : 1 + 1.3 / page_cost;
        const throughput = (speed[engine] / page_cost) * gain * (0.96 + next() * 0.08);
        const p50_ns = (100 * Number(depth) * 1e9) / throughput * 0.8;
        cases.push(oneCase(cases.length + 1, "quick",
          [["engine", engine], ["page", page], ["store connections", store], ["depth", depth], ["threads", "1"], ["connections", "100"]],
          throughput, p50_ns, next));
      }
    }
  }
  const rates = cases.flatMap((item) => item.trials.map((trial) =>
    `${trial.id},"${item.label}",${trial.throughput_per_s.toFixed(1)},${trial.p50_ns},${trial.p99_ns}`));
  return {
    schema: "hotlap.report/1", title: "quick",
    session: {
      id: 3, uuid: "0198a3c2-5d1e-7b44-9a55-2f1f0f3f4c11", kind: "explore", status: "done", seed,
      started_at: "2026-11-20T10:00:00Z", finished_at: "2026-11-20T10:02:47Z",
      command_line: `hotlap run scenarios/quick.yaml --seed ${seed}`, tool_version: "0.1.0", verdict: "",
    },
    environment: [
      ["cpu_model", "AMD EPYC 7B13"], ["cores", "2"], ["threads_per_core", "1"], ["memory", "24.0 GiB"],
      ["kernel", "6.1.0-28-cloud-amd64"], ["os", "Debian GNU/Linux 12 (bookworm)"], ["virtualisation", "kvm"],
      ["governor", "not readable"], ["turbo", "not readable"], ["clock_source", "kvm-clock"], ["target_cpus", "0"], ["load_cpus", "1"],
      ["compiler", "g++ 12.2.0"], ["build", "release (RelWithDebInfo, -O3, LTO)"],
    ],
    warnings: [{
      sentence: "The CPU governor cannot be read, so a changing clock frequency would go unseen; repeat the session to see whether its ratios hold.",
      of_cases: [],
    }],
    scenarios: [{
      name: "quick", title: "Engines, pages and pipelining", yaml: kYaml,
      question: "What do an engine, a page and a pipeline each cost, and what does one shared store connection save?",
      article: "https://example.org/articles/a-sticker-site",
    }],
    cases,
    claims: [
      claimRow("H2", "Pipelining 24 requests speeds up the smallest page", 7.98, [6.71, 6.32, 7.08], "differs", "", "The article's generator counted a whole batch as one sample."),
      claimRow("H1", "One store connection beats a connection per request on Good", 13.6, [7.7, 5.1, 14.2], "cannot tell", "the interval lies neither inside nor outside of what is expected; more trials narrow it"),
      claimRow("H3", "The gain of pipelining shrinks as the page costs more", 1.58, [1.61, 1.5, 1.7], "agrees"),
      claimRow("H18", "Pages without a database show the server's overhead", 15, [null, null, null], "cannot test here", "this run has no case with engine=aiohttp"),
    ],
    figures: [
      { label: "Ugly, depth 24", value: 573493, unit: "requests/s", source: "article, eight-core desktop" },
      { label: "Ugly, depth 1", value: 71900, unit: "requests/s", source: "article, eight-core desktop" },
    ],
    comparison: null,
    errors: [],
    trials_csv: ["trial,case,throughput_per_s,response_time_p50_ns,response_time_p99_ns", ...rates, ""].join("\n"),
    cases_csv: ["case,throughput_per_s", ...cases.map((item) => `"${item.label}",${item.summary.throughput_per_s.toFixed(1)}`), ""].join("\n"),
  };
}

// The harder life: a check with a verdict, suspect and failed trials, errors.
export function troubledDocument() {
  const sample = sampleDocument({ seed: 7 });
  sample.title = "quick, base against new";
  sample.session = { ...sample.session, kind: "check", status: "interrupted" };
  sample.comparison = { verdict: "REGRESSED", sentence: "candidate / baseline = 0.951 (95 % interval 0.932 to 0.969, p = 1e-05, 16 pairs): a slow-down of 4.9 %", ratio: 0.951, low: 0.932, high: 0.969, pairs: 16 };
  const [first, second, third] = sample.cases;
  Object.assign(first.trials[1], { verdict: "SUSPECT", verdict_reasons: ["The load generator used 97 % of its CPU."] });
  first.summary.verdict = "SUSPECT";
  Object.assign(second.trials[2], { state: "invalid", verdict: "INVALID", excluded_from_summary: true, reason: "412 of 51 200 answers had the wrong body.", errors: 412 });
  Object.assign(second.summary, { trials_ok: 2, trials_bad: 1, errors: 412 });
  Object.assign(third.trials[0], { state: "failed", verdict: "", throughput_per_s: null, p50_ns: null, p99_ns: null, reason: "The target ended with signal 11 after 0.8 s." });
  Object.assign(third.summary, { trials_ok: 2, trials_bad: 1 });
  third.statuses.push({ class: "5xx", answered: 37, codes: [{ code: 500, count: 30 }, { code: 503, count: 7 }], p50_ns: 81_000, p99_ns: null, max_ns: 2_100_000 });
  third.requests = [
    { name: "front page", sent: 24_000, good: 23_990, bad: 4, lost: 6, p50_ns: 410_000, p99_ns: 2_300_000, max_ns: 9_000_000 },
    { name: "basket", sent: 6_000, good: 5_999, bad: 0, lost: 1, p50_ns: 1_900_000, p99_ns: null, p99_at_least_ns: 2_000_000_000, max_ns: null, max_at_least_ns: 2_000_000_000 },
  ];
  sample.errors = [
    { scenario: "quick", case: second.label, kind: "body", count: 412, first: 'HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\n\\r\\n' },
    { scenario: "quick", case: third.label, kind: "reset", count: 100, first: "read: Connection reset by peer" },
  ];
  return sample;
}

// A night's run: thirty scenarios of twelve cases, some of which were skipped, went wrong as expected or vary a lot.
export function manyScenarios() {
  const sample = sampleDocument();
  const [model] = sample.cases;
  const [scenario] = sample.scenarios;
  const names = Array.from({ length: 30 }, (_, index) => `scenario_${String(index + 1).padStart(2, "0")}`);
  sample.title = `30 scenarios: ${names.slice(0, 3).join(", ")} and 27 more`;
  sample.scenarios = names.map((name) => ({ ...scenario, name, title: `Question of ${name}` }));
  sample.cases = names.flatMap((name, nth) => Array.from({ length: 12 }, (_, index) => ({
    ...structuredClone(model), id: nth * 12 + index + 1, scenario: name, label: `axis_${nth}=${index}`, parameters: [[`axis_${nth}`, String(index)]],
  })));
  for (const item of sample.cases) {
    item.trials.forEach((trial, nth) => Object.assign(trial, { id: item.id * 3 + nth, position: item.id * 3 + nth }));
  }
  const skipped_because = "program 'wildfly' is not installed; install the package wildfly";
  for (const item of sample.cases.filter(({ scenario: name }) => name === "scenario_07")) {
    Object.assign(item.summary, {
      trials_ok: 0, trials_skipped: 3, skipped_because, verdict: "", throughput_per_s: null, throughput_low_per_s: null, throughput_high_per_s: null,
      p50_ns: null, p90_ns: null, p99_ns: null, p99_9_ns: null, max_ns: null, target_cpu_us_per_request: null, load_cpu_us_per_request: null,
    });
    item.trials = item.trials.map((trial) => ({
      ...trial, state: "skipped", reason: skipped_because, verdict: "", throughput_per_s: null, p50_ns: null, p99_ns: null, errors: null, excluded_from_summary: true,
    }));
    Object.assign(item, { percentiles: {}, seconds: {}, resources: [], statuses: [] });
  }
  Object.assign(sample.cases[0].trials[0], { state: "failed", expected: true, reason: "the target crashed", verdict: "INVALID", throughput_per_s: null, excluded_from_summary: true });
  sample.cases[0].summary.verdict = "INVALID";
  sample.claims = names.flatMap((name, nth) => sample.claims.map((claim) =>
    ({ ...claim, scenario: name, verdict: nth % 5 === 2 || claim.verdict !== "differs" ? claim.verdict : "agrees" })));
  sample.warnings = Array.from({ length: 11 }, (_, nth) => ({
    sentence: `warning of the kind ${nth + 1}`, of_cases: nth === 1 ? sample.cases.map((item) => `${item.scenario}: ${item.label} spreads`) : [],
  }));
  sample.errors = sample.cases.slice(0, 60).map((item) => ({ scenario: item.scenario, case: item.label, kind: item.id % 2 === 0 ? "status" : "reset", count: item.id, first: "" }));
  return sample;
}

// As the program does it: "<" cannot stand in the element as it is, for "</script" would end it.
export function fillTemplate(template, document) {
  if (template.split(kMarker).length !== 2) throw new Error("the template must hold the empty report-data element exactly once");
  const json = JSON.stringify(document).replace(/</g, "\\u003c");
  return template.replace(kMarker, () => kMarker.replace("{}", () => json));
}

if (argv[1] !== undefined && import.meta.url === pathToFileURL(argv[1]).href) {
  const [template, output, kind] = argv.slice(2);
  writeFileSync(output, fillTemplate(readFileSync(template, "utf8"), kind === "troubled" ? troubledDocument() : kind === "many" ? manyScenarios() : sampleDocument()));
}
