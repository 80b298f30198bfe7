// What charts of lines share: ruled axes, a logarithmic scale of times, a line, the band around it, and the tooltip that
// reads all of them at one place of the x axis.
import type { CustomSeriesOption, LineSeriesOption } from "echarts/charts";
import type { TooltipComponentOption } from "echarts/components";
import type { Palette } from "../theme";
import { duration, tick } from "../units";
import { tooltipOver } from "./chart";

export const kAxisFontSize = 12;
const kRoom = 0.1;  // above and below the times of a logarithmic scale, in decades

export function ruled(colours: Palette) {
  return { axisLine: { show: true, lineStyle: { color: colours.quiet } }, splitLine: { lineStyle: { color: colours.rule } } };
}

// Powers of ten over a wide range, 1-2-5 steps over a narrow one.
function timeTicks(low: number, high: number): number[] {
  const steps = high - low > 2.5 ? [1] : high - low > 0.6 ? [1, 2, 5] : [1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9];
  const ticks: number[] = [];
  for (let decade = Math.floor(low); decade <= Math.ceil(high); ++decade) {
    for (const step of steps) {
      const at = decade + Math.log10(step);
      if (at >= low && at <= high) ticks.push(at);
    }
  }
  return ticks;
}

// Where a time stands on the scale below; a time that is not above zero stands nowhere.
export const logarithm = (time_ns: number | null): number | null => (time_ns === null || time_ns <= 0 ? null : Math.log10(time_ns));

// A scale of the logarithms of these times.
export function timeScale(times_ns: readonly (number | null)[], colours: Palette) {
  const known = times_ns.map(logarithm).filter((time) => time !== null);
  const low = known.length === 0 ? 3 : Math.min(...known) - kRoom;
  const high = known.length === 0 ? 6 : Math.max(...known) + kRoom;
  const customValues = timeTicks(low, high);
  return {
    type: "value" as const, min: low, max: high, ...ruled(colours),
    axisTick: { show: false, customValues },
    axisLabel: {
      color: colours.quiet, fontSize: kAxisFontSize, customValues, hideOverlap: true,
      formatter: (value: number) => tick(duration(10 ** value)),
    },
  };
}

interface LineOptions {
  name: string;
  points: (readonly [x: number, y: number | null])[];  // null leaves a gap
  colour: string;
  symbolSize: LineSeriesOption["symbolSize"];
  axis?: number;
  dashed?: boolean;
}

export function line({ name, points, colour, symbolSize, axis = 0, dashed = false }: LineOptions): LineSeriesOption {
  return {
    type: "line", name, xAxisIndex: axis, yAxisIndex: axis, z: 2, connectNulls: false, data: points.map(([x, y]) => [x, y]),
    symbol: "circle", showAllSymbol: true, ...(symbolSize === undefined ? {} : { symbolSize }),
    lineStyle: { color: colour, width: 2, type: dashed ? "dashed" : "solid" }, itemStyle: { color: colour }, emphasis: { disabled: true },
  };
}

export interface BandPoint { x: number; low: number; high: number }

// Below its line, and silent: the line is what is read. One item draws all of it; that item is as high as the band, so
// that a scale without a fixed end makes room for it.
export function band(points: readonly BandPoint[], colour: string): CustomSeriesOption {
  const top = Math.max(...points.map(({ high }) => high));
  return {
    type: "custom", silent: true, clip: true, z: 1, tooltip: { show: false }, xAxisIndex: 0, yAxisIndex: 0,
    data: points[0] ? [[points[0].x, top]] : [], encode: { x: 0, y: 1 },
    renderItem: (_params, api) => {
      const at = (x: number, y: number): [number, number] => {
        const [left = 0, top = 0] = api.coord([x, y]);
        return [left, top];
      };
      return {
        type: "polygon",
        shape: { points: [...points.map(({ x, low }) => at(x, low)), ...points.map(({ x, high }) => at(x, high)).reverse()] },
        style: { fill: colour, opacity: 0.16 },
      };
    },
  };
}

export function tooltipAlong(colours: Palette, tell: (x: number) => HTMLElement | undefined): TooltipComponentOption {
  const pointer = { type: "line" as const, snap: true, lineStyle: { color: colours.quiet, type: "dashed" as const } };
  return tooltipOver(colours, pointer, ({ value }) => (Array.isArray(value) ? tell(Number(value[0])) : undefined));
}
