// The windows second by second, one case at a time: was it steady, and when did it break?
import { longLabel, shortLabel, type CaseGroup } from "../cases";
import { chart } from "../charts/chart";
import { drawResources, kMachine, panelsOf, type Figure } from "../charts/resources";
import { drawSeconds } from "../charts/seconds";
import type { Case, Second, Use } from "../document";
import { disclosure, element, notRecorded, section } from "../elements";
import { table, type Column } from "../table";
import { between, bytes, count, duration, plural, processors, rate, rateScale } from "../units";

const kFewestSeconds = 2;

interface Entry { case_: Case; label: string; group: CaseGroup }

// The steadiness of a case in one number: how far its seconds lie apart, as a share of the highest.
function unrest({ case_ }: Entry): number {
  const rates = case_.seconds.map((one) => one.throughput_per_s ?? 0);
  const high = Math.max(...rates);
  return high > 0 ? 1 - Math.min(...rates) / high : 0;
}

function secondsTable(entry: Entry): HTMLElement {
  const { seconds } = entry.case_;
  const scale = rateScale(seconds.map((one) => one.throughput_per_s));
  const columns: Column<Second>[] = [
    { head: "second", number: true, rowHead: true, cell: (one) => String(one.second + 1) },
    { head: "throughput", unit: scale.unit, number: true, cell: (one) => scale.show(one.throughput_per_s) },
    { head: "low – high", unit: scale.unit, number: true, cell: (one) => between(scale.show(one.low_per_s), scale.show(one.high_per_s)) },
    { head: "p50", number: true, cell: (one) => duration(one.p50_ns) },
    { head: "p99", number: true, cell: (one) => duration(one.p99_ns) },
    { head: "not as expected", number: true, cell: (one) => count(one.bad) },
    { head: "without a response", number: true, cell: (one) => count(one.lost) },
  ];
  return table({ caption: `Seconds of ${entry.label}`, columns, rows: seconds });
}

// Services only have what sides have, the machine what no side has.
function figuresOf(side: string): [Figure, string][] {
  return side === kMachine
    ? [["processors", "processors"], ["steal_processors", "steal"], ["throttled_processors", "throttling"]]
    : [["processors", "processors"], ["resident_max_bytes", "memory"], ["voluntary_switches_per_s", "waits"], ["involuntary_switches_per_s", "preemptions"], ["syscalls_per_s", "system calls"]];
}

const format = (figure: Figure, value: number | null): string =>
  figure === "resident_max_bytes" ? bytes(value) : figure.endsWith("_per_s") ? rate(value) : processors(value);

function resourcesTable(entry: Entry, uses: readonly Use[]): HTMLElement {
  const seconds = [...new Set(uses.flatMap((use) => use.seconds.map((one) => one.second)))].sort((a, b) => a - b);
  const columns: Column<number>[] = [
    { head: "second", number: true, rowHead: true, cell: (second) => String(second + 1) },
    ...uses.flatMap((use) => figuresOf(use.side).filter(([figure]) => use[figure] !== null).map(([figure, words]): Column<number> => ({
      head: use.side, unit: words, number: true,
      cell: (second) => format(figure, use.seconds.find((one) => one.second === second)?.[figure] ?? null),
    }))),
  ];
  return table({ caption: `Resources of ${entry.label} by second`, columns, rows: seconds });
}

// What the chart cannot show, and why: a missing line must not look like a zero.
function gaps(entry: Entry): string[] {
  const { resources, summary } = entry.case_;
  if (resources.length === 0) return ["What both sides and the machine used was not recorded for this case."];
  const sides = ["target", "load", kMachine];
  const unknown = [
    ...sides.filter((side) => !resources.some((use) => use.side === side)),
    ...resources.flatMap((use) => figuresOf(use.side).filter(([figure]) => use[figure] === null).map(([, words]) => `${words} of ${use.side}`)),
  ];
  const trials = summary.trials_ok ?? 0;
  return [
    unknown.length === 0 ? "" : `Not recorded: ${unknown.join(", ")}.`,
    ...resources.filter((use) => use.trials !== null && use.trials < trials)
      .map((use) => `The figures of ${use.side} are of ${use.trials} of ${plural(trials, "trial")}.`),
    resources.some((use) => use.seconds.length > 0) ? "" : "They were sampled once only: the figures of the whole windows stand below, with the CPU time.",
  ].filter((sentence) => sentence !== "");
}

