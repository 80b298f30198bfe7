// Response time by percentile, with the cases the reader picks. Lines are expensive to read: eight at first.
import type { CaseGroup } from "../cases";
import { longLabel, parameter } from "../cases";
import { chart } from "../charts/chart";
import { at, drawPercentiles, isDashed, kNamedQuantiles, lineColour, type PercentileLine } from "../charts/percentiles";
import type { Case, Time } from "../document";
import { disclosure, element, notRecorded, section } from "../elements";
import { table, type Column } from "../table";
import { palette } from "../theme";
import { between, duration, kMissing, percent, percentileTime, plural } from "../units";

const kShownAtFirst = 8;
const kScenariosWithAxes = 3;
const kScrolls = 40;

interface Entry { case_: Case; scenario: string; label: string; matches: Map<string, string> }

const leastOf = (time: Time): number => time.ns ?? time.at_least_ns ?? 0;

// Of many cases, those spread evenly from the lowest to the highest p99: the ends are always among them.
export function spread(entries: readonly Entry[], limit: number): Entry[] {
  if (entries.length <= limit) return [...entries];
  const sorted = [...entries].sort((a, b) => leastOf(a.case_.summary.p99) - leastOf(b.case_.summary.p99));
  const picked = new Set<Entry>();
  for (let nth = 0; nth < limit; ++nth) {
    const entry = sorted[Math.round((nth * (sorted.length - 1)) / (limit - 1))];
    if (entry) picked.add(entry);
  }
  return entries.filter((entry) => picked.has(entry));
}

function entriesOf(groups: readonly CaseGroup[]): Entry[] {
  return groups.flatMap((group) => group.cases.filter((item) => item.percentiles.length > 0).map((item) => ({
    case_: item, scenario: group.name, label: longLabel(item, group, groups),
    matches: new Map(group.varying.map((key) => [key, parameter(item, key)])),
  })));
}

// What these cases can be told apart by.
function axesOf(entries: readonly Entry[]): [key: string, values: string[]][] {
  const axes = new Map<string, Set<string>>();
  for (const { matches } of entries) {
    for (const [key, value] of matches) axes.set(key, (axes.get(key) ?? new Set()).add(value));
  }
  return [...axes].map(([key, values]): [string, string[]] => [key, [...values]]).filter(([, values]) => values.length > 1);
}

function percentileTable(entries: readonly Entry[]): HTMLElement {
  const quantiles = kNamedQuantiles.filter((q) => entries.some(({ case_ }) => at(case_.percentiles, q) ?? at(case_.open_ended, q)));
  const columns: Column<Entry>[] = [
    { head: "case", rowHead: true, cell: (entry) => entry.label },
    ...quantiles.map((q): Column<Entry> => ({
      head: `p${percent(q)}`, number: true,
      raw: (entry) => {
        const point = at(entry.case_.percentiles, q);
        const least = at(entry.case_.open_ended, q);
        return point ? `${point.value_ns} ns` : least ? `at least ${least.value_ns} ns` : undefined;
      },
      cell: (entry) => {
        const point = at(entry.case_.percentiles, q);
        const least = at(entry.case_.open_ended, q);
        if (!point) return least ? percentileTime({ ns: null, at_least_ns: least.value_ns }) : kMissing;
        return element("span", {}, duration(point.value_ns), point.low_ns === null || point.high_ns === null ? null
          : element("small", {}, between(duration(point.low_ns), duration(point.high_ns))));
      },
    })),
  ];
  return table({ caption: "Response time by percentile, with low – high over trials", columns, rows: entries });
}

