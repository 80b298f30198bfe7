// One case second by second: throughput above, response times below, over the same time. A second without enough
// responses for a percentile leaves a gap in its line.
import type { Second } from "../document";
import type { Palette } from "../theme";
import { between, count, duration, rate, tick } from "../units";
import { tooltip, type Drawing } from "./chart";
import { band, line, logarithm, timeScale, type BandPoint } from "./lines";
import { dotSize, middleOf, panelsOver, scaleFromZero, tooltipOfSecond } from "./panels";

interface Colours { rate: string; p50: string; p99: string }

function coloursOf(colours: Palette): Colours {
  const series = (slot: number): string => colours.series[slot] ?? colours.ink;
  return { rate: series(0), p50: series(2), p99: series(1) };
}

function bandOf(seconds: readonly Second[]): BandPoint[] {
  const known = (value: number | null, one: Second): number => value ?? one.throughput_per_s ?? 0;
  return seconds.map((one) => ({ x: middleOf(one.second), low: known(one.low_per_s, one), high: known(one.high_per_s, one) }));
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
  const height = width < 640 ? 150 : 180;
  const frame = panelsOver(end, [
    { name: "throughput", height, scale: scaleFromZero((value) => tick(rate(value)), colours) },
    { name: "response time, logarithmic", height, scale: timeScale(seconds.flatMap((one) => [one.p50_ns, one.p99_ns]), colours) },
  ], colours);
  const course = (name: string, axis: number, colour: string, of: (one: Second) => number | null) => line({
    name, axis, colour, points: seconds.map((one) => [middleOf(one.second), of(one)]), symbolSize: dotSize(seconds.length),
  });
  return {
    height: frame.height,
    option: {
      ...frame.option,
      tooltip: tooltipOfSecond(colours, (second) => {
        const one = seconds.find((candidate) => candidate.second === second);
        return one && reading(one, marks);
      }),
      series: [
        band(bandOf(seconds), marks.rate),
        course("throughput", 0, marks.rate, (one) => one.throughput_per_s),
        course("p50", 1, marks.p50, (one) => logarithm(one.p50_ns)),
        course("p99", 1, marks.p99, (one) => logarithm(one.p99_ns)),
      ],
    },
  };
}
