// Response time by percentile. The x axis counts nines, −log10(1 − q), so that 99, 99.9 and 99.99 get equal room and a
// tail cannot hide at the edge; the y axis is logarithmic. The band spans the trials of the case.
import type { Case, Percentile } from "../document";
import type { Palette } from "../theme";
import { between, duration, kMissing, percent } from "../units";
import { base, tooltip, type Drawing } from "./chart";
import { band, kAxisFontSize, line, logarithm, ruled, timeScale, tooltipAlong, type BandPoint } from "./lines";

export interface PercentileLine { case_: Case; label: string; slot: number }

export const kNamedQuantiles = [0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999, 0.99999, 0.999999];
const kAxisQuantiles = [0, 0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999, 0.999999];

export const nines = (q: number): number => -Math.log10(1 - q);
const isAt = (x: number, q: number): boolean => Math.abs(x - nines(q)) < 1e-6;
export const isQuantile = (a: number, b: number): boolean => isAt(nines(a), b);

export function at(points: readonly Percentile[], q: number): Percentile | undefined {
  return points.find((point) => isQuantile(point.q, q));
}

function bandOf(points: readonly Percentile[]): BandPoint[] {
  const height = (time_ns: number): number => Math.log10(Math.max(1, time_ns));
  return points.flatMap(({ q, low_ns, high_ns }) =>
    (low_ns === null || high_ns === null ? [] : [{ x: nines(q), low: height(low_ns), high: height(high_ns) }]));
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
  const right = Math.max(1, ...points.map((point) => nines(point.q)));
  const left = Math.min(nines(0.5), ...points.map((point) => nines(point.q)));
  const quantiles = kAxisQuantiles.filter((q) => nines(q) >= left - 1e-9 && nines(q) <= right + 1e-9);
  const quiet = { color: colours.quiet, fontSize: kAxisFontSize };
  return {
    height: width < 640 ? 320 : 420,
    option: {
      ...base(colours),
      grid: { left: 62, right: 24, top: 14, bottom: 50, outerBoundsMode: "none" },
      xAxis: {
        ...ruled(colours), type: "value", min: left, max: right, name: "percentile", nameLocation: "middle", nameGap: 30, nameTextStyle: quiet,
        axisTick: { show: true, customValues: quantiles.map(nines), lineStyle: { color: colours.quiet } },
        axisLabel: {
          ...quiet, customValues: quantiles.map(nines), hideOverlap: true,
          formatter: (value: number) => percent(1 - 10 ** -value),
        },
      },
      yAxis: timeScale(points.flatMap((point) => [point.value_ns, point.low_ns, point.high_ns]), colours),
      tooltip: tooltipAlong(colours, (x) => {
        const q = points.find((point) => isAt(x, point.q))?.q;
        return q === undefined ? undefined : tooltip(`${percent(q)}th percentile`, readings(q, lines, colours), "Band over trials in brackets.");
      }),
      series: lines.flatMap(({ case_, label, slot }) => {
        const colour = lineColour(slot, colours);
        return [
          band(bandOf(case_.percentiles), colour),
          line({
            name: label, colour, dashed: isDashed(slot, colours),
            points: case_.percentiles.map((point) => [nines(point.q), logarithm(point.value_ns)]),
            symbolSize: (value: unknown) => (Array.isArray(value) && kNamedQuantiles.some((q) => isAt(Number(value[0]), q)) ? 5 : 0),
          }),
        ];
      }),
    },
  };
}
