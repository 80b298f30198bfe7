// Throughput per scenario: the chart, the table of its cases and every single trial.
import type { CaseGroup } from "../cases";
import { shortLabel } from "../cases";
import type { Chart } from "../charts/chart";
import { counted, throughputChart } from "../charts/throughput";
import type { Case, Time, Trial } from "../document";
import { chip, disclosure, element, link, notRecorded, section, type Child } from "../elements";
import { table, type Column } from "../table";
import { between, count, cpuScale, kMissing, percentileTime, plural, rateScale, unbroken } from "../units";
import { reasonsOf, standing, toneOf, verdictChip } from "./banner";
import { headed } from "./contents";

export const rawNanos = ({ ns, at_least_ns }: Time): string | undefined =>
  ns !== null ? `${ns} ns` : at_least_ns !== null ? `at least ${at_least_ns} ns: requests without a whole response leave it open` : undefined;

export function caseColumns(group: CaseGroup): Column<Case>[] {
  return group.heads.map((head, index) => ({
    head, rowHead: index === 0, cell: (item) => group.cells(item)[index] ?? kMissing,
  }));
}

export function startsBlock(group: CaseGroup): (row: Case, before: Case) => boolean {
  return (row, before) => group.heads.length > 1 && group.cells(row)[0] !== group.cells(before)[0];
}

function verdictOf({ summary: { verdict, trials_skipped }, trials }: Case): Child {
  if (verdict !== "") {
    const worst = trials.filter((trial) => trial.verdict === verdict);
    return verdictChip(verdict, worst.length > 0 && worst.every((trial) => standing(trial) === "expected"));
  }
  return (trials_skipped ?? 0) > 0 ? chip("SKIPPED", toneOf("SKIPPED")) : kMissing;
}

// Why cases have no figures, once for all that are skipped for the same reason.
function skips(group: CaseGroup): HTMLElement[] {
  const reasons = new Map<string, number>();
  for (const { summary } of group.cases) {
    if ((summary.trials_skipped ?? 0) > 0) reasons.set(summary.skipped_because, (reasons.get(summary.skipped_because) ?? 0) + 1);
  }
  return [...reasons].map(([reason, cases]) =>
    element("p", { class: "skips" }, `${plural(cases, "case")} skipped: ${reason || "no reason was recorded"}`));
}

function summaryTable(group: CaseGroup, title: string): HTMLElement {
  const summaries = group.cases.map((item) => item.summary);
  const throughput = rateScale(summaries.flatMap((summary) =>
    [summary.throughput_per_s, summary.throughput_low_per_s, summary.throughput_high_per_s]));
  const target = cpuScale(summaries.map((summary) => summary.target_cpu_us_per_request));
  const load = cpuScale(summaries.map((summary) => summary.load_cpu_us_per_request));
  const time = (head: string, value: (of: Case) => Time): Column<Case> => ({
    head, number: true, cell: (item) => percentileTime(value(item)), raw: (item) => rawNanos(value(item)),
  });
  const columns: Column<Case>[] = [
    ...caseColumns(group),
    {
      head: "throughput", unit: throughput.unit, number: true,
      cell: (item) => element("strong", {}, throughput.show(item.summary.throughput_per_s)),
      raw: ({ summary }) => (summary.throughput_per_s === null ? undefined : `${summary.throughput_per_s} /s`),
    },
    {
      head: "low – high", unit: throughput.unit, number: true,
      cell: ({ summary }) => between(throughput.show(summary.throughput_low_per_s), throughput.show(summary.throughput_high_per_s)),
    },
    time("p50", (item) => item.summary.p50),
    time("p90", (item) => item.summary.p90),
    time("p99", (item) => item.summary.p99),
    time("p99.9", (item) => item.summary.p99_9),
    time("max", (item) => item.summary.max),
    { head: "errors", number: true, cell: (item) => count(item.summary.errors) },
    { head: "target CPU", unit: "µs/request", number: true, cell: (item) => target.show(item.summary.target_cpu_us_per_request) },
    { head: "load CPU", unit: "µs/request", number: true, cell: (item) => load.show(item.summary.load_cpu_us_per_request) },
    {
      head: "trials", unit: "ok / all", number: true,
      cell: ({ summary }) => summary.trials_ok === null ? kMissing : `${summary.trials_ok} / ${summary.trials_ok + (summary.trials_bad ?? 0)}`,
    },
    { head: "verdict", cell: verdictOf, raw: ({ summary }) => summary.skipped_because || undefined },
  ];
  return table({ caption: `Cases of ${title}`, columns, rows: group.cases, newGroup: startsBlock(group) });
}

