// What the articles state beside what was measured here. Relations carry over between machines; absolute figures do not.
// Of many scenarios each has its own table, folded unless something in it differs: that is what a reader looks for.
import { anchorOf, type CaseGroup } from "../cases";
import type { Claim, PublishedFigure, ReportDocument } from "../document";
import { chip, disclosure, element, section } from "../elements";
import { table, type Column } from "../table";
import { between, kMissing, plural, significant, unbroken } from "../units";
import { toneOf } from "./banner";
import { jumps } from "./contents";

// What has to be looked at first.
const kVerdicts: readonly (readonly [verdict: string, one: string, several: string])[] = [
  ["differs", "differs", "differ"], ["cannot tell", "cannot tell", "cannot tell"], ["agrees", "agrees", "agree"],
  ["cannot test here", "cannot be tested here", "cannot be tested here"],
];

// Why a verdict is what it is, and in what the article's conditions differ.
function remarks(claim: Claim): HTMLElement {
  return element("div", { class: "remarks" },
    claim.computation !== "" && element("p", {}, claim.computation),
    claim.reason !== "" && element("p", {}, unbroken(claim.reason)),
    claim.caveat !== "" && element("p", {}, unbroken(claim.caveat)));
}

const kClaimColumns: Column<Claim>[] = [
  { head: "claim", rowHead: true, cell: (row) => row.claim || kMissing },
  { head: "verdict", cell: (row) => row.verdict === "" ? kMissing : chip(row.verdict, toneOf(row.verdict)) },
  { head: "statement", wide: true, cell: (row) => row.statement || kMissing },
  { head: "expected", phrase: true, cell: (row) => row.expected || kMissing },
  { head: "measured", number: true, cell: (row) => element("strong", {}, row.measured_text || kMissing) },
  { head: "low – high", number: true, cell: (row) => row.low === null && row.high === null ? kMissing : between(row.low_text, row.high_text) },
  { head: "remarks", wide: true, cell: remarks },
];

const kFigureColumns: Column<PublishedFigure>[] = [
  { head: "figure", rowHead: true, cell: (row) => row.label || kMissing },
  { head: "value", number: true, cell: (row) => row.value === null ? kMissing : significant(row.value, 4) },
  { head: "unit", cell: (row) => row.unit },
  { head: "source", wide: true, cell: (row) => row.source },
];

const numberOf = (claims: readonly Claim[], verdict: string): number => claims.filter((claim) => claim.verdict === verdict).length;

function rank(claim: Claim): number {
  const place = kVerdicts.findIndex(([verdict]) => verdict === claim.verdict);
  return place < 0 ? kVerdicts.length : place;
}

// A chip for each verdict that occurs.
function tally(claims: readonly Claim[]): HTMLElement[] {
  return kVerdicts.flatMap(([verdict, one, several]) => {
    const amount = numberOf(claims, verdict);
    return amount === 0 ? [] : [chip(`${amount} ${amount === 1 ? one : several}`, toneOf(verdict))];
  });
}

interface Group { name: string; anchor: string; title: string; claims: Claim[] }

function grouped(report: ReportDocument): Group[] {
  const names = [...new Set(report.scenarios.map((scenario) => scenario.name))];
  for (const claim of report.claims) if (!names.includes(claim.scenario)) names.push(claim.scenario);
  return names.flatMap((name, index): Group[] => {
    const claims = report.claims.filter((claim) => claim.scenario === name).sort((a, b) => rank(a) - rank(b));
    if (claims.length === 0) return [];
    return [{ name, anchor: anchorOf(name, index), title: report.scenarios.find((one) => one.name === name)?.title || name, claims }];
  });
}

function claimTable(group: Group): HTMLElement {
  return table({ caption: `Published and measured: ${group.title}`, columns: kClaimColumns, rows: group.claims });
}

function foldedGroup(group: Group): HTMLElement {
  const folded = element("details", { class: "claims", id: `claims-${group.anchor}`, open: numberOf(group.claims, "differs") > 0 },
    element("summary", {}, element("span", { class: "name" }, group.name), ...tally(group.claims)),
    element("p", { class: "facts" }, element("span", {}, group.title), jumps(group.anchor, "claims")),
    claimTable(group));
  return folded;
}

export function published(report: ReportDocument, groups: readonly CaseGroup[]): HTMLElement {
  const { claims, figures } = report;
  const many = grouped(report);
  const alone = many.length === 1 && groups.length < 2 ? many[0] : undefined;
  const lead = "What is measured agrees when its whole interval (95 %, over the trials) lies where the article lets us expect it, "
    + "and differs when none of it does.";
  return section("published", "Published and measured", claims.length === 0 ? null : lead,
    claims.length === 0
      ? element("p", { class: "missing" }, "No claims are recorded for these scenarios.")
      : element("p", { class: "tally" }, `${plural(claims.length, "claim")}: `, ...tally(claims)),
    ...(alone ? [claimTable(alone)] : many.map(foldedGroup)),
    figures.length > 0 && disclosure(`Absolute figures from the articles, measured on other machines (${figures.length})`,
      table({ caption: "Published figures", columns: kFigureColumns, rows: figures })));
}
