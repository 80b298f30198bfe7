// The report document, "hotlap.report/1": what the program wrote into the page, read with suspicion.
// Any key may be missing or null. A missing number is null, a missing text "", a missing list empty; the page then says
// "not recorded" instead of showing a zero that nobody measured. Units stand last in the names, as in the store.

export type Parameter = readonly [name: string, value: string];

export interface Session {
  id: number | null; uuid: string; kind: string; status: string; seed: string;
  started_at: string; finished_at: string; command_line: string; tool_version: string; verdict: string;
}

export interface Scenario { name: string; title: string; question: string; article: string; yaml: string }

// Of a percentile either its time is known, or what it is at least (requests without a whole response leave it open), or
// neither (too few values stand behind it).
export interface Time { ns: number | null; at_least_ns: number | null }

export interface Summary {
  trials_ok: number | null; trials_bad: number | null; trials_skipped: number | null; skipped_because: string;
  throughput_per_s: number | null; throughput_low_per_s: number | null; throughput_high_per_s: number | null;
  p50: Time; p90: Time; p99: Time; p99_9: Time; max: Time;
  errors: number | null; target_cpu_us_per_request: number | null; load_cpu_us_per_request: number | null;
  verdict: string;
}

export interface Trial {
  id: number | null; position: number | null; state: string; reason: string;
  throughput_per_s: number | null; p50: Time; p99: Time; errors: number | null;
  verdict: string; verdict_reasons: string[]; excluded_from_summary: boolean;
  expected: boolean;  // went wrong just as a claim or the scenario says: a result
}

export interface Percentile { q: number; value_ns: number; low_ns: number | null; high_ns: number | null }

// One second of a case's windows, counted from their start; the rates' low and high are over trials.
export interface Second {
  second: number; throughput_per_s: number | null; low_per_s: number | null; high_per_s: number | null;
  bad: number | null; lost: number | null; p50_ns: number | null; p99_ns: number | null;
}

// What a side (target, load, a service, the machine) used: means over the trials that know it, the most for memory.
export interface UseFigures {
  processors: number | null; resident_max_bytes: number | null;
  voluntary_switches_per_s: number | null; involuntary_switches_per_s: number | null; syscalls_per_s: number | null;
  steal_processors: number | null; throttled_processors: number | null;
}

export interface Use extends UseFigures {
  side: string; trials: number | null;
  seconds: (UseFigures & { second: number })[];  // from the start of the window; empty: there was but one
}

export interface StatusClass {
  name: string; answered: number | null; codes: { code: string; count: number | null }[];
  p50: Time; p99: Time; max: Time;
}

export interface NamedRequest {
  name: string; sent: number | null; good: number | null; bad: number | null; lost: number | null;
  p50: Time; p99: Time; max: Time;
}

export interface Case {
  id: number | null; scenario: string; label: string; parameters: Parameter[];
  summary: Summary; trials: Trial[];
  percentiles: Percentile[];  // known
  open_ended: Percentile[];   // value_ns is their least
  seconds: Second[]; resources: Use[]; statuses: StatusClass[]; requests: NamedRequest[];
}

// A published statement and what the trials say about it: figures as numbers in `unit`, and as people read them.
export interface Claim {
  scenario: string; claim: string; statement: string; computation: string; expected: string; unit: string;
  published: number | null; measured: number | null; low: number | null; high: number | null;
  measured_text: string; low_text: string; high_text: string; verdict: string; reason: string; caveat: string;
}

export interface PublishedFigure { label: string; value: number | null; unit: string; source: string }

export interface Comparison {
  verdict: string; sentence: string;
  ratio: number | null; low: number | null; high: number | null; pairs: number | null;
}

export interface ErrorKind { scenario: string; case: string; kind: string; count: number | null; first: string }

// One sentence for all the cases that it concerns, and what each of them has to say.
export interface Warning { sentence: string; of_cases: string[] }

export interface ReportDocument {
  title: string; session: Session; environment: Parameter[]; warnings: Warning[]; scenarios: Scenario[]; cases: Case[];
  claims: Claim[]; figures: PublishedFigure[]; comparison: Comparison | null;
  errors: ErrorKind[] | null;  // null: not recorded; empty: none happened
  trials_csv: string; cases_csv: string;
  source: string;  // the document as it stands in the page, for the download
}

