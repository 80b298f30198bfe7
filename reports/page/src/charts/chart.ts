// A chart in the page: drawn by ECharts as SVG, drawn again when its width, the theme or the reader's choice changes.
// What to draw is a pure function from width and palette to an option; this file owns everything that lives longer.
import { BarChart, CustomChart, LineChart, ScatterChart } from "echarts/charts";
import type { BarSeriesOption, CustomSeriesOption, LineSeriesOption, ScatterSeriesOption } from "echarts/charts";
import { GridComponent, TooltipComponent } from "echarts/components";
import type { GridComponentOption, TooltipComponentOption } from "echarts/components";
import { init, use } from "echarts/core";
import type { ComposeOption, EChartsType } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { element } from "../elements";
import { palette, type Palette } from "../theme";

use([BarChart, CustomChart, LineChart, ScatterChart, GridComponent, TooltipComponent, SVGRenderer]);

export type ChartOption = ComposeOption<
  BarSeriesOption | CustomSeriesOption | LineSeriesOption | ScatterSeriesOption |
  GridComponentOption | TooltipComponentOption>;

export interface Drawing { height: number; option: ChartOption }
export type Draw = (width: number, colours: Palette) => Drawing;

export interface Chart { element: HTMLElement; redraw(): void }

const kDrawnAtOnce = 3;  // what fits the first screens; a report of thirty scenarios has sixty

const charts: { redraw(): void }[] = [];
const waiting: (() => void)[] = [];  // to be drawn when the browser has time
let forcedWidth: number | undefined;  // while printing

export function redrawAll(width?: number): void {
  forcedWidth = width;
  for (const chart of charts) chart.redraw();
}

function drawWaiting(): void {
  const soon = window.requestIdleCallback ?? ((work: (left: { timeRemaining(): number }) => void) => setTimeout(() => work({ timeRemaining: () => 0 }), 0));
  soon((left) => {
    do waiting.shift()?.();
    while (waiting.length > 0 && left.timeRemaining() > 20);
    if (waiting.length > 0) drawWaiting();
  });
}

export function chart(label: string, draw: Draw): Chart {
  const host = element("div", { class: "chart", role: "img", "aria-label": label });
  let drawn: EChartsType | undefined;
  let lastWidth = 0;
  let waits = charts.length >= kDrawnAtOnce;
  let queued = false;
  const redraw = (): void => {
    const width = forcedWidth ?? host.clientWidth;
    if (width === 0 || host.closest("[hidden]") !== null) return;
    lastWidth = width;
    const drawing = draw(width, palette());
    host.style.height = `${drawing.height}px`;  // nothing moves when it is drawn later
    if (waits && forcedWidth === undefined) {
      if (!queued && waiting.push(() => { waits = false; redraw(); }) === 1) drawWaiting();
      queued = true;
      return;
    }
    drawn ??= init(host, null, { renderer: "svg", width, height: drawing.height });
    drawn.resize({ width, height: drawing.height });
    drawn.setOption(drawing.option, { notMerge: true });
  };
  new ResizeObserver(() => {
    if (forcedWidth === undefined && host.clientWidth !== lastWidth) redraw();
  }).observe(host);
  charts.push({ redraw });
  return { element: host, redraw };
}

// What all charts share: no movement, the page's own letters.
export function base(colours: Palette): ChartOption {
  return { animation: false, textStyle: { fontFamily: colours.font, color: colours.ink } };
}

// The drawn item that is nearest to the reader's pointer.
export interface Nearest { value?: unknown; axisValue?: unknown }

// Nothing to tell, no tooltip. It is built from elements, never from HTML.
export function tooltipOver(
  colours: Palette, axisPointer: NonNullable<TooltipComponentOption["axisPointer"]>, tell: (nearest: Nearest) => HTMLElement | undefined,
): TooltipComponentOption {
  return {
    backgroundColor: colours.surface, borderColor: colours.rule, borderWidth: 1, padding: [8, 10], confine: true, transitionDuration: 0,
    textStyle: { color: colours.ink, fontSize: 12, fontFamily: colours.font },
    extraCssText: "box-shadow:0 2px 10px rgba(0,0,0,.18);border-radius:4px",
    trigger: "axis", axisPointer,
    formatter: (items: unknown) => tell(((Array.isArray(items) ? items[0] : items) ?? {}) as Nearest) ?? "",
  };
}

export interface Reading { name: string; value: string; colour?: string }

export function tooltip(title: string, readings: readonly Reading[], note?: string): HTMLElement {
  return element("div", { class: "reading" },
    element("strong", {}, title),
    element("dl", {}, ...readings.flatMap((reading) => {
      const swatch = element("span", { class: "swatch" });
      swatch.style.background = reading.colour ?? "transparent";
      return [element("dt", {}, reading.colour !== undefined && swatch, reading.name), element("dd", {}, reading.value)];
    })),
    note !== undefined && note !== "" && element("p", {}, note));
}