interface TrialRow { trial: Trial; of: Case }

function trialTable(group: CaseGroup, title: string): HTMLElement {
  const all: TrialRow[] = group.cases.flatMap((of) => of.trials.map((trial) => ({ trial, of })));
  all.sort((a, b) => (a.trial.position ?? 0) - (b.trial.position ?? 0));
  const throughput = rateScale(all.map((row) => row.trial.throughput_per_s));
  const columns: Column<TrialRow>[] = [
    { head: "order", number: true, rowHead: true, cell: ({ trial }) => trial.position === null ? kMissing : String(trial.position) },
    { head: "trial", number: true, cell: ({ trial }) => trial.id === null ? kMissing : String(trial.id) },
    { head: "case", cell: ({ of }) => shortLabel(of, group) },
    { head: "state", cell: ({ trial }) => trial.state || kMissing },
    { head: "throughput", unit: throughput.unit, number: true, cell: ({ trial }) => throughput.show(trial.throughput_per_s) },
    { head: "p50", number: true, cell: ({ trial }) => percentileTime(trial.p50), raw: ({ trial }) => rawNanos(trial.p50) },
    { head: "p99", number: true, cell: ({ trial }) => percentileTime(trial.p99), raw: ({ trial }) => rawNanos(trial.p99) },
    { head: "errors", number: true, cell: ({ trial }) => count(trial.errors) },
    { head: "verdict", cell: ({ trial }) => trial.verdict === "" ? kMissing : verdictChip(trial.verdict, standing(trial) === "expected") },
    {
      head: "why", wide: true,
      cell: ({ trial }) => unbroken([...reasonsOf(trial), ...(trial.excluded_from_summary && trial.throughput_per_s !== null ? ["left out of the summary"] : [])].join("; ")),
    },
  ];
  return disclosure(`Every trial of ${title}, in the order it ran (${all.length})`,
    table({ caption: `Trials of ${title}`, columns, rows: all, tone: ({ trial }) => (counted(trial) ? undefined : "faded") }));
}

function scenarioHead(group: CaseGroup, alone: boolean): HTMLElement {
  const { scenario, shared } = group;
  return element("header", { class: "scenario" },
    headed(group, "throughput", alone),
    scenario?.question ? element("p", { class: "question" }, scenario.question) : null,
    element("p", { class: "facts" },
      group.name === "" ? null : element("code", {}, group.name),
      ...shared.map(([name, value]) => element("span", {}, `${name} `, element("b", {}, value))),
      scenario?.article ? element("span", { class: "article" }, "article ", link(scenario.article)) : null));
}

const measured = (group: CaseGroup): boolean => group.cases.some((item) =>
  item.summary.throughput_per_s !== null || item.trials.some((trial) => trial.throughput_per_s !== null));

function scaleSwitch(choose: (logarithmic: boolean) => void): HTMLElement {
  const option = (words: string, logarithmic: boolean) => {
    const input = element("input", { type: "radio", name: "scale", checked: !logarithmic });
    input.addEventListener("change", () => choose(logarithmic));
    return element("label", {}, input, words);
  };
  return element("fieldset", { class: "switch", "aria-label": "Scale of the throughput charts" },
    option("bars from zero", false), option("logarithmic, no bars", true));
}

export function headline(groups: readonly CaseGroup[]): HTMLElement {
  if (groups.length === 0) return section("throughput", "Throughput", null, notRecorded("Cases"));
  let logarithmic = false;
  const charts: Chart[] = [];
  const shown = groups.map((group) => {
    const { title } = group;
    const drawn = measured(group) ? throughputChart(group, title, () => logarithmic) : null;
    if (drawn) charts.push(drawn);
    return element("div", { class: "group", id: `throughput-${group.anchor}` }, scenarioHead(group, groups.length === 1),
      drawn ? drawn.element : notRecorded("Throughput"), summaryTable(group, title), ...skips(group), trialTable(group, title));
  });
  const caseMark = element("span", { class: "mark bar" });
  const named = (mark: HTMLElement, words: string) => element("span", {}, mark, words);
  const mark = (kind: string) => element("span", { class: `mark ${kind}` });
  const key = element("p", { class: "lead key" },
    named(caseMark, "case"), named(mark("dot"), "one trial"), named(mark("suspect"), "suspect trial"),
    named(mark("out"), "left out"), named(mark("whisker"), "low to high"));
  return section("throughput", "Throughput",
    element("div", { class: "controls" }, key, scaleSwitch((chosen) => {
      logarithmic = chosen;
      caseMark.className = `mark ${chosen ? "middle" : "bar"}`;
      for (const one of charts) one.redraw();
    })),
    ...shown);
}
