// What both sides, services and the machine used second by second: processors, memory, context switches, one under the
// other over the same time as throughput above. A second that was not sampled leaves a gap.
import type { Use, UseFigures } from "../document";
import type { Palette } from "../theme";
import { bytes, processors, rate, tick } from "../units";
import { base, tooltip, type Drawing, type Reading } from "./chart";

export const kMachine = "machine";
const kSides = ["target", "load"];
const kHead = 34;
const kPanel = 130;
const kGap = 46;
const kMiddle = 0.5;

export type Figure = keyof UseFigures;

interface Panel { name: string; format(value: number): string; lines: Line[] }
export interface Line { name: string; side: string; figure: Figure; colour: string; dashed: boolean }

// Names of the style sheet's colours: sides have theirs everywhere on the page, services take those that are left.
function colourOf(side: string, services: readonly string[]): string {
  if (side === "target") return "target";
  if (side === "load") return "load";
  return side === kMachine ? "quiet" : `series-${(services.indexOf(side) % 6) + 3}`;
}

// Figures that some second knows.
function isKnown(use: Use, figure: Figure): boolean {
  return use.seconds.some((one) => one[figure] !== null);
}

export function panelsOf(uses: readonly Use[]): Panel[] {
  const services = uses.map((use) => use.side).filter((side) => side !== kMachine && !kSides.includes(side));
  const lines = (figure: Figure, words: (side: string) => string, dashed = false, colour?: string): Line[] =>
    uses.filter((use) => isKnown(use, figure)).map(({ side }) =>
      ({ name: words(side), side, figure, colour: colour ?? colourOf(side, services), dashed }));
  const panels: Panel[] = [
    {
      name: "processors busy", format: processors,
      lines: [
        ...lines("processors", (side) => (side === kMachine ? "whole machine" : side)),
        ...lines("steal_processors", () => "stolen by the hypervisor", false, "bad"),
        ...lines("throttled_processors", () => "throttled", true, "caution"),
      ],
    },
    { name: "resident memory", format: bytes, lines: lines("resident_max_bytes", (side) => side) },
    {
      name: "context switches", format: rate,
      lines: [
        ...lines("voluntary_switches_per_s", (side) => `${side} waits`),
        ...lines("involuntary_switches_per_s", (side) => `${side} preempted`, true),
      ],
    },
  ];
  return panels.filter((panel) => panel.lines.length > 0);
}

function readings(uses: readonly Use[], panels: readonly Panel[], second: number, colours: Palette): Reading[] {
  return panels.flatMap((panel) => panel.lines.flatMap(({ name, side, figure, colour }): Reading[] => {
    const value = uses.find((use) => use.side === side)?.seconds.find((one) => one.second === second)?.[figure];
    if (value === null || value === undefined) return [];
    return [{ name: figure === "resident_max_bytes" ? `${name}, memory` : name, value: panel.format(value), colour: colours.named(colour) }];
  }));
}

export function drawResources(uses: readonly Use[], end: number, width: number, colours: Palette): Drawing {
  const panels = panelsOf(uses);
  const side = { left: 66, right: 24, outerBoundsMode: "none" as const };
  const quiet = { color: colours.quiet, fontSize: 12 };
  const seconds = Array.from({ length: end }, (_, second) => second);
  const last = panels.length - 1;
  const top = (nth: number): number => kHead + nth * (kPanel + kGap);
  return {
    height: top(last) + kPanel + 50,
    option: {
      ...base(colours),
      grid: panels.map((_, nth) => ({ ...side, top: top(nth), height: kPanel })),
      axisPointer: { link: [{ xAxisIndex: "all" }] },
      xAxis: panels.map((_, nth) => ({
        type: "value" as const, gridIndex: nth, min: 0, max: end, minInterval: 1,
        name: nth === last ? "seconds from the start of the window" : "", nameLocation: "middle" as const, nameGap: 30, nameTextStyle: quiet,
        axisLabel: { ...quiet, show: nth === last, hideOverlap: true }, axisTick: { show: nth === last, lineStyle: { color: colours.quiet } },
        axisLine: { show: true, lineStyle: { color: colours.quiet } }, splitLine: { lineStyle: { color: colours.rule } },
      })),
      yAxis: panels.map((panel, nth) => ({
        type: "value" as const, gridIndex: nth, min: 0, name: panel.name, nameLocation: "end" as const, nameGap: 14, splitNumber: width < 640 ? 3 : 4,
        nameTextStyle: { ...quiet, align: "left" as const, padding: [0, 0, 0, -58] },
        axisLabel: { ...quiet, formatter: (value: number) => (value === 0 ? "0" : tick(panel.format(value))) },
        axisLine: { show: true, lineStyle: { color: colours.quiet } }, splitLine: { lineStyle: { color: colours.rule } },
      })),
      tooltip: {
        ...base(colours).tooltip,
        trigger: "axis",
        axisPointer: { type: "line", snap: true, lineStyle: { color: colours.quiet, type: "dashed" } },
        formatter: (params: unknown) => {
          const first = (Array.isArray(params) ? params[0] : params) as { value?: unknown } | undefined;
          const second = Array.isArray(first?.value) ? Number(first.value[0]) - kMiddle : Number.NaN;
          return Number.isInteger(second) ? tooltip(`second ${second + 1}`, readings(uses, panels, second, colours)) : "";
        },
      },
      series: panels.flatMap((panel, nth) => panel.lines.map((line) => {
        const colour = colours.named(line.colour);
        const known = new Map(uses.find((use) => use.side === line.side)?.seconds.map((one) => [one.second, one[line.figure]]));
        return {
          type: "line" as const, name: line.name, xAxisIndex: nth, yAxisIndex: nth, connectNulls: false,
          data: seconds.map((second) => [second + kMiddle, known.get(second) ?? null]),
          symbol: "circle", symbolSize: end > 60 ? 0 : 5, showAllSymbol: true,
          lineStyle: { color: colour, width: 2, type: line.dashed ? "dashed" as const : "solid" as const },
          itemStyle: { color: colour }, emphasis: { disabled: true },
        };
      })),
    },
  };
}