export function latency(groups: readonly CaseGroup[]): HTMLElement {
  const entries = entriesOf(groups);
  const title = "Response time by percentile";
  if (entries.length === 0) return section("latency", title, null, notRecorded("Percentiles"));

  const slots = new Map<Entry, number>();  // a line keeps its colour for as long as it is shown
  let listed: readonly Entry[] = entries;
  const show = (entry: Entry): void => {
    let slot = 0;
    while ([...slots.values()].includes(slot)) ++slot;
    slots.set(entry, slot);
  };
  const lines = (): PercentileLine[] => entries.flatMap((entry) => {
    const slot = slots.get(entry);
    return slot === undefined ? [] : [{ case_: entry.case_, label: entry.label, slot }];
  });

  const legend = element("ul", { class: "legend", "aria-label": "Cases in the chart" });
  const state = element("p", { class: "state", role: "status" });
  const drawn = chart("Response time by percentile on a log-nines axis, with a band over trials. The same numbers stand in the table below.",
    (width, colours) => {
      paint();  // swatches follow the theme together with the lines
      return drawPercentiles(lines(), width, colours);
    });

  function paint(): void {
    const colours = palette();
    for (const item of legend.children) {
      const swatch = item.querySelector<HTMLElement>(".swatch");
      const entry = listed[Number((item as HTMLElement).dataset.index)];
      const slot = entry ? slots.get(entry) : undefined;
      if (!swatch) continue;
      swatch.style.borderTopColor = slot === undefined ? "transparent" : lineColour(slot, colours);
      swatch.style.borderTopStyle = slot !== undefined && isDashed(slot, colours) ? "dashed" : "solid";
    }
    state.textContent = `${slots.size} of ${plural(entries.length, "case")} shown` +
      (listed.length < entries.length ? `, ${listed.length} match the filter` : "") + ".";
  }

  function list(): void {
    legend.replaceChildren(...listed.map((entry, index) => {
      const box = element("input", { type: "checkbox" });
      box.checked = slots.has(entry);
      box.addEventListener("change", () => {
        if (box.checked) show(entry);
        else slots.delete(entry);
        drawn.redraw();
      });
      return element("li", { "data-index": String(index) },
        element("label", { title: entry.label }, box, element("span", { class: "swatch" }), element("span", { class: "name" }, entry.label)));
    }));
  }

  function pick(chosen: readonly Entry[]): void {
    slots.clear();
    for (const entry of chosen) show(entry);
    // The list of many scrolls: what is drawn must be seen without.
    if (listed.length > kScrolls) listed = [...chosen, ...listed.filter((entry) => !slots.has(entry))];
    list();
    paint();
    drawn.redraw();
  }

  const selectOf = (key: string, values: readonly string[], changed: () => void) => {
    const select = element("select", { "data-filter": key }, element("option", { value: "" }, "all"),
      ...values.map((value, index) => element("option", { value: String(index + 1) }, value || "none")));
    select.addEventListener("change", changed);
    const chosen = (): string | undefined => values[Number(select.value) - 1];
    return { key, chosen, label: element("label", {}, element("span", {}, key), select) };
  };

  const scenarios = [...new Set(entries.map((entry) => entry.scenario))];
  const scenario = scenarios.length > 1 ? selectOf("scenario", scenarios, () => { offerAxes(); filter(); }) : undefined;
  const ofScenario = (): Entry[] => {
    const name = scenario?.chosen();
    return name === undefined ? entries : entries.filter((entry) => entry.scenario === name);
  };
  // The axes of many scenarios together would be a wall of filters: they come once one is chosen.
  const axisPlace = element("span", { class: "axes" });
  let axes: ReturnType<typeof selectOf>[] = [];
  function offerAxes(): void {
    const offered = scenarios.length > kScenariosWithAxes && scenario?.chosen() === undefined ? [] : axesOf(ofScenario());
    axes = offered.map(([key, values]) => selectOf(key, values, filter));
    axisPlace.replaceChildren(...axes.map(({ label }) => label));
  }

  function filter(): void {
    listed = ofScenario().filter((entry) => axes.every(({ key, chosen }) => {
      const value = chosen();
      return value === undefined || entry.matches.get(key) === value;
    }));
    pick(spread(listed, kShownAtFirst));
  }

  const button = (words: string, action: () => void) => element("button", { type: "button", onclick: action }, words);
  offerAxes();
  pick(spread(entries, kShownAtFirst));
  return section("latency", title,
    "Response time runs from a request's intended start to the last byte of its response. The band spans the trials, as far as each of them knows its own; a line ends where fewer than ten requests stand above it, or where requests without a whole response leave the rest open (> in the table). "
      + (entries.length > kShownAtFirst ? "At first the cases shown are spread evenly from the lowest to the highest p99." : ""),
    element("div", { class: "picker" },
      element("div", { class: "filters", role: "group", "aria-label": "Filter the cases by parameter" },
        scenario?.label, axisPlace,
        button("Show all listed", () => pick(listed)), button("Show none", () => pick([]))),
      state),
    drawn.element, legend,
    disclosure("Percentiles of every case as numbers", percentileTable(entries)));
}
