// A table of numbers: every column states its head and how a row fills its cell.
import { element, type Child } from "./elements";

export interface Column<Row> {
  head: string;
  unit?: string;       // beneath the head, quieter
  number?: boolean;    // right-aligned, tabular numerals
  wide?: boolean;      // a sentence: may wrap, has a least width
  phrase?: boolean;    // a few words: may wrap
  cell(row: Row): Child;
  raw?(row: Row): string | undefined;  // the unscaled value with its unit, shown on hover
  rowHead?: boolean;   // names the row
}

export interface TableOptions<Row> {
  caption: string;     // also the label of the scrollable region
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  newGroup?(row: Row, before: Row): boolean;  // a rule above this row
  tone?(row: Row): string | undefined;
}

export function table<Row>(options: TableOptions<Row>): HTMLElement {
  const head = element("tr", {}, ...options.columns.map((column) =>
    element("th", { scope: "col", class: column.number ? "number" : undefined },
      column.head, column.unit !== undefined && element("span", { class: "unit" }, column.unit))));
  const rows = options.rows.map((row, index) => {
    const before = options.rows[index - 1];
    const ruled = before !== undefined && options.newGroup?.(row, before) === true;
    const classes = [ruled ? "ruled" : "", options.tone?.(row) ?? ""].filter((name) => name !== "").join(" ");
    return element("tr", { class: classes === "" ? undefined : classes }, ...options.columns.map((column) =>
      element(column.rowHead ? "th" : "td", {
        scope: column.rowHead ? "row" : undefined,
        class: column.number ? "number" : column.wide ? "wide" : column.phrase ? "phrase" : undefined,
        title: column.raw?.(row),
      }, column.cell(row))));
  });
  return element("div", { class: "table", role: "region", tabindex: "0", "aria-label": options.caption },
    element("table", {},
      element("caption", {}, options.caption),
      element("thead", {}, head),
      element("tbody", {}, ...rows)));
}
