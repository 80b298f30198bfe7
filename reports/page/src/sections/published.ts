// What the articles published beside what was measured here. Ratios carry over between machines; absolute figures do not.
import type { PublishedFigure, PublishedRatio, ReportDocument } from "../document";
import { chip, disclosure, element, section } from "../elements";
import { table, type Column } from "../table";
import { between, kMissing, ratio, significant } from "../units";
import { toneOf } from "./banner";

const kRatioColumns: Column<PublishedRatio>[] = [
  { head: "claim", rowHead: true, cell: (row) => row.claim || kMissing },
  { head: "statement", wide: true, cell: (row) => row.statement || kMissing },
  { head: "published", number: true, cell: (row) => ratio(row.published) },
  { head: "measured", number: true, cell: (row) => element("strong", {}, ratio(row.measured)) },
  { head: "low – high", number: true, cell: (row) => row.low === null || row.high === null ? kMissing : between(ratio(row.low), ratio(row.high)) },
  { head: "verdict", cell: (row) => row.verdict === "" ? kMissing : chip(row.verdict, toneOf(row.verdict)) },
  { head: "caveat", wide: true, cell: (row) => row.caveat },
];

const kFigureColumns: Column<PublishedFigure>[] = [
  { head: "figure", rowHead: true, cell: (row) => row.label || kMissing },
  { head: "value", number: true, cell: (row) => row.value === null ? kMissing : significant(row.value, 4) },
  { head: "unit", cell: (row) => row.unit },
  { head: "source", wide: true, cell: (row) => row.source },
];

export function published(report: ReportDocument): HTMLElement {
  const { published: ratios, figures } = report;
  const lead = "Ratios between cases should carry over from the article's machine to this one; absolute figures need not.";
  return section("published", "Published and measured", ratios.length === 0 ? null : lead,
    ratios.length === 0
      ? element("p", { class: "missing" }, "No published ratios are recorded for these scenarios.")
      : table({ caption: "Published and measured ratios", columns: kRatioColumns, rows: ratios }),
    figures.length > 0 && disclosure(`Absolute figures from the articles, measured on other machines (${figures.length})`,
      table({ caption: "Published figures", columns: kFigureColumns, rows: figures })));
}