type Fields = Record<string, unknown>;

const fields = (value: unknown): Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const number = (value: unknown): number | null => (typeof value === "number" && Number.isFinite(value) ? value : null);
const text = (value: unknown): string =>
  typeof value === "string" ? value : typeof value === "number" || typeof value === "boolean" ? String(value) : "";

function parameters(value: unknown): Parameter[] {
  return list(value).filter(Array.isArray).map((pair) => [text(pair[0]), text(pair[1])]);
}

function time(from: Fields, name: string): Time {
  return { ns: number(from[`${name}_ns`]), at_least_ns: number(from[`${name}_at_least_ns`]) };
}

function summary(value: unknown): Summary {
  const from = fields(value);
  return {
    trials_ok: number(from.trials_ok), trials_bad: number(from.trials_bad), trials_skipped: number(from.trials_skipped),
    skipped_because: text(from.skipped_because),
    throughput_per_s: number(from.throughput_per_s),
    throughput_low_per_s: number(from.throughput_low_per_s), throughput_high_per_s: number(from.throughput_high_per_s),
    p50: time(from, "p50"), p90: time(from, "p90"), p99: time(from, "p99"), p99_9: time(from, "p99_9"), max: time(from, "max"),
    errors: number(from.errors),
    target_cpu_us_per_request: number(from.target_cpu_us_per_request),
    load_cpu_us_per_request: number(from.load_cpu_us_per_request),
    verdict: text(from.verdict),
  };
}

function trial(value: unknown): Trial {
  const from = fields(value);
  return {
    id: number(from.id), position: number(from.position), state: text(from.state), reason: text(from.reason),
    throughput_per_s: number(from.throughput_per_s), p50: time(from, "p50"), p99: time(from, "p99"),
    errors: number(from.errors), verdict: text(from.verdict), verdict_reasons: list(from.verdict_reasons).map(text),
    excluded_from_summary: from.excluded_from_summary === true, expected: from.expected === true,
  };
}

// The document has lists of figures column by column: a row for each value of the first column.
function byRows<Row>(value: unknown, first: string, read: (key: number, at: (name: string) => unknown) => Row | null): Row[] {
  const from = fields(value);
  return list(from[first]).flatMap((one, row) => {
    const key = number(one);
    const made = key === null ? null : read(key, (name) => list(from[name])[row]);
    return made === null ? [] : [made];
  });
}

// A point without a place on a logarithmic chart (q outside [0, 1), no positive time) is left out.
function percentiles(value: unknown, open_ended: boolean): Percentile[] {
  return byRows(value, "q", (q, at): Percentile | null => {
    const value_ns = number(at("value_ns"));
    if (q < 0 || q >= 1 || value_ns === null || value_ns <= 0) return null;
    if ((at("at_least") === true) !== open_ended) return null;
    return { q, value_ns, low_ns: number(at("low_ns")), high_ns: number(at("high_ns")) };
  }).sort((a, b) => a.q - b.q);
}

function seconds(value: unknown): Second[] {
  return byRows(value, "second", (second, at): Second => {
    const figure = (name: string): number | null => number(at(name));
    return {
      second, throughput_per_s: figure("throughput_per_s"),
      low_per_s: figure("throughput_low_per_s"), high_per_s: figure("throughput_high_per_s"),
      bad: figure("bad"), lost: figure("lost"), p50_ns: figure("p50_ns"), p99_ns: figure("p99_ns"),
    };
  }).sort((a, b) => a.second - b.second);
}

function useFigures(at: (name: string) => unknown): UseFigures {
  return {
    processors: number(at("processors")), resident_max_bytes: number(at("resident_max_bytes")),
    voluntary_switches_per_s: number(at("voluntary_switches_per_s")),
    involuntary_switches_per_s: number(at("involuntary_switches_per_s")), syscalls_per_s: number(at("syscalls_per_s")),
    steal_processors: number(at("steal_processors")), throttled_processors: number(at("throttled_processors")),
  };
}

function uses(value: unknown): Use[] {
  return list(value).map((item) => {
    const from = fields(item);
    return {
      side: text(from.side), trials: number(from.trials), ...useFigures((name) => from[name]),
      seconds: byRows(from.seconds, "second", (second, at) => ({ second, ...useFigures(at) })).sort((a, b) => a.second - b.second),
    };
  }).filter((use) => use.side !== "");
}

