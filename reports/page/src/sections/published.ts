// What the articles state beside what was measured here. Relations carry over between machines; absolute figures do not.
import type { Claim, PublishedFigure, ReportDocument } from "../document";
import { chip, disclosure, element, section } from "../elements";
import { table, type Column } from "../table";
import { between, kMissing, plural, significant } from "../units";
import { toneOf } from "./banner";

// Why a verdict is what it is, and in what the article's conditions differ.
function remarks(claim: Claim): HTMLElement {
  return element("div", {},
    claim.computation !== "" && element("p", {}, claim.computation),
    claim.reason !== "" && element("p", {}, claim.reason),
    claim.caveat !== "" && element("p", {}, claim.caveat));
}

const kClaimColumns: Column<Claim>[] = [
  { head: "claim", rowHead: true, cell: (row) => row.claim || kMissing },
  { head: "statement", wide: true, cell: (row) => row.statement || kMissing },
  { head: "expected", cell: (row) => row.expected || kMissing },
  { head: "measured", number: true, cell: (row) => element("strong", {}, row.measured_text || kMissing) },
  { head: "low – high", number: true, cell: (row) => row.low === null && row.high === null ? kMissing : between(row.low_text, row.high_text) },
  { head: "verdict", cell: (row) => row.verdict === "" ? kMissing : chip(row.verdict, toneOf(row.verdict)) },
  { head: "remarks", wide: true, cell: remarks },
];

const kFigureColumns: Column<PublishedFigure>[] = [
  { head: "figure", rowHead: true, cell: (row) => row.label || kMissing },
  { head: "value", number: true, cell: (row) => row.value === null ? kMissing : significant(row.value, 4) },
  { head: "unit", cell: (row) => row.unit },
  { head: "source", wide: true, cell: (row) => row.source },
];

// "5 agree, 2 differ, 1 cannot tell".
function tally(claims: readonly Claim[]): string {
  const words: [string, string][] = [["agrees", "agree"], ["differs", "differ"], ["cannot tell", "undecided"], ["cannot test here", "not testable here"]];
  return words.map(([verdict, word]) => [claims.filter((claim) => claim.verdict === verdict).length, word] as const)
    .filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`).join(", ");
}

export function published(report: ReportDocument): HTMLElement {
  const { claims, figures } = report;
  const lead = `${plural(claims.length, "claim")}: ${tally(claims)}. What is measured agrees when its whole interval (95 %, over the trials) `
    + "lies where the article lets us expect it, and differs when none of it does.";
  return section("published", "Published and measured", claims.length === 0 ? null : lead,
    claims.length === 0
      ? element("p", { class: "missing" }, "No claims are recorded for these scenarios.")
      : table({ caption: "Published and measured", columns: kClaimColumns, rows: claims }),
    figures.length > 0 && disclosure(`Absolute figures from the articles, measured on other machines (${figures.length})`,
      table({ caption: "Published figures", columns: kFigureColumns, rows: figures })));
}
