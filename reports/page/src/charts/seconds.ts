// One case second by second: throughput above, response times below, over the same time. A second without enough
// responses for a percentile leaves a gap in its line.
import type { CustomSeriesRenderItem } from "echarts/types/dist/shared";
import type { Second } from "../document";
import type { Palette } from "../theme";
import { between, count, duration, rate, tick } from "../units";
import { base, tooltip, type Drawing } from "./chart";
import { timeTicks } from "./percentiles";

const kHead = 34;  // room for the name of the upper axis, in pixels
const kMiddle = 0.5;  // a second's figures stand in its middle

interface Colours { rate: string; p50: string; p99: string }

function coloursOf(colours: Palette): Colours {
  const series = (slot: number): string => colours.series[slot] ?? colours.ink;
  return { rate: series(0), p50: series(2), p99: series(1) };
}

function band(seconds: readonly Second[], colour: string): CustomSeriesRenderItem {
  return (_params, api) => {
    const edge = (bound: (of: Second) => number | null) => seconds.map((one) => {
      const [x = 0, y = 0] = api.coord([one.second + kMiddle, bound(one) ?? one.throughput_per_s ?? 0]);
      return [x, y];
    });
    return {
      type: "polygon",
      shape: { points: [...edge((one) => one.low_per_s), ...edge((one) => one.high_per_s).reverse()] },
      style: { fill: colour, opacity: 0.16 },
    };
  };
}

function reading(one: Second, marks: Colours): HTMLElement {
  const over = one.low_per_s === null || one.high_per_s === null || one.low_per_s === one.high_per_s ? ""
    : `  (${between(rate(one.low_per_s), rate(one.high_per_s))})`;
  return tooltip(`second ${one.second + 1}`, [
    { name: "throughput", value: rate(one.throughput_per_s) + over, colour: marks.rate },
    { name: "p50", value: duration(one.p50_ns), colour: marks.p50 },
    { name: "p99", value: duration(one.p99_ns), colour: marks.p99 },
    { name: "not as expected", value: count(one.bad) },
    { name: "without a response", value: count(one.lost) },
  ]);
}

// `end`: of the time that is shown, in seconds.
export function drawSeconds(seconds: readonly Second[], end: number, width: number, colours: Palette): Drawing {
  const marks = coloursOf(colours);
  const narrow = width < 640;
  const times = seconds.flatMap((one) => [one.p50_ns, one.p99_ns]).filter((time): time is number => time !== null && time > 0)
    .map(Math.log10);
  const low = times.length === 0 ? 3 : Math.min(...times) - 0.1;
  const high = times.length === 0 ? 6 : Math.max(...times) + 0.1;
  const upper = narrow ? 150 : 180;
  const lower = narrow ? 150 : 180;
  const gap = 44;
  const side = { left: 66, right: 24, outerBoundsMode: "none" as const };
  const quiet = { color: colours.quiet, fontSize: 12 };
  const time = (gridIndex: number, named: boolean) => ({
    type: "value" as const, gridIndex, min: 0, max: end, minInterval: 1,
    name: named ? "seconds from the start of the window" : "", nameLocation: "middle" as const, nameGap: 30, nameTextStyle: quiet,
    axisLabel: { ...quiet, show: named, hideOverlap: true }, axisTick: { show: named, lineStyle: { color: colours.quiet } },
    axisLine: { show: true, lineStyle: { color: colours.quiet } }, splitLine: { lineStyle: { color: colours.rule } },
  });
  const value = (gridIndex: number) => ({
    type: "value" as const, gridIndex, nameLocation: "end" as const, nameGap: 14, nameTextStyle: { ...quiet, align: "left" as const, padding: [0, 0, 0, -58] },
    axisLine: { show: true, lineStyle: { color: colours.quiet } }, splitLine: { lineStyle: { color: colours.rule } },
  });
  const line = (name: string, axis: number, colour: string, of: (one: Second) => number | null) => ({
    type: "line" as const, name, xAxisIndex: axis, yAxisIndex: axis, z: 2, connectNulls: false,
    data: seconds.map((one) => [one.second + kMiddle, of(one)]),
    symbol: "circle", symbolSize: seconds.length > 60 ? 0 : 5, showAllSymbol: true,
    lineStyle: { color: colour, width: 2 }, itemStyle: { color: colour }, emphasis: { disabled: true },
  });
  const logarithm = (time_ns: number | null) => (time_ns === null || time_ns <= 0 ? null : Math.log10(time_ns));
  return {
    height: kHead + upper + gap + lower + 50,
    option: {
      ...base(colours),
      grid: [{ ...side, top: kHead, height: upper }, { ...side, top: kHead + upper + gap, height: lower }],
      axisPointer: { link: [{ xAxisIndex: "all" }] },
      xAxis: [time(0, false), time(1, true)],
      yAxis: [
        { ...value(0), name: "throughput", min: 0, axisLabel: { ...quiet, formatter: (shown: number) => (shown === 0 ? "0" : tick(rate(shown))) } },
        {
          ...value(1), name: "response time, logarithmic", min: low, max: high,
          axisTick: { show: false, customValues: timeTicks(low, high) },
          axisLabel: { ...quiet, customValues: timeTicks(low, high), hideOverlap: true, formatter: (shown: number) => tick(duration(10 ** shown)) },
        },
      ],
      tooltip: {
        ...base(colours).tooltip,
        trigger: "axis",
        axisPointer: { type: "line", snap: true, lineStyle: { color: colours.quiet, type: "dashed" } },
        formatter: (params: unknown) => {
          const first = (Array.isArray(params) ? params[0] : params) as { value?: unknown } | undefined;
          const at = Array.isArray(first?.value) ? Number(first.value[0]) - kMiddle : Number.NaN;
          const one = seconds.find((candidate) => candidate.second === at);
          return one ? reading(one, marks) : "";
        },
      },
      series: [
        {
          type: "custom" as const, silent: true, clip: true, z: 1, tooltip: { show: false }, xAxisIndex: 0, yAxisIndex: 0,
          data: [[seconds[0] ? seconds[0].second + kMiddle : 0, seconds[0]?.throughput_per_s ?? 0]], encode: { x: 0, y: 1 },
          renderItem: band(seconds, marks.rate),
        },
        line("throughput", 0, marks.rate, (one) => one.throughput_per_s),
        line("p50", 1, marks.p50, (one) => logarithm(one.p50_ns)),
        line("p99", 1, marks.p99, (one) => logarithm(one.p99_ns)),
      ],
    },
  };
}

