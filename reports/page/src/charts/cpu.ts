// CPU time that one request costs on each side: the target's explains throughput, the load generator's is its price.
import type { CaseGroup } from "../cases";
import { shortLabel } from "../cases";
import type { Palette } from "../theme";
import { kMissing, significant, tick } from "../units";
import { base, chart, tooltip, type Chart, type Drawing } from "./chart";
import { rows, scaleBelow, tooltipOfRow } from "./rows";

const kRowHeight = 28;
const kBarHeight = 8;

const micros = (value: number | null): string => (value === null ? kMissing : `${significant(value)}\u202fµs`);

export function drawCpu(group: CaseGroup, width: number, colours: Palette): Drawing {
  const summaries = group.cases.map((item) => item.summary);
  const short = (value: number | null): string => (value === null ? kMissing : significant(value));
  const layout = rows({
    group, width, colours, rowHeight: kRowHeight, valueHead: "target + load, µs",
    value: ({ summary: { target_cpu_us_per_request: target, load_cpu_us_per_request: load } }) =>
      (target === null && load === null ? kMissing : `${short(target)} + ${short(load)}`),
  });
  const bar = (name: string, colour: string, value: (index: number) => number | null) => ({
    type: "bar" as const, name, barWidth: kBarHeight, barGap: "15%",
    itemStyle: { color: colour, borderRadius: [0, 2, 2, 0] },
    data: summaries.map((_, index) => [value(index) ?? 0, layout.row(index)]),
  });
  return {
    height: layout.height,
    option: {
      ...base(colours),
      grid: layout.grid,
      xAxis: scaleBelow("CPU time per request", (value) => (value === 0 ? "0" : tick(micros(value))), colours, layout.narrow),
      yAxis: layout.yAxis,
      tooltip: tooltipOfRow(group, colours, (item) => tooltip(shortLabel(item, group), [
        { name: "target", value: micros(item.summary.target_cpu_us_per_request), colour: colours.target },
        { name: "load generator", value: micros(item.summary.load_cpu_us_per_request), colour: colours.load },
      ])),
      series: [
        layout.rules,
        bar("target", colours.target, (index) => summaries[index]?.target_cpu_us_per_request ?? null),
        bar("load generator", colours.load, (index) => summaries[index]?.load_cpu_us_per_request ?? null),
      ],
    },
  };
}

export function cpuChart(group: CaseGroup, title: string): Chart {
  return chart(
    `CPU time per request of target and load generator for ${group.cases.length} cases of ${title}. The same numbers stand in the table below.`,
    (width, colours) => drawCpu(group, width, colours));
}
