// Rows of a horizontal chart: one per case, its varying parameters as aligned columns on the left, its value on the right.
// The first row holds the heads of those columns. On a narrow page the parameters stand above each bar in one line.
import type { CustomSeriesOption } from "echarts/charts";
import type { TooltipComponentOption } from "echarts/components";
import type { CaseGroup } from "../cases";
import { shortLabel } from "../cases";
import type { Case } from "../document";
import type { Palette } from "../theme";
import { tooltipOver, type ChartOption } from "./chart";

export interface Rows {
  height: number;
  narrow: boolean;
  grid: NonNullable<ChartOption["grid"]>;
  yAxis: NonNullable<ChartOption["yAxis"]>;
  row(index: number): number;   // of the nth case on the category axis
  rules: CustomSeriesOption;    // the first series of the chart
}

export interface RowsOptions {
  group: CaseGroup;
  width: number;
  colours: Palette;
  rowHeight: number;
  valueHead: string;
  value(of: Case): string;
}

const kFontSize = 12;
const kAxisHeight = 46;    // scale and its name below the rows
const kColumnGap = 14;
const kWidestColumn = 170;

// Braces and bars are syntax in ECharts' rich text, so the chart shows others in their place; tables show the name as it is.
const plain = (text: string): string =>
  text.replace(/[{}|]/g, (sign) => (sign === "{" ? "(" : sign === "}" ? ")" : "¦")).replace(/\s+/g, " ");

let measuring: CanvasRenderingContext2D | null | undefined;

function textWidth(text: string, font: string, weight = "400"): number {
  measuring ??= document.createElement("canvas").getContext("2d");
  if (!measuring) return text.length * 7;
  measuring.font = `${weight} ${kFontSize}px ${font}`;
  return Math.ceil(measuring.measureText(text).width);
}

function shortened(text: string, font: string, widest: number): string {
  if (textWidth(text, font) <= widest) return text;
  let kept = text;
  while (kept.length > 1 && textWidth(`${kept}…`, font) > widest) kept = kept.slice(0, -1);
  return `${kept}…`;
}

export function rows(options: RowsOptions): Rows {
  const { group, width, colours } = options;
  const narrow = width < 640;
  return narrow ? stackedRows(options) : columnRows(group, options, colours);
}

function categoryAxis(names: string[], colours: Palette) {
  return {
    type: "category" as const, inverse: true, data: names,
    axisTick: { show: false },
    axisLine: { show: true, lineStyle: { color: colours.quiet } },
    splitLine: { show: false },
  };
}

// A rule above each of these rows, over the whole width, so that the eye finds the blocks.
function rulesAbove(which: number[], colours: Palette, width: number): CustomSeriesOption {
  return {
    type: "custom", silent: true, z: 1, data: which.map((row) => [row]), encode: { y: 0 }, tooltip: { show: false },
    renderItem: (_params, api) => {
      const middle = api.coord([0, api.value(0)])[1] ?? 0;
      const size = api.size?.([0, 1]);
      const y = Math.round(middle - (Array.isArray(size) ? size[1] ?? 0 : 0) / 2) + 0.5;
      return { type: "line", shape: { x1: 0, x2: width, y1: y, y2: y }, style: { stroke: colours.rule, lineWidth: 1 } };
    },
  };
}

// Where the first varying parameter changes, a block begins.
function startsBlock(group: CaseGroup, index: number): boolean {
  const here = group.cases[index];
  const before = group.cases[index - 1];
  if (!here || !before || group.heads.length < 2) return false;
  return group.cells(here)[0] !== group.cells(before)[0];
}

