// Ways through the page: its sections, every scenario by name, and from one part about a scenario to the others.
import type { CaseGroup } from "../cases";
import { element, type Tone } from "../elements";
import { plural } from "../units";
import { standing, type Standing } from "./banner";

export const kContentsId = "contents";

const kParts: readonly (readonly [part: string, words: string])[] =
  [["throughput", "figures"], ["cost", "cost"], ["claims", "claims"]];

const kMarks: readonly (readonly [Standing, string, Tone])[] =
  [["lost", "lost", "bad"], ["suspect", "suspect", "caution"], ["skipped", "skipped", "caution"], ["open", "not run", "plain"]];

// Links to what else there is about a scenario. Those that lead nowhere are taken away once the page is whole.
export function jumps(anchor: string, here: string): HTMLElement {
  return element("span", { class: "jumps" },
    ...kParts.filter(([part]) => part !== here).map(([part, words]) => element("a", { href: `#${part}-${anchor}` }, words)),
    element("a", { href: `#${kContentsId}`, "aria-label": "Back to the contents" }, "↑"));
}

// The heading of a scenario's part of a section.
export function headed(group: CaseGroup, here: string, alone: boolean): HTMLElement {
  return element("div", { class: "headed" }, element("h3", {}, group.title), !alone && jumps(group.anchor, here));
}

export function dropDeadJumps(page: HTMLElement): void {
  for (const anchor of page.querySelectorAll<HTMLAnchorElement>(".jumps a, .scenarios a")) {
    const id = anchor.getAttribute("href")?.slice(1) ?? "";
    if (page.querySelector(`[id="${CSS.escape(id)}"]`) === null) anchor.remove();
  }
}

// Whatever is not as it should be in a scenario stands beside its name.
function scenarioLink(group: CaseGroup): HTMLElement {
  const trials = group.cases.flatMap((item) => item.trials);
  const marks = kMarks.map(([kind, words, tone]) => ({ amount: trials.filter((trial) => standing(trial) === kind).length, words, tone }))
    .filter(({ amount }) => amount > 0);
  return element("li", {},
    element("a", { href: `#throughput-${group.anchor}`, title: group.title }, group.name || group.title),
    element("span", { class: "quiet" }, ` ${plural(group.cases.length, "case")}`),
    ...marks.map(({ amount, words, tone }) => element("span", { class: `note ${tone}` }, `${amount} ${words}`)));
}

export function contents(sections: readonly HTMLElement[], groups: readonly CaseGroup[]): HTMLElement {
  return element("div", { id: kContentsId },
    element("nav", { class: "contents", "aria-label": "Sections" }, ...sections.map((item) =>
      element("a", { href: `#${item.id}` }, item.querySelector("h2")?.textContent ?? item.id))),
    groups.length > 1 && element("nav", { "aria-label": "Scenarios" },
      element("ul", { class: "scenarios" }, ...groups.map(scenarioLink))));
}

// A folded part opens when somebody follows a link to it; a link from outside finds a page that was built after it came.
export function openOnArrival(): void {
  const arrive = (): HTMLElement | null => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target instanceof HTMLDetailsElement) target.open = true;
    return target;
  };
  addEventListener("hashchange", arrive);
  if (location.hash.length > 1) arrive()?.scrollIntoView();
}
