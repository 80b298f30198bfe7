// The report page: reads the document that the program put into it and lays it out, most important first.
import "./style.css";
import { groupByScenario, longLabel } from "./cases";
import { redrawAll } from "./charts/chart";
import { readDocument, type Case, type ReportDocument } from "./document";
import { element } from "./elements";
import { answers } from "./sections/answers";
import { banner, readouts } from "./sections/banner";
import { contents, dropDeadJumps, openOnArrival } from "./sections/contents";
import { cost } from "./sections/cost";
import { headline } from "./sections/headline";
import { latency } from "./sections/latency";
import { overTime } from "./sections/over_time";
import { published } from "./sections/published";
import { environment, errors, provenance } from "./sections/record";
import { reasons } from "./sections/reasons";
import { followPrinting, followTheme } from "./theme";
import { elapsed, instant, plural } from "./units";

function masthead(report: ReportDocument, themeButton: HTMLButtonElement): HTMLElement {
  const { session } = report;
  const took = elapsed(session.started_at, session.finished_at);
  const facts = [
    session.id === null ? "" : `session #${session.id}`, session.kind,
    session.started_at === "" ? "" : instant(session.started_at), took === null ? "" : `took ${took}`,
    report.scenarios.length > 1 ? plural(report.scenarios.length, "scenario") : "",
    session.seed === "" ? "" : `seed ${session.seed}`,
  ].filter((fact) => fact !== "");
  return element("header", { class: "masthead" },
    element("div", {},
      element("p", { class: "mark-name" }, "Hotlap", session.tool_version === "" ? null : element("span", {}, session.tool_version)),
      element("h1", {}, report.title || "Untitled report"),
      element("p", { class: "facts" }, ...(facts.length === 0 ? ["session not recorded"] : facts.map((fact) => element("span", {}, fact))))),
    themeButton);
}

function show(report: ReportDocument, into: HTMLElement): void {
  const groups = groupByScenario(report);
  const label = (of: Case): string => {
    const group = groups.find((one) => one.cases.includes(of));
    return group ? longLabel(of, group, groups) : of.label;
  };
  const themeButton = element("button", { type: "button", class: "theme" });
  const sections = [
    headline(groups), reasons(groups), latency(groups), overTime(groups), answers(groups), cost(groups), published(report, groups),
    errors(report, groups), environment(report), provenance(report),
  ].filter((item) => item !== null);
  document.title = `${report.title || "report"} – Hotlap`;
  into.replaceChildren(masthead(report, themeButton),
    element("main", {}, banner(report), readouts(report, label), contents(sections, groups), ...sections));
  dropDeadJumps(into);
  followTheme(themeButton, redrawAll);
  followPrinting(redrawAll);
  openOnArrival();
}

const source = document.getElementById("report-data")?.textContent ?? "";
const host = document.getElementById("report");
if (host) show(readDocument(source), host);
