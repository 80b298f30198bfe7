// What a request cost, and what was used for it: CPU time per request of both sides as a chart, and as numbers also
// processors, memory, context switches and system calls of the windows. What befell the machine meanwhile stands above.
import { longLabel, type CaseGroup } from "../cases";
import { cpuChart } from "../charts/cpu";
import { kMachine } from "../charts/resources";
import type { Case, Use } from "../document";
import { disclosure, element, notRecorded, section } from "../elements";
import { table, type Column } from "../table";
import { bytes, cpuScale, kMissing, plural, processors, rate } from "../units";
import { headed } from "./contents";
import { caseColumns, startsBlock } from "./headline";

const useOf = (item: Case, side: string): Use | undefined => item.resources.find((use) => use.side === side);

function useColumns(group: CaseGroup): Column<Case>[] {
  const sides = [...new Set(group.cases.flatMap((item) => item.resources.map((use) => use.side)))];
  const figure = (side: string, unit: string, show: (use: Use) => string): Column<Case> => ({
    head: side, unit, number: true,
    cell: (item) => { const use = useOf(item, side); return use ? show(use) : kMissing; },
    raw: (item) => { const use = useOf(item, side); return use?.trials ? `known of ${plural(use.trials, "trial")}` : undefined; },
  });
  // Side by side what is to be compared: all processors, then all memory, then all switches.
  const programs = sides.filter((side) => side !== kMachine);
  const publishing = programs.filter((side) => group.cases.some((item) => (useOf(item, side)?.syscalls_per_s ?? null) !== null));
  return [
    ...sides.map((side) => figure(side, "processors", (use) => processors(use.processors))),
    ...programs.map((side) => figure(side, "memory", (use) => bytes(use.resident_max_bytes))),
    ...programs.map((side) => figure(side, "waits", (use) => rate(use.voluntary_switches_per_s))),
    ...programs.map((side) => figure(side, "preempted", (use) => rate(use.involuntary_switches_per_s))),
    ...publishing.map((side) => figure(side, "system calls", (use) => rate(use.syscalls_per_s))),
    ...sides.filter((side) => side === kMachine).flatMap((side) => [
      figure(side, "stolen, processors", (use) => processors(use.steal_processors)),
      figure(side, "throttled, processors", (use) => processors(use.throttled_processors)),
    ]),
  ];
}

function costTable(group: CaseGroup): HTMLElement {
  const summaries = group.cases.map((item) => item.summary);
  const target = cpuScale(summaries.map((summary) => summary.target_cpu_us_per_request));
  const load = cpuScale(summaries.map((summary) => summary.load_cpu_us_per_request));
  const used = useColumns(group);
  const columns: Column<Case>[] = [
    ...caseColumns(group),
    { head: "target", unit: "µs/request", number: true, cell: (item) => target.show(item.summary.target_cpu_us_per_request) },
    { head: "load", unit: "µs/request", number: true, cell: (item) => load.show(item.summary.load_cpu_us_per_request) },
    ...used,
  ];
  const words = used.length > 0 ? "CPU time, memory and context switches" : "CPU time";
  return disclosure(`${words} of ${group.title} as numbers`,
    used.length === 0 && element("p", { class: "quiet" }, "What was used beside CPU time was not recorded."),
    table({ caption: `${words} of ${group.title}`, columns, rows: group.cases, newGroup: startsBlock(group) }));
}

// The most of it in any case, and where: noise that no summary may hide.
function mostOf(groups: readonly CaseGroup[], figure: "steal_processors" | "throttled_processors") {
  let most: { value: number; label: string } | undefined;
  for (const group of groups) {
    for (const item of group.cases) {
      const value = useOf(item, kMachine)?.[figure] ?? null;
      if (value !== null && (most === undefined || value > most.value)) most = { value, label: longLabel(item, group, groups) };
    }
  }
  return most;
}

function noise(groups: readonly CaseGroup[]): HTMLElement {
  const told = (figure: "steal_processors" | "throttled_processors", none: string, some: string, unknown: string): string => {
    const most = mostOf(groups, figure);
    if (most === undefined) return unknown;
    return most.value === 0 ? none : `${some} up to ${processors(most.value)} of a processor (${most.label}).`;
  };
  return element("p", { class: "quiet noise" }, [
    told("steal_processors", "The kernel reports no steal.", "The hypervisor stole", "What a hypervisor stole was not recorded."),
    told("throttled_processors", "The kernel reports no throttling.", "The control group was throttled for", "Throttling was not recorded."),
  ].join(" "));
}

export function cost(groups: readonly CaseGroup[]): HTMLElement {
  const measured = groups.filter((group) => group.cases.some(({ summary, resources }) =>
    summary.target_cpu_us_per_request !== null || summary.load_cpu_us_per_request !== null || resources.some((use) => use.processors !== null)));
  const title = "CPU time, memory and context switches";
  if (measured.length === 0) return section("cost", title, null, notRecorded("CPU time"));
  return section("cost", title,
    element("div", { class: "controls" },
      element("p", { class: "lead key" },
        element("span", {}, element("span", { class: "mark target" }), "target"),
        element("span", {}, element("span", { class: "mark load" }), "load generator"))),
    noise(measured),
    ...measured.map((group) => element("div", { class: "group", id: `cost-${group.anchor}` },
      groups.length > 1 && headed(group, "cost", false),
      cpuChart(group, group.title).element, costTable(group))));
}
