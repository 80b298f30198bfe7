// Response time by percentile. The x axis counts nines, −log10(1 − q), so that 99, 99.9 and 99.99 get equal room and a
// tail cannot hide at the edge; the y axis is logarithmic. The band spans the trials of the case.
import type { CustomSeriesRenderItem } from "echarts/types/dist/shared";
import type { Case, Percentile } from "../document";
import type { Palette } from "../theme";
import { between, duration, kMissing, percent, tick } from "../units";
import { base, tooltip, type Drawing } from "./chart";

export interface PercentileLine { case_: Case; label: string; slot: number }

export const kNamedQuantiles = [0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999, 0.99999, 0.999999];
const kAxisQuantiles = [0, 0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999, 0.999999];

export const nines = (q: number): number => -Math.log10(1 - q);
export const isQuantile = (a: number, b: number): boolean => Math.abs(nines(a) - nines(b)) < 1e-6;

export function at(points: readonly Percentile[], q: number): Percentile | undefined {
  return points.find((point) => isQuantile(point.q, q));
}

// Powers of ten over a wide range, 1-2-5 steps over a narrow one.
export function timeTicks(low: number, high: number): number[] {
  const steps = high - low > 2.5 ? [1] : high - low > 0.6 ? [1, 2, 5] : [1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9];
  const ticks: number[] = [];
  for (let decade = Math.floor(low); decade <= Math.ceil(high); ++decade) {
    for (const step of steps) {
      const tick = decade + Math.log10(step);
      if (tick >= low && tick <= high) ticks.push(tick);
    }
  }
  return ticks;
}

function bandOver(points: readonly Percentile[], colour: string): CustomSeriesRenderItem {
  return (_params, api) => {
    const edge = (bound: (point: Percentile) => number | null) => points.map((point) => {
      const [x = 0, y = 0] = api.coord([nines(point.q), Math.log10(Math.max(1, bound(point) ?? point.value_ns))]);
      return [x, y];
    });
    return {
      type: "polygon",
      shape: { points: [...edge((point) => point.low_ns), ...edge((point) => point.high_ns).reverse()] },
      style: { fill: colour, opacity: 0.16 },
    };
  };
}

export function lineColour(slot: number, colours: Palette): string {
  return colours.series[slot % colours.series.length] ?? colours.ink;
}

// Eight colours; a ninth line takes the first again, dashed.
export function isDashed(slot: number, colours: Palette): boolean {
  return Math.floor(slot / colours.series.length) % 2 === 1;
}

function readings(q: number, lines: readonly PercentileLine[], colours: Palette) {
  return lines.flatMap(({ case_, label, slot }) => {
    const point = at(case_.percentiles, q);
    if (!point) return [];
    const band = point.low_ns === null || point.high_ns === null ? kMissing
      : between(duration(point.low_ns), duration(point.high_ns));
    return [{ size: point.value_ns, name: label, value: `${duration(point.value_ns)}  (${band})`, colour: lineColour(slot, colours) }];
  }).sort((a, b) => b.size - a.size);
}

export function drawPercentiles(lines: readonly PercentileLine[], width: number, colours: Palette): Drawing {
  const points = lines.flatMap((line) => line.case_.percentiles);
  const times = points.flatMap((point) => [point.value_ns, point.low_ns ?? point.value_ns, point.high_ns ?? point.value_ns])
    .filter((time) => time > 0).map(Math.log10);
  const low = times.length === 0 ? 3 : Math.min(...times) - 0.08;
  const high = times.length === 0 ? 6 : Math.max(...times) + 0.08;
  const right = Math.max(1, ...points.map((point) => nines(point.q)));
  const left = Math.min(nines(0.5), ...points.map((point) => nines(point.q)));
  const quantiles = kAxisQuantiles.filter((q) => nines(q) >= left - 1e-9 && nines(q) <= right + 1e-9);
  const narrow = width < 640;
  return {
    height: narrow ? 320 : 420,
    option: {
      ...base(colours),
      grid: { left: 62, right: 24, top: 14, bottom: 50, outerBoundsMode: "none" },
      xAxis: {
        type: "value", min: left, max: right, name: "percentile", nameLocation: "middle", nameGap: 30,
        nameTextStyle: { color: colours.quiet, fontSize: 12 },
        axisTick: { show: true, customValues: quantiles.map(nines), lineStyle: { color: colours.quiet } },
        axisLabel: {
          color: colours.quiet, fontSize: 12, customValues: quantiles.map(nines), hideOverlap: true,
          formatter: (value: number) => percent(1 - 10 ** -value),
        },
        axisLine: { show: true, lineStyle: { color: colours.quiet } },
        splitLine: { lineStyle: { color: colours.rule } },
      },
      yAxis: {
        type: "value", min: low, max: high,
        axisTick: { show: false, customValues: timeTicks(low, high) },
        axisLabel: {
          color: colours.quiet, fontSize: 12, customValues: timeTicks(low, high), hideOverlap: true,
          formatter: (value: number) => tick(duration(10 ** value)),
        },
        axisLine: { show: true, lineStyle: { color: colours.quiet } },
        splitLine: { lineStyle: { color: colours.rule } },
      },
      tooltip: {
        ...base(colours).tooltip,
        trigger: "axis",
        axisPointer: { type: "line", snap: true, lineStyle: { color: colours.quiet, type: "dashed" } },
        formatter: (params: unknown) => {
          const first = (Array.isArray(params) ? params[0] : params) as { value?: unknown } | undefined;
          const x = Array.isArray(first?.value) ? Number(first.value[0]) : Number.NaN;
          const q = points.find((point) => Math.abs(nines(point.q) - x) < 1e-6)?.q;
          return q === undefined ? "" : tooltip(`${percent(q)}th percentile`, readings(q, lines, colours), "Band over trials in brackets.");
        },
      },
      series: lines.flatMap(({ case_, label, slot }) => {
        const colour = lineColour(slot, colours);
        const start = case_.percentiles[0];
        if (!start) return [];
        return [
          {
            type: "custom" as const, silent: true, clip: true, z: 1, tooltip: { show: false },
            data: [[nines(start.q), Math.log10(start.value_ns)]], encode: { x: 0, y: 1 },
            renderItem: bandOver(case_.percentiles, colour),
          },
          {
            type: "line" as const, name: label, z: 2,
            data: case_.percentiles.map((point) => [nines(point.q), Math.log10(point.value_ns)]),
            symbol: "circle", showAllSymbol: true,
            symbolSize: (value: unknown) =>
              Array.isArray(value) && kNamedQuantiles.some((q) => Math.abs(nines(q) - Number(value[0])) < 1e-6) ? 5 : 0,
            lineStyle: { color: colour, width: 2, type: isDashed(slot, colours) ? "dashed" as const : "solid" as const },
            itemStyle: { color: colour },
            emphasis: { disabled: true },
          },
        ];
      }),
    },
  };
}
