// CPU time per request of target and load generator, per scenario.
import type { CaseGroup } from "../cases";
import { cpuChart } from "../charts/cpu";
import type { Case } from "../document";
import { disclosure, element, notRecorded, section } from "../elements";
import { table, type Column } from "../table";
import { cpuScale } from "../units";
import { caseColumns, startsBlock } from "./headline";

function costTable(group: CaseGroup, title: string): HTMLElement {
  const summaries = group.cases.map((item) => item.summary);
  const target = cpuScale(summaries.map((summary) => summary.target_cpu_us_per_request));
  const load = cpuScale(summaries.map((summary) => summary.load_cpu_us_per_request));
  const columns: Column<Case>[] = [
    ...caseColumns(group),
    { head: "target", unit: "µs/request", number: true, cell: (item) => target.show(item.summary.target_cpu_us_per_request) },
    { head: "load generator", unit: "µs/request", number: true, cell: (item) => load.show(item.summary.load_cpu_us_per_request) },
  ];
  return disclosure(`CPU time of ${title} as numbers`,
    table({ caption: `CPU time per request of ${title}`, columns, rows: group.cases, newGroup: startsBlock(group) }));
}

export function cost(groups: readonly CaseGroup[]): HTMLElement {
  const measured = groups.filter((group) => group.cases.some(({ summary }) =>
    summary.target_cpu_us_per_request !== null || summary.load_cpu_us_per_request !== null));
  const title = "CPU time per request";
  if (measured.length === 0) return section("cost", title, null, notRecorded("CPU time"));
  return section("cost", title,
    element("p", { class: "lead key" },
      element("span", {}, element("span", { class: "mark target" }), "target"),
      element("span", {}, element("span", { class: "mark load" }), "load generator")),
    ...measured.map((group) => {
      const name = group.scenario?.title || group.name || "the scenario";
      return element("div", { class: "group" }, groups.length > 1 && element("h3", {}, name),
        cpuChart(group, name).element, costTable(group, name));
    }));
}
