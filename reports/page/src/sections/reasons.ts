// Why trials are suspect, invalid or failed: each reason once, with how many trials have it and the figures of the first.
import { shortLabel, type CaseGroup } from "../cases";
import { chip, element, section } from "../elements";
import { table, type Column } from "../table";
import { kMissing, plural } from "../units";
import { standing, toneOf } from "./banner";

interface Reason { sentence: string; verdict: string; trials: number; cases: Set<string> }

const kMostNamed = 3;

// Reasons that differ in their figures only are one reason.
const kind = (sentence: string): string => sentence.replace(/\d+(?:[.\u202f ]\d+)*/g, "#");

function collect(groups: readonly CaseGroup[]): Reason[] {
  const found = new Map<string, Reason>();
  for (const group of groups) {
    for (const case_ of group.cases) {
      for (const trial of case_.trials) {
        const where = standing(trial);
        if (where !== "suspect" && where !== "lost") continue;
        const sentences = [trial.reason, ...trial.verdict_reasons].filter((sentence) => sentence !== "");
        const verdict = trial.state !== "ok" && trial.state !== "invalid" && trial.state !== "" ? trial.state.toUpperCase() : trial.verdict || "INVALID";
        for (const sentence of new Set(sentences.length === 0 ? ["No reason was recorded."] : sentences)) {
          const key = `${verdict} ${kind(sentence)}`;
          const reason = found.get(key) ?? { sentence, verdict, trials: 0, cases: new Set<string>() };
          ++reason.trials;
          reason.cases.add(groups.length > 1 ? `${group.name}: ${shortLabel(case_, group)}` : shortLabel(case_, group));
          found.set(key, reason);
        }
      }
    }
  }
  const weight = ({ verdict }: Reason): number => (toneOf(verdict) === "bad" ? 0 : 1);
  return [...found.values()].sort((a, b) => weight(a) - weight(b) || b.trials - a.trials);
}

export function reasons(groups: readonly CaseGroup[]): HTMLElement | null {
  const rows = collect(groups);
  if (rows.length === 0) return null;
  const columns: Column<Reason>[] = [
    { head: "verdict", cell: ({ verdict }) => (verdict === "" ? kMissing : chip(verdict, toneOf(verdict))) },
    { head: "trials", number: true, cell: ({ trials }) => String(trials) },
    { head: "why", wide: true, rowHead: true, cell: ({ sentence }) => sentence },
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
