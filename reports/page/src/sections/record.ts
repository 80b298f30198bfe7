// What else is on record: errors by kind, the environment, and all that is needed to do it again.
import type { CaseGroup } from "../cases";
import type { ErrorKind, ReportDocument } from "../document";
import { disclosure, element, notRecorded, section, type Child } from "../elements";
import { table, type Column } from "../table";
import { count, elapsed, instant, kMissing } from "../units";

const kManyRows = 40;

function errorColumns(many: boolean): Column<ErrorKind>[] {
  return [
    ...(many ? [{ head: "scenario", rowHead: true, cell: (row: ErrorKind) => row.scenario || kMissing }] : []),
    { head: "case", rowHead: !many, wide: true, cell: (row) => row.case || kMissing },
    { head: "kind", cell: (row) => row.kind || kMissing },
    { head: "count", number: true, cell: (row) => count(row.count) },
    { head: "first sample", wide: true, cell: (row) => row.first === "" ? kMissing : element("code", { class: "sample" }, row.first) },
  ];
}

interface Kind { kind: string; cases: number; count: number; first: string }

// Of many rows what kinds of errors there were, the most frequent first.
function kindTable(rows: readonly ErrorKind[]): HTMLElement {
  const kinds = new Map<string, Kind>();
  for (const row of rows) {
    const kind = kinds.get(row.kind) ?? { kind: row.kind, cases: 0, count: 0, first: row.first };
    kind.cases += 1;
    kind.count += row.count ?? 0;
    kinds.set(row.kind, kind);
  }
  const columns: Column<Kind>[] = [
    { head: "kind", rowHead: true, cell: (row) => row.kind || kMissing },
    { head: "cases", number: true, cell: (row) => count(row.cases) },
    { head: "count", number: true, cell: (row) => count(row.count) },
    { head: "first sample", wide: true, cell: (row) => row.first === "" ? kMissing : element("code", { class: "sample" }, row.first) },
  ];
  return table({ caption: "Errors by kind, over all cases", columns, rows: [...kinds.values()].sort((a, b) => b.count - a.count) });
}

export function errors(report: ReportDocument, groups: readonly CaseGroup[]): HTMLElement {
  const title = "Errors by kind";
  if (report.errors === null) return section("errors", title, null, notRecorded("Errors"));
  if (report.errors.length === 0) return section("errors", title, null, element("p", {}, "No errors in any trial."));
  const rows = report.errors;
  const shown = table({
    caption: title, columns: errorColumns(groups.length > 1), rows, newGroup: (row, before) => row.scenario !== before.scenario,
  });
  return rows.length <= kManyRows ? section("errors", title, null, shown)
    : section("errors", title, null, kindTable(rows), disclosure(`Errors of every case (${rows.length} rows)`, shown));
}

function facts(pairs: readonly (readonly [string, Child])[]): HTMLElement {
  return element("dl", { class: "pairs" }, ...pairs.map(([name, value]) =>
    element("div", {}, element("dt", {}, name), element("dd", {}, value === "" ? "not recorded" : value))));
}

export function environment(report: ReportDocument): HTMLElement {
  return section("environment", "Environment", null,
    report.environment.length === 0 ? notRecorded("Environment")
      : facts(report.environment.map(([name, value]) => [name.replace(/_/g, " "), value])));
}

// The files are in the page already: the link makes one of them when it is followed.
function download(file: string, type: string, content: string, words: string): HTMLElement {
  const anchor = element("a", { class: "button", href: "#", download: file }, words);
  anchor.addEventListener("click", () => {
    const url = URL.createObjectURL(new Blob([content], { type }));
    anchor.href = url;
    setTimeout(() => {
      URL.revokeObjectURL(url);
      anchor.setAttribute("href", "#");
    }, 1000);
  });
  return anchor;
}

function downloads(report: ReportDocument): HTMLElement {
  const stem = `hotlap-session-${report.session.id ?? "report"}`;
  return element("p", { class: "downloads" },
    report.cases_csv !== "" && download(`${stem}-cases.csv`, "text/csv", report.cases_csv, "Cases, CSV"),
    report.trials_csv !== "" && download(`${stem}-trials.csv`, "text/csv", report.trials_csv, "Trials, CSV"),
    download(`${stem}.json`, "application/json", report.source, "Whole report, JSON"));
}

export function provenance(report: ReportDocument): HTMLElement {
  const { session } = report;
  const took = elapsed(session.started_at, session.finished_at);
  const yamls = report.scenarios.filter((scenario) => scenario.yaml !== "");
  return section("provenance", "Provenance", null,
    element("p", { class: "quiet" }, "Command that was run; the same seed gives the same order of trials:"),
    session.command_line === "" ? notRecorded("Command") : element("pre", { class: "command" }, session.command_line),
    facts([
      ["session", session.id === null ? "" : `#${session.id}`], ["uuid", session.uuid],
      ["kind", session.kind], ["status", session.status], ["seed", session.seed], ["hotlap", session.tool_version],
      ["started", instant(session.started_at)],
      ["finished", `${instant(session.finished_at)}${took === null ? "" : ` (${took})`}`],
    ]),
    downloads(report),
    ...(yamls.length === 0 ? [notRecorded("Scenario")] : yamls.map((scenario) =>
      disclosure(`Resolved scenario: ${scenario.name}`, element("pre", {}, scenario.yaml)))));
}