function statuses(value: unknown): StatusClass[] {
  return list(value).map((item) => {
    const from = fields(item);
    const codes = list(from.codes).map((one) => ({ code: text(fields(one).code), count: number(fields(one).count) }));
    return { name: text(from.class), answered: number(from.answered), codes, p50: time(from, "p50"), p99: time(from, "p99"), max: time(from, "max") };
  });
}

function namedRequests(value: unknown): NamedRequest[] {
  return list(value).map((item) => {
    const from = fields(item);
    return {
      name: text(from.name), sent: number(from.sent), good: number(from.good), bad: number(from.bad), lost: number(from.lost),
      p50: time(from, "p50"), p99: time(from, "p99"), max: time(from, "max"),
    };
  });
}

function oneCase(value: unknown): Case {
  const from = fields(value);
  return {
    id: number(from.id), scenario: text(from.scenario), label: text(from.label), parameters: parameters(from.parameters),
    summary: summary(from.summary), trials: list(from.trials).map(trial),
    percentiles: percentiles(from.percentiles, false), open_ended: percentiles(from.percentiles, true),
    seconds: seconds(from.seconds), resources: uses(from.resources), statuses: statuses(from.statuses), requests: namedRequests(from.requests),
  };
}

function session(value: unknown): Session {
  const from = fields(value);
  return {
    id: number(from.id), uuid: text(from.uuid), kind: text(from.kind), status: text(from.status), seed: text(from.seed),
    started_at: text(from.started_at), finished_at: text(from.finished_at), command_line: text(from.command_line),
    tool_version: text(from.tool_version), verdict: text(from.verdict),
  };
}

function comparison(value: unknown): Comparison | null {
  if (typeof value !== "object" || value === null) return null;
  const from = fields(value);
  return {
    verdict: text(from.verdict), sentence: text(from.sentence),
    ratio: number(from.ratio), low: number(from.low), high: number(from.high), pairs: number(from.pairs),
  };
}

// Never throws: text that is no JSON object reads as a document in which nothing was recorded.
export function readDocument(source: string): ReportDocument {
  let parsed: unknown = null;
  try {
    parsed = JSON.parse(source);
  } catch {
    parsed = null;
  }
  const from = fields(parsed);
  return {
    title: text(from.title),
    session: session(from.session),
    environment: parameters(from.environment),
    warnings: list(from.warnings).map((item) => ({
      sentence: text(fields(item).sentence), of_cases: list(fields(item).of_cases).map(text).filter((sentence) => sentence !== ""),
    })).filter(({ sentence }) => sentence !== ""),
    scenarios: list(from.scenarios).map((item) => {
      const scenario = fields(item);
      return {
        name: text(scenario.name), title: text(scenario.title), question: text(scenario.question),
        article: text(scenario.article), yaml: text(scenario.yaml),
      };
    }),
    cases: list(from.cases).map(oneCase),
    claims: list(from.claims).map((item) => {
      const claim = fields(item);
      return {
        scenario: text(claim.scenario), claim: text(claim.claim), statement: text(claim.statement),
        computation: text(claim.computation), expected: text(claim.expected), unit: text(claim.unit),
        published: number(claim.published), measured: number(claim.measured), low: number(claim.low), high: number(claim.high),
        measured_text: text(claim.measured_text), low_text: text(claim.low_text), high_text: text(claim.high_text),
        verdict: text(claim.verdict), reason: text(claim.reason), caveat: text(claim.caveat),
      };
    }),
    figures: list(from.figures).map((item) => {
      const figure = fields(item);
      return { label: text(figure.label), value: number(figure.value), unit: text(figure.unit), source: text(figure.source) };
    }),
    comparison: comparison(from.comparison),
    errors: Array.isArray(from.errors)
      ? from.errors.map((item) => {
          const error = fields(item);
          return { scenario: text(error.scenario), case: text(error.case), kind: text(error.kind), count: number(error.count), first: text(error.first) };
        })
      : null,
    trials_csv: text(from.trials_csv),
    cases_csv: text(from.cases_csv),
    source,
  };
}