// A colour for each side, whatever is drawn of it.
function keyOf(uses: readonly Use[]): HTMLElement[] {
  const lines = panelsOf(uses).flatMap((panel) => panel.lines);
  const mark = (colour: string, dashed: boolean): HTMLElement => {
    const made = element("span", { class: `mark line${dashed ? " dashed" : ""}` });
    made.style.borderColor = `var(--${colour})`;
    return made;
  };
  return [
    ...lines.filter(({ figure }) => figure.endsWith("processors")).map((line) => element("span", {}, mark(line.colour, line.dashed), line.name)),
    ...(lines.some(({ figure }) => figure === "involuntary_switches_per_s") ? [element("span", {}, mark("quiet", true), "of switches: preempted (solid: waits)")] : []),
  ];
}

function option(entry: Entry, index: number, label: string, selected: boolean): HTMLElement {
  return element("option", { value: String(index), selected }, label || entry.label);
}

// Many cases are found by their scenario.
function options(entries: readonly Entry[], shown: Entry, groups: readonly CaseGroup[]): HTMLElement[] {
  if (groups.length < 2) return entries.map((entry, index) => option(entry, index, entry.label, entry === shown));
  return groups.flatMap((group) => {
    const own = entries.flatMap((entry, index) =>
      (entry.group === group ? [option(entry, index, `${group.name}: ${shortLabel(entry.case_, group)}`, entry === shown)] : []));
    return own.length === 0 ? [] : [element("optgroup", { label: group.name }, ...own)];
  });
}

export function overTime(groups: readonly CaseGroup[]): HTMLElement {
  const title = "Over time";
  const recorded = groups.flatMap((group) => group.cases.map((case_): Entry => ({
    case_, group, label: longLabel(case_, group, groups),
  }))).filter(({ case_ }) => case_.seconds.length > 0);
  if (recorded.length === 0) return section("over-time", title, null, notRecorded("Seconds"));
  const entries = recorded.filter(({ case_ }) => case_.seconds.length >= kFewestSeconds);
  const first = entries[0];
  if (first === undefined) {
    return section("over-time", title, null,
      element("p", { class: "quiet" }, "The windows were too short: a course shows from two seconds on. What was used over the whole windows stands below, with the CPU time."));
  }
  let shown = entries.reduce((worst, entry) => (unrest(entry) > unrest(worst) ? entry : worst), first);
  const usesOf = (entry: Entry): Use[] => entry.case_.resources.filter((use) => use.seconds.length > 0);
  const end = (): number => Math.max(1, ...shown.case_.seconds.map((one) => one.second + 1),
    ...usesOf(shown).flatMap((use) => use.seconds.map((one) => one.second + 1)));
  const drawn = chart("Throughput and response time of one case for each second of its windows. The same numbers stand in the table below.",
    (width, colours) => drawSeconds(shown.case_.seconds, end(), width, colours));
  const used = chart("Processors, memory, context switches and system calls of both sides for each second of the same windows. The same numbers stand in the table below.",
    (width, colours) => drawResources(usesOf(shown), end(), width, colours));
  const numbers = element("div");
  const usedKey = element("p", { class: "lead key" });
  const usedNote = element("p", { class: "quiet" });
  const usedPart = element("div", {}, element("h3", { class: "scenario" }, "What was used"), usedKey, used.element);
  const show = (entry: Entry): void => {
    shown = entry;
    const uses = usesOf(entry);
    numbers.replaceChildren(secondsTable(entry), ...(uses.length > 0 ? [resourcesTable(entry, uses)] : []));
    usedNote.textContent = gaps(entry).join(" ");
    usedPart.hidden = panelsOf(uses).length === 0;
    usedKey.replaceChildren(...keyOf(uses));
    drawn.redraw();
    if (!usedPart.hidden) used.redraw();
  };
  const select = element("select", {}, ...options(entries, shown, groups));
  select.addEventListener("change", () => {
    const entry = entries[Number(select.value)];
    if (entry) show(entry);
  });
  show(shown);
  const key = (kind: string, words: string) => element("span", {}, element("span", { class: `mark ${kind}` }), words);
  return section("over-time", title,
    "The seconds of the measured window, all trials of a case together; the warm-up is not in it."
      + (entries.length > 1 ? " At first the case whose throughput changes most is shown." : ""),
    element("div", { class: "picker course" },
      element("div", { class: "filters" }, entries.length > 1 ? element("label", {}, element("span", {}, "case"), select) : null),
      element("p", { class: "lead key" },
        key("rate", "throughput"), key("band", "low to high over trials"), key("p50", "p50"), key("p99", "p99"))),
    drawn.element, usedPart, usedNote,
    disclosure("Seconds as numbers", numbers));
}
