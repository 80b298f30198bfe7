// Throughput of the cases of one scenario: a bar for the case, a whisker from its low to its high, a dot for every trial.
// Nothing is summed up out of sight: a trial that the summary leaves out is still drawn, hollow.
// A logarithmic scale has no zero to draw a bar from: there the case is an upright mark, and small cases become legible.
import type { CustomSeriesRenderItem } from "echarts/types/dist/shared";
import type { CaseGroup } from "../cases";
import { shortLabel } from "../cases";
import type { Trial } from "../document";
import { between, rate, tick } from "../units";
import { base, chart, tooltip, type Chart, type Drawing } from "./chart";
import type { Palette } from "../theme";
import { rows, scaleBelow, tooltipOfRow } from "./rows";

const kRowHeight = 26;
const kBarHeight = 14;
const kDotSize = 7;

export function counted(trial: Trial): boolean {
  return !trial.excluded_from_summary && (trial.state === "ok" || trial.state === "");
}

const whisker = (colour: string): CustomSeriesRenderItem => (_params, api) => {
  const low = api.coord([api.value(0), api.value(2)]);
  const high = api.coord([api.value(1), api.value(2)]);
  const [x1, x2, y] = [low[0] ?? 0, high[0] ?? 0, low[1] ?? 0];
  const style = { stroke: colour, lineWidth: 1.5 };
  const line = (from: [number, number], to: [number, number]) => ({
    type: "line" as const, style, shape: { x1: from[0], y1: from[1], x2: to[0], y2: to[1] },
  });
  return {
    type: "group",
    children: [line([x1, y], [x2, y]), line([x1, y - 5], [x1, y + 5]), line([x2, y - 5], [x2, y + 5])],
  };
};

// Trials of about the same throughput would hide each other: they take turns above and below the middle of the bar.
function lane(index: number, total: number): number {
  if (total < 2) return 0;
  const lanes = Math.min(total, 3);
  return ((index % lanes) / (lanes - 1) - 0.5) * (kBarHeight - kDotSize + 4);
}

export function drawThroughput(group: CaseGroup, width: number, colours: Palette, logarithmic: boolean): Drawing {
  const layout = rows({
    group, width, colours, rowHeight: kRowHeight, valueHead: "throughput",
    value: (item) => rate(item.summary.throughput_per_s),
  });
  const drawable = (value: number | null): value is number => value !== null && (!logarithmic || value > 0);
  const cases = group.cases.map((item, index) => {
    const value = item.summary.throughput_per_s;
    return [drawable(value) ? value : logarithmic ? "-" : 0, layout.row(index)];
  });
  const whiskers = group.cases.flatMap((item, index) => {
    const { throughput_low_per_s: low, throughput_high_per_s: high } = item.summary;
    return drawable(low) && drawable(high) ? [[low, high, layout.row(index)]] : [];
  });
  const dots = group.cases.flatMap((item, index) => item.trials.flatMap((trial, nth) => {
    if (!drawable(trial.throughput_per_s)) return [];
    const tint = trial.verdict === "SUSPECT" ? colours.caution : counted(trial) ? colours.dot : colours.bad;
    return [{
      value: [trial.throughput_per_s, layout.row(index)],
      ...(trial.verdict === "SUSPECT" ? { symbol: "diamond", symbolSize: kDotSize + 3 } : {}),
      symbolOffset: [0, lane(nth, item.trials.length)] as [number, number],
      itemStyle: counted(trial)
        ? { color: tint, opacity: 1, borderColor: colours.surface, borderWidth: 1 }
        : { color: colours.surface, opacity: 1, borderColor: tint, borderWidth: 1.5 },
    }];
  }));
  return {
    height: layout.height,
    option: {
      ...base(colours),
      grid: layout.grid,
      xAxis: scaleBelow("correct responses per second", (value) => (value === 0 ? "0" : tick(rate(value))), colours, layout.narrow, logarithmic),
      yAxis: layout.yAxis,
      tooltip: tooltipOfRow(group, colours, (item) => tooltip(shortLabel(item, group), [
        { name: "case", value: rate(item.summary.throughput_per_s), colour: colours.bar },
        { name: "low – high", value: between(rate(item.summary.throughput_low_per_s), rate(item.summary.throughput_high_per_s)) },
        ...item.trials.map((trial, nth) => ({
          name: `trial ${nth + 1}`,
          value: `${rate(trial.throughput_per_s)}${trial.verdict === "VALID" ? "" : `  ${trial.verdict || trial.state}`}`,
        })),
      ])),
      series: [
        layout.rules,
        logarithmic
          ? { type: "scatter", data: cases, symbol: "rect", symbolSize: [3, kBarHeight], silent: true, itemStyle: { color: colours.whisker, opacity: 1 }, z: 2 }
          : { type: "bar", data: cases, barWidth: kBarHeight, itemStyle: { color: colours.bar, borderRadius: [0, 2, 2, 0] }, z: 2 },
        { type: "custom", data: whiskers, encode: { x: [0, 1], y: 2 }, renderItem: whisker(colours.whisker), silent: true, z: 3 },
        { type: "scatter", data: dots, symbol: "circle", symbolSize: kDotSize, silent: true, z: 4 },
      ],
    },
  };
}

export function throughputChart(group: CaseGroup, title: string, logarithmic: () => boolean): Chart {
  return chart(
    `Throughput of ${group.cases.length} cases of ${title}: bars with a dot per trial. The same numbers stand in the table below.`,
    (width, colours) => drawThroughput(group, width, colours, logarithmic()));
}