function columnRows(group: CaseGroup, options: RowsOptions, colours: Palette): Rows {
  const font = colours.font;
  const room = Math.max(120, options.width * 0.45);
  const widest = Math.min(group.heads.length === 1 ? 420 : kWidestColumn, room / group.heads.length - kColumnGap);
  const heads = group.heads.map((head) => shortened(plain(head), font, widest));
  const cells = group.cases.map((item) => group.cells(item).map((cell) => shortened(plain(cell), font, widest)));
  const widths = heads.map((head, column) =>
    Math.max(textWidth(head, font), ...cells.map((row) => textWidth(row[column] ?? "", font))) + kColumnGap);
  const left = widths.reduce((sum, one) => sum + one, 0);
  const values = group.cases.map((item) => options.value(item));
  const right = Math.max(textWidth(options.valueHead, font), ...values.map((value) => textWidth(value, font, "600"))) + 14;
  const rich = Object.fromEntries(widths.flatMap((one, column) => [
    [`c${column}`, { width: one, align: "left" as const, color: colours.ink, fontSize: kFontSize }],
    [`h${column}`, { width: one, align: "left" as const, color: colours.quiet, fontSize: kFontSize }],
  ]));
  const starts = [...group.cases.keys()].filter((index) => startsBlock(group, index));
  const names = ["", ...group.cases.map((_, index) => String(index))];
  return {
    narrow: false,
    height: names.length * options.rowHeight + kAxisHeight,
    row: (index) => index + 1,
    rules: rulesAbove([1, ...starts.map((index) => index + 1)], colours, options.width),
    grid: { left, right, top: 0, bottom: kAxisHeight, outerBoundsMode: "none" },
    yAxis: [
      {
        ...categoryAxis(names, colours),
        axisLabel: {
          interval: 0, align: "left", margin: left, rich, hideOverlap: false,
          formatter: (_name: string, row: number) => {
            const kind = row === 0 ? "h" : "c";
            const line = row === 0 ? heads : cells[row - 1] ?? [];
            return line.map((cell, column) => `{${kind}${column}|${cell}}`).join("");
          },
        },
      },
      {
        type: "category", inverse: true, data: names, position: "right",
        axisTick: { show: false }, axisLine: { show: false },
        axisLabel: {
          interval: 0, align: "right", margin: right, hideOverlap: false,
          rich: {
            v: { color: colours.ink, fontSize: kFontSize, fontWeight: 600 },
            h: { color: colours.quiet, fontSize: kFontSize },
          },
          formatter: (_name: string, row: number) =>
            row === 0 ? `{h|${plain(options.valueHead)}}` : `{v|${plain(values[row - 1] ?? "")}}`,
        },
      },
    ],
  };
}

function stackedRows({ group, width, colours, rowHeight, value }: RowsOptions): Rows {
  const kLabelHeight = 28;
  const starts = [...group.cases.keys()].filter((index) => startsBlock(group, index));
  const names = group.cases.map((_, index) => String(index));
  const labels = group.cases.map((item) => {
    const reading = plain(value(item));
    const room = width - textWidth(reading, colours.font, "600") - 24;
    return { name: shortened(plain(shortLabel(item, group)), colours.font, room), room, reading };
  });
  return {
    narrow: true,
    height: names.length * (rowHeight + kLabelHeight) + kAxisHeight + 4,
    row: (index) => index,
    rules: rulesAbove(starts, colours, width),
    grid: { left: 4, right: 30, top: 4, bottom: kAxisHeight, outerBoundsMode: "none" },
    yAxis: [
      {
        ...categoryAxis(names, colours),
        axisLabel: {
          interval: 0, inside: true, margin: 0, align: "left", verticalAlign: "bottom", hideOverlap: false,
          padding: [0, 0, 16, 3],  // clear of the bar and of dots that stand off it
          rich: {
            c: { color: colours.ink, fontSize: kFontSize },
            v: { color: colours.ink, fontSize: kFontSize, fontWeight: 600 },
          },
          formatter: (_name: string, row: number) => {
            const label = labels[row];
            return label ? `{c|${label.name}}  {v|${label.reading}}` : "";
          },
        },
        z: 10,
      },
      { type: "category", inverse: true, data: names, show: false },
    ],
  };
}

// The scale below the rows. Under bars it starts at zero, for a bar without its zero lies about ratios.
export function scaleBelow(
  name: string, format: (value: number) => string, colours: Palette, narrow: boolean, logarithmic = false,
) {
  return {
    ...(logarithmic ? { type: "log" as const } : { type: "value" as const, min: 0 }), name, nameLocation: "middle" as const, nameGap: 28,
    splitNumber: narrow ? 3 : 6,
    nameTextStyle: { color: colours.quiet, fontSize: kFontSize },
    axisLabel: { color: colours.quiet, fontSize: kFontSize, formatter: format, hideOverlap: true },
    splitLine: { lineStyle: { color: colours.rule } },
    axisLine: { show: false }, axisTick: { show: false },
  };
}

export function tooltipOfRow(group: CaseGroup, colours: Palette, tell: (of: Case) => HTMLElement): TooltipComponentOption {
  const pointer = { type: "shadow" as const, axis: "y" as const, z: 0, shadowStyle: { color: colours.rule, opacity: 0.35 } };
  return tooltipOver(colours, pointer, ({ axisValue }) => {
    const item = group.cases.find((_, index) => String(index) === String(axisValue));
    return item && tell(item);
  });
}
