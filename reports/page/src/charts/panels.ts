// Panels one under the other over the same seconds of a window: one scale of time, below the last, and one pointer
// through all of them.
import type { TooltipComponentOption } from "echarts/components";
import type { Palette } from "../theme";
import { base, type Drawing } from "./chart";
import { kAxisFontSize, ruled, tooltipAlong, type timeScale } from "./lines";

const kHead = 34;  // room for the name of a panel, in pixels
const kGap = 12;
const kFoot = 50;
const kMiddle = 0.5;  // a second's figures stand in its middle
const kMostDots = 60;

interface Panel { name: string; height: number; scale: ReturnType<typeof timeScale> | ReturnType<typeof scaleFromZero> }

// Without series: line n belongs to axis n.
export function panelsOver(end: number, panels: readonly Panel[], colours: Palette): Drawing {
  const quiet = { color: colours.quiet, fontSize: kAxisFontSize };
  const last = panels.length - 1;
  const tops = panels.map((_, nth) => panels.slice(0, nth).reduce((sum, { height }) => sum + height + kGap + kHead, kHead));
  return {
    height: (tops[last] ?? 0) + (panels[last]?.height ?? 0) + kFoot,
    option: {
      ...base(colours),
      grid: panels.map(({ height }, nth) => ({ left: 66, right: 24, top: tops[nth] ?? 0, height, outerBoundsMode: "none" as const })),
      axisPointer: { link: [{ xAxisIndex: "all" }] },
      xAxis: panels.map((_, nth) => ({
        ...ruled(colours), type: "value" as const, gridIndex: nth, min: 0, max: end, minInterval: 1,
        name: nth === last ? "seconds from the start of the window" : "", nameLocation: "middle" as const, nameGap: 30, nameTextStyle: quiet,
        axisLabel: { ...quiet, show: nth === last, hideOverlap: true }, axisTick: { show: nth === last, lineStyle: { color: colours.quiet } },
      })),
      yAxis: panels.map(({ name, scale }, nth) => ({
        ...scale, gridIndex: nth, name, nameLocation: "end" as const, nameGap: 14,
        nameTextStyle: { ...quiet, align: "left" as const, padding: [0, 0, 0, -58] },
      })),
    },
  };
}

// A scale from zero.
export function scaleFromZero(format: (value: number) => string, colours: Palette, splitNumber = 5) {
  return {
    ...ruled(colours), type: "value" as const, min: 0, splitNumber,
    axisLabel: { color: colours.quiet, fontSize: kAxisFontSize, formatter: (value: number) => (value === 0 ? "0" : format(value)) },
  };
}

export const middleOf = (second: number): number => second + kMiddle;

export const dotSize = (seconds: number): number => (seconds > kMostDots ? 0 : 5);

export function tooltipOfSecond(colours: Palette, tell: (second: number) => HTMLElement | undefined): TooltipComponentOption {
  return tooltipAlong(colours, (x) => tell(x - kMiddle));
}
