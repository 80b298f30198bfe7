// Cases by scenario, and what tells the cases of a scenario apart.
// Parameters that all cases of a scenario share are said once; only those that vary become columns and labels.
import type { Case, Parameter, ReportDocument, Scenario } from "./document";

export interface CaseGroup {
  name: string;
  title: string;         // as the scenario calls itself
  anchor: string;        // its part of an element's id
  scenario: Scenario | null;
  cases: Case[];
  varying: string[];     // parameter names, in the scenario's order
  shared: Parameter[];
  heads: string[];       // the columns that name a case
  cells(of: Case): string[];
}

export function parameter(of: Case, name: string): string {
  return of.parameters.find(([key]) => key === name)?.[1] ?? "";
}

// Scenarios in the order of the document; a case whose scenario is not listed still gets a group.
export function groupByScenario(report: ReportDocument): CaseGroup[] {
  const names = [...new Set(report.scenarios.map((scenario) => scenario.name))];
  for (const item of report.cases) if (!names.includes(item.scenario)) names.push(item.scenario);
  return names.flatMap((name, index) => {
    const cases = report.cases.filter((item) => item.scenario === name);
    if (cases.length === 0) return [];
    return [group(name, anchorOf(name, index), report.scenarios.find((scenario) => scenario.name === name) ?? null, cases)];
  });
}

// Names of scenarios are made for it; any other gets its number.
export function anchorOf(name: string, index: number): string {
  return /^[\w.-]+$/.test(name) ? name : String(index + 1);
}

function group(name: string, anchor: string, scenario: Scenario | null, cases: Case[]): CaseGroup {
  const keys = [...new Set(cases.flatMap((item) => item.parameters.map(([key]) => key)))];
  const varying = keys.filter((key) => new Set(cases.map((item) => parameter(item, key))).size > 1);
  const first = cases[0];
  const shared = keys.filter((key) => !varying.includes(key))
    .map((key): Parameter => [key, first ? parameter(first, key) : ""]);
  const told = new Set(cases.map((item) => JSON.stringify(varying.map((key) => parameter(item, key)))));
  // Where parameters do not tell the cases apart, the label does; a single case has nothing to be told apart from.
  const byParameters = varying.length > 0 && told.size === cases.length;
  return {
    name, title: scenario?.title || name || "unnamed scenario", anchor, scenario, cases, varying, shared,
    heads: byParameters ? varying : ["case"],
    cells: byParameters
      ? (of) => varying.map((key) => parameter(of, key) || "–")
      : (of) => [(cases.length === 1 ? of.scenario || of.label : of.label || of.scenario) || "unnamed case"],
  };
}

// The label of a case among those of all scenarios.
export function longLabel(of: Case, within: CaseGroup, groups: readonly CaseGroup[]): string {
  return groups.length > 1 ? `${within.name}: ${shortLabel(of, within)}` : shortLabel(of, within);
}

// "epoll · /good · depth 24": a bare number needs its name, a word speaks for itself.
export function shortLabel(of: Case, within: CaseGroup): string {
  return within.cells(of)
    .map((cell, index) => (/^[\d.]+$/.test(cell) ? `${within.heads[index] ?? ""} ${cell}` : cell))
    .join(" · ");
}
