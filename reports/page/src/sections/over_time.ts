// The windows second by second, one case at a time: was it steady, and when did it break?
import { shortLabel, type CaseGroup } from "../cases";
import { chart } from "../charts/chart";
import { drawSeconds } from "../charts/seconds";
import type { Case, Second } from "../document";
import { disclosure, element, notRecorded, section } from "../elements";
import { table, type Column } from "../table";
import { count, duration, rateScale } from "../units";

const kFewestSeconds = 2;

interface Entry { case_: Case; label: string }

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
    { head: "low – high", unit: scale.unit, number: true, cell: (one) => `${scale.show(one.low_per_s)} – ${scale.show(one.high_per_s)}` },
    { head: "p50", number: true, cell: (one) => duration(one.p50_ns) },
    { head: "p99", number: true, cell: (one) => duration(one.p99_ns) },
    { head: "not as expected", number: true, cell: (one) => count(one.bad) },
    { head: "without a response", number: true, cell: (one) => count(one.lost) },
  ];
  return table({ caption: `Seconds of ${entry.label}`, columns, rows: seconds });
}

export function overTime(groups: readonly CaseGroup[]): HTMLElement {
  const title = "Over time";
  const recorded = groups.flatMap((group) => group.cases.map((case_): Entry => ({
    case_, label: groups.length > 1 ? `${group.name}: ${shortLabel(case_, group)}` : shortLabel(case_, group),
  }))).filter(({ case_ }) => case_.seconds.length > 0);
  if (recorded.length === 0) return section("over-time", title, null, notRecorded("Seconds"));
  const entries = recorded.filter(({ case_ }) => case_.seconds.length >= kFewestSeconds);
  const first = entries[0];
  if (first === undefined) {
    return section("over-time", title, null,
      element("p", { class: "quiet" }, "The windows were too short: a course shows from two seconds on."));
  }
  let shown = entries.reduce((worst, entry) => (unrest(entry) > unrest(worst) ? entry : worst), first);
  const drawn = chart("Throughput and response time of one case for each second of its windows. The same numbers stand in the table below.",
    (width, colours) => drawSeconds(shown.case_.seconds, width, colours));
  const numbers = element("div");
  const show = (entry: Entry): void => {
    shown = entry;
    numbers.replaceChildren(secondsTable(entry));
    drawn.redraw();
  };
  const select = element("select", {},
    ...entries.map((entry, index) => element("option", { value: String(index), selected: entry === shown }, entry.label)));
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
    drawn.element,
    disclosure("Seconds as numbers", numbers));
}
