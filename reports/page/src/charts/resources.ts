// What both sides, services and the machine used second by second: processors, memory, context switches, system calls,
// one under the other over the same time as throughput above. A second that was not sampled leaves a gap.
import type { Use, UseFigures } from "../document";
import type { Palette } from "../theme";
import { bytes, processors, rate, tick } from "../units";
import { tooltip, type Drawing, type Reading } from "./chart";
import { line } from "./lines";
import { dotSize, middleOf, panelsOver, scaleFromZero, tooltipOfSecond } from "./panels";

export const kMachine = "machine";
const kSides = ["target", "load"];
const kPanelHeight = 130;

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
    { name: "system calls", format: rate, lines: lines("syscalls_per_s", (side) => side) },
  ];
  return panels.filter((panel) => panel.lines.length > 0);
}

function readings(uses: readonly Use[], panels: readonly Panel[], second: number, colours: Palette): Reading[] {
  return panels.flatMap((panel) => panel.lines.flatMap(({ name, side, figure, colour }): Reading[] => {
    const value = uses.find((use) => use.side === side)?.seconds.find((one) => one.second === second)?.[figure];
    if (value === null || value === undefined) return [];
    const what = figure === "resident_max_bytes" ? ", memory" : figure === "syscalls_per_s" ? ", system calls" : "";
    return [{ name: name + what, value: panel.format(value), colour: colours.named(colour) }];
  }));
}

export function drawResources(uses: readonly Use[], end: number, width: number, colours: Palette): Drawing {
  const panels = panelsOf(uses);
  const seconds = Array.from({ length: end }, (_, second) => second);
  const frame = panelsOver(end, panels.map(({ name, format }) => ({
    name, height: kPanelHeight, scale: scaleFromZero((value) => tick(format(value)), colours, width < 640 ? 3 : 4),
  })), colours);
  return {
    height: frame.height,
    option: {
      ...frame.option,
      tooltip: tooltipOfSecond(colours, (second) =>
        (Number.isInteger(second) ? tooltip(`second ${second + 1}`, readings(uses, panels, second, colours)) : undefined)),
      series: panels.flatMap((panel, axis) => panel.lines.map(({ name, side, figure, colour, dashed }) => {
        const known = new Map(uses.find((use) => use.side === side)?.seconds.map((one) => [one.second, one[figure]]));
        return line({
          name, axis, colour: colours.named(colour), dashed,
          points: seconds.map((second) => [middleOf(second), known.get(second) ?? null]), symbolSize: dotSize(end),
        });
      })),
    },
  };
}
