// Why trials are suspect, invalid or failed: each reason once, with how many trials have it and the figures of the first.
import { longLabel, type CaseGroup } from "../cases";
import { chip, element, section, type Tone } from "../elements";
import { table, type Column } from "../table";
import { kMissing, kUnits, plural, unbroken } from "../units";
import { reasonsOf, standing, toneOf } from "./banner";

interface Reason { sentence: string; verdict: string; trials: number; cases: Set<string> }

const kMostNamed = 3;

// Reasons that differ in their figures only are one reason.
const kFigure = new RegExp(`\\d+(?:[.\u202f ]\\d+)*(?: ${kUnits})?`, "g");
const kind = (sentence: string): string => sentence.replace(kFigure, "#");

function collect(groups: readonly CaseGroup[]): Reason[] {
  const found = new Map<string, Reason>();
  for (const group of groups) {
    for (const case_ of group.cases) {
      for (const trial of case_.trials) {
        const where = standing(trial);
        if (where === "valid" || where === "open") continue;
        const sentences = reasonsOf(trial);
        const named = trial.state !== "ok" && trial.state !== "invalid" && trial.state !== "" ? trial.state.toUpperCase() : trial.verdict || "INVALID";
        const verdict = where === "expected" ? `${named}, expected` : named;
        for (const sentence of sentences.length === 0 ? ["No reason was recorded."] : sentences) {
          const key = `${verdict} ${kind(sentence)}`;
          const reason = found.get(key) ?? { sentence, verdict, trials: 0, cases: new Set<string>() };
          ++reason.trials;
          reason.cases.add(longLabel(case_, group, groups));
          found.set(key, reason);
        }
      }
    }
  }
  const kOrder: readonly Tone[] = ["bad", "caution", "plain", "good"];
  const weight = ({ verdict }: Reason): number => kOrder.indexOf(toneOf(verdict));
  return [...found.values()].sort((a, b) => weight(a) - weight(b) || b.trials - a.trials);
}

export function reasons(groups: readonly CaseGroup[]): HTMLElement | null {
  const rows = collect(groups);
  if (rows.length === 0) return null;
  const columns: Column<Reason>[] = [
    { head: "verdict", cell: ({ verdict }) => (verdict === "" ? kMissing : chip(verdict, toneOf(verdict))) },
    { head: "trials", number: true, cell: ({ trials }) => String(trials) },
    { head: "why", wide: true, rowHead: true, cell: ({ sentence }) => unbroken(sentence) },
    {
      head: "cases", wide: true,
      cell: ({ cases }) => {
        const named = [...cases].slice(0, kMostNamed).join("; ");
        return cases.size <= kMostNamed ? named : element("span", {}, `${named} and ${plural(cases.size - kMostNamed, "more case", "more cases")}`);
      },
    },
  ];
  return section("reasons", "Why not all trials are valid",
    "Figures are those of the first trial that each reason was given for; every trial's own stand in the table of trials.",
    table({ caption: "Reasons of verdicts", columns, rows }));
}
