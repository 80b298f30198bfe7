// The first thing a reader sees: may these numbers be believed, and if sides were compared, what came out.
import type { Case, Comparison, ReportDocument, Trial, Warning } from "../document";
import { chip, disclosure, element, type Tone } from "../elements";
import { change, count, duration, plural, rate, unbroken } from "../units";

export function toneOf(verdict: string): Tone {
  switch (verdict.toUpperCase()) {
    case "VALID": case "OK": case "SAME": case "IMPROVED": case "PASS": case "AGREES": return "good";
    case "SUSPECT": case "INCONCLUSIVE": case "CANNOT TELL": case "SKIPPED": return "caution";
    case "INVALID": case "FAILED": case "REGRESSED": case "DIFFERS": return "bad";
    default: return "plain";
  }
}

// What went wrong just as the scenario says is no bad news.
export function verdictChip(verdict: string, expected: boolean): HTMLElement {
  return expected ? chip("EXPECTED", "plain") : chip(verdict, toneOf(verdict));
}

export type Standing = "valid" | "suspect" | "lost" | "expected" | "skipped" | "open";

// A trial that is planned or running says nothing yet; it is open, not lost. One that goes wrong just as a claim says
// is a result.
export function standing(trial: Trial): Standing {
  if (trial.state === "planned" || trial.state === "running") return "open";
  if (trial.state === "skipped") return "skipped";
  if (trial.expected) return "expected";
  if (trial.state !== "ok" && trial.state !== "") return "lost";
  if (trial.verdict === "INVALID") return "lost";
  return trial.verdict === "SUSPECT" ? "suspect" : "valid";
}

interface Headline { word: string; tone: Tone; sentence: string }

function ofTrials(report: ReportDocument): Headline {
  const trials = report.cases.flatMap((item) => item.trials);
  const tally: Record<Standing, number> = { valid: 0, suspect: 0, lost: 0, expected: 0, skipped: 0, open: 0 };
  for (const trial of trials) ++tally[standing(trial)];
  if (trials.length === 0) {
    return { word: "No trials", tone: "plain", sentence: "This document holds no trials: nothing was measured, or nothing was recorded." };
  }
  const parts = [
    tally.lost > 0 ? `${plural(tally.lost, "trial")} failed or invalid` : "",
    tally.suspect > 0 ? `${plural(tally.suspect, "trial")} suspect` : "",
    tally.expected > 0 ? `${plural(tally.expected, "trial")} went wrong as the scenario expects` : "",
    tally.skipped > 0 ? `${plural(tally.skipped, "trial")} skipped` : "",
    tally.open > 0 ? `${plural(tally.open, "trial")} not run` : "",
  ].filter((part) => part !== "");
  if (parts.length === 0) {
    return { word: trials.length === 1 ? "The one trial is valid" : `All ${count(trials.length)} trials valid`, tone: "good", sentence: "" };
  }
  const tone: Tone = tally.lost > 0 ? "bad" : "caution";
  return { word: `${count(tally.valid)} of ${count(trials.length)} trials valid`, tone, sentence: `${parts.join(", ")}.` };
}

function ofComparison(comparison: Comparison): Headline {
  return { word: comparison.verdict || "No verdict", tone: toneOf(comparison.verdict), sentence: comparison.sentence };
}

const kMostWarnings = 6;

// One line for a kind of warning; the cases that it concerns unfold beneath it.
function warningLine({ sentence, of_cases }: Warning): HTMLElement {
  return of_cases.length === 0 ? element("li", {}, unbroken(sentence))
    : element("li", { class: "folded" }, disclosure(unbroken(sentence), element("ul", {}, ...of_cases.map((one) => element("li", {}, unbroken(one))))));
}

function warnings(all: readonly Warning[]): HTMLElement[] {
  const list = (some: readonly Warning[]) => element("ul", { class: "warnings", "aria-label": "Warnings" }, ...some.map(warningLine));
  const rest = all.slice(kMostWarnings);
  return [
    ...(all.length > 0 ? [list(all.slice(0, kMostWarnings))] : []),
    ...(rest.length > 0 ? [disclosure(plural(rest.length, "more warning"), list(rest))] : []),
  ];
}

const kSigns: Record<Tone, string> = { good: "✓", caution: "!", bad: "✕", plain: "–" };

const someOpen = (report: ReportDocument): boolean => report.cases.some((item) => item.trials.some((trial) => standing(trial) === "open"));

// A trial's reasons, each once: that of an invalid trial is all its verdict's together.
export function reasonsOf(trial: Trial): string[] {
  const own = trial.reason === trial.verdict_reasons.join("; ") ? "" : trial.reason;
  return [...new Set([own, ...trial.verdict_reasons])].filter((sentence) => sentence !== "");
}

export function banner(report: ReportDocument): HTMLElement {
  const trials = ofTrials(report);
  const main = report.comparison ? ofComparison(report.comparison) : trials;
  const unfinished = report.session.status !== "" && report.session.status !== "done"
    ? report.session.status === "failed" && !someOpen(report) ? "Some trials did not go well, so the session counts as failed."
      : `The session is ${report.session.status}; numbers cover the trials that finished.` : "";
  return element("section", { id: "verdict", class: `banner ${main.tone}`, "aria-label": "Verdict" },
    element("div", { class: "sign", "aria-hidden": "true" }, kSigns[main.tone]),
    element("div", {},
      element("p", { class: "word" }, main.word),
      main.sentence !== "" && element("p", {}, unbroken(main.sentence)),
      report.comparison && element("p", {}, chip(trials.word, trials.tone), trials.sentence === "" ? null : ` ${trials.sentence}`),
      unfinished !== "" && element("p", {}, unfinished),
      ...warnings(report.warnings)));
}

function best(cases: readonly Case[], value: (of: Case) => number | null, better: (a: number, b: number) => boolean) {
  let found: { case_: Case; value: number } | undefined;
  for (const case_ of cases) {
    const here = value(case_);
    if (here !== null && (found === undefined || better(here, found.value))) found = { case_, value: here };
  }
  return found;
}

function throughputReadout({ cases, comparison }: ReportDocument, label: (of: Case) => string): readonly [name: string, value: string, of: string] {
  if (comparison && comparison.ratio !== null) {
    return ["throughput of the candidate", change(comparison.ratio), `95\u202f% interval ${change(comparison.low)} to ${change(comparison.high)}`];
  }
  const fastest = best(cases, (item) => item.summary.throughput_per_s, (a, b) => a > b);
  return ["highest throughput", rate(fastest?.value ?? null), fastest ? label(fastest.case_) : "not recorded"];
}

// Four readouts beneath the verdict: how much was measured, both ends of what came out (of a check its answer), and what
// went wrong.
export function readouts(report: ReportDocument, label: (of: Case) => string): HTMLElement {
  const trials = report.cases.flatMap((item) => item.trials);
  const quickest = best(report.cases, (item) => item.summary.p99.ns, (a, b) => a < b);
  const errors = report.cases.map((item) => item.summary.errors).filter((value): value is number => value !== null);
  const readout = (name: string, value: string, of: string) => element("div", { class: "readout" },
    element("dt", {}, name), element("dd", {}, value), element("dd", { class: "of", title: of }, of));
  return element("dl", { class: "readouts" },
    readout("measured", plural(trials.length, "trial"), `of ${plural(report.cases.length, "case")}`),
    readout(...throughputReadout(report, label)),
    readout("lowest p99 response time", duration(quickest?.value ?? null), quickest ? label(quickest.case_) : "not recorded"),
    readout("errors", errors.length === 0 ? "–" : count(errors.reduce((sum, one) => sum + one, 0)),
      errors.length === 0 ? "not recorded" : "over all cases"));
}
