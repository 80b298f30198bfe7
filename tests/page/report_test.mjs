// The built report in a real browser: what a reader sees, at both widths and in both themes, from file:// alone.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { browserPath, launchBrowser } from "../../reports/page/browser.mjs";
import { fillTemplate, manyScenarios, sampleDocument, troubledDocument } from "./sample.mjs";

const kBuilt = fileURLToPath(new URL("../../reports/page/dist/report.html", import.meta.url));
const kLargestBytes = 700_000;
const kMarker = '<script id="report-data" type="application/json">{}</script>';
const kHostile = [`<script>alert(1)</script>`, `"'><img src=x onerror=alert(1)>`, `</script><b id=escaped>`, `{a|b}{c0|${"x".repeat(90)}}`, `<!--`];

const browser_missing = browserPath === undefined ? "no Chromium is installed (apt-get install chromium)" : false;
let browser;
let folder;

before(async () => {
  assert.ok(existsSync(kBuilt), "the page is not built; run: npm run build");
  folder = mkdtempSync(join(tmpdir(), "hotlap-page-"));
  if (!browser_missing) browser = await launchBrowser();
});

after(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

const template = () => readFileSync(kBuilt, "utf8");

let pages = 0;

// Opens a report and keeps what a reader would never see: console errors, dialogs and every request.
async function open(document, { width = 1400, dark = false, context = {} } = {}) {
  const file = join(folder, `report-${++pages}.html`);
  writeFileSync(file, fillTemplate(template(), document));
  const opened = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: dark ? "dark" : "light", ...context });
  const page = await opened.newPage();
  const seen = { errors: [], requests: [], dialogs: 0 };
  page.on("console", (message) => { if (message.type() === "error") seen.errors.push(message.text()); });
  page.on("pageerror", (error) => seen.errors.push(String(error)));
  page.on("request", (request) => seen.requests.push(request.url()));
  page.on("dialog", async (dialog) => { ++seen.dialogs; await dialog.dismiss(); });
  const url = pathToFileURL(file).href;
  await page.goto(url, { waitUntil: "load" });
  if (context.javaScriptEnabled !== false) await page.waitForFunction(() =>  // the first are drawn at once, others soon after
    [...document.querySelectorAll(".chart")].every((chart) => chart.clientWidth === 0 || chart.querySelector("svg") !== null));
  const quiet = () => {
    assert.deepEqual(seen.errors, []);
    assert.deepEqual(seen.requests.filter((one) => one !== url && !one.startsWith("data:") && !one.startsWith("blob:")), []);
    assert.equal(seen.dialogs, 0);
  };
  return { page, seen, quiet, close: () => opened.close() };
}

// Chromium keeps var() colours as written and draws hex ones as written: both sides go through the same reading.
const variable = (page, name) => page.evaluate((key) => getComputedStyle(document.documentElement).getPropertyValue(`--${key}`).trim(), name);
const scrollsSideways = (page) => page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);

async function dots(page) {
  const colour = await variable(page, "dot");
  return page.locator(`#throughput .chart svg path[fill="${colour}"]`).count();
}

test("the built file is one small file with exactly one place for the document", () => {
  const html = template();
  assert.equal(html.split(kMarker).length - 1, 1);
  assert.equal(html.split('id="report-data"').length - 1, 1);
  assert.ok(statSync(kBuilt).size <= kLargestBytes, `${statSync(kBuilt).size} bytes`);
  assert.match(html, /default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:/);
  assert.doesNotMatch(html, /<script[^>]+src=|<link[^>]+stylesheet/);
  assert.match(html, /<noscript>[\s\S]*CSV[\s\S]*<\/noscript>/);
});

test("a real matrix draws without an error and without a request", { skip: browser_missing }, async () => {
  const { page, quiet, close } = await open(sampleDocument());
  assert.equal(await page.title(), "quick – Hotlap");
  assert.equal(await page.locator("#verdict .word").textContent(), "All 54 trials valid");
  assert.deepEqual(await page.locator("main > section").evaluateAll((all) => all.map((one) => one.id)),
    ["verdict", "throughput", "latency", "over-time", "answers", "cost", "published", "errors", "environment", "provenance"]);
  assert.equal(await page.locator(".chart svg").count(), 5);
  quiet();
  await close();
});

test("the seconds of a case are a chart and a table, first of the least steady case", { skip: browser_missing }, async () => {
  const sample = sampleDocument();
  const { page, quiet, close } = await open(sample);
  const course = page.locator("#over-time");
  const select = course.locator("select");
  assert.equal(await select.locator("option").count(), 18);
  const chosen = sample.cases[Number(await select.inputValue())];
  assert.equal(chosen.id % 6, 0, "a case that stops for a moment");
  const rows = course.locator("details table").first().locator("tbody tr");
  assert.equal(await rows.count(), 6);
  assert.match(await rows.nth(3).textContent(), /12$/);
  const drawn = () => course.locator(".chart svg").first().innerHTML();
  const before_change = await drawn();
  await select.selectOption("0");
  assert.notEqual(await drawn(), before_change);
  assert.doesNotMatch(await rows.nth(3).textContent(), /12$/);
  await course.locator(".chart").first().hover({ position: { x: 500, y: 100 } });
  assert.match(await course.locator(".chart").first().locator(".reading").textContent(), /second \d.*throughput.*p99/s);
  quiet();
  await close();
});

test("the scale of throughput over time makes room for the band", { skip: browser_missing }, async () => {
  const sample = sampleDocument();
  const [one] = sample.cases;
  sample.cases = [one];
  one.seconds.throughput_high_per_s = one.seconds.throughput_per_s.map((rate) => 10 * rate);
  const { page, close } = await open(sample);
  const highest = Math.max(...one.seconds.throughput_high_per_s);
  const kScales = { "/s": 1, "k/s": 1e3, "M/s": 1e6 };
  const labels = await page.locator("#over-time .chart").first().locator("svg text").allTextContents();
  const ticks = labels.map((label) => label.split("\u202f")).filter(([, unit]) => unit in kScales).map(([number, unit]) => Number(number) * kScales[unit]);
  assert.ok(Math.max(...ticks) >= highest * 0.8, `${Math.max(...ticks)} is the last tick below ${highest}`);
  await close();
});

test("windows of a second have no course, and say so", { skip: browser_missing }, async () => {
  const sample = sampleDocument();
  for (const one of sample.cases) for (const column of Object.values(one.seconds)) column.length = 1;
  const { page, quiet, close } = await open(sample);
  assert.match(await page.locator("#over-time").textContent(), /too short/);
  assert.equal(await page.locator("#over-time .chart").count(), 0);
  quiet();
  await close();
});

test("responses stand by status class and by named request", { skip: browser_missing }, async () => {
  const { page, quiet, close } = await open(troubledDocument());
  const tables = page.locator("#answers table");
  assert.equal(await tables.count(), 2);
  assert.equal(await tables.first().locator("tbody tr").count(), 19);
  const bad = (await tables.first().locator("tbody tr", { hasText: "5xx" }).textContent()).replace(/\u202f/g, " ");
  assert.match(bad, /37.*500 × 30, 503 × 7/);
  const basket = (await tables.nth(1).locator("tbody tr", { hasText: "basket" }).textContent()).replace(/\u202f/g, " ");
  assert.match(basket, /6 000.*20\.0 %.*5 999.*> 2\.00 s/);
  quiet();
  await close();
});

test("why trials are not valid is said once for each reason", { skip: browser_missing }, async () => {
  const troubled = troubledDocument();
  Object.assign(troubled.cases[4].trials[0], { verdict: "SUSPECT", verdict_reasons: ["The load generator used 93 % of its CPU."] });
  const slow = ["Lag was 900 us of 2 s", "Lag was 1.5 ms of 2 s"];
  slow.forEach((words, nth) => Object.assign(troubled.cases[5].trials[nth], { state: "invalid", verdict: "INVALID", reason: `${words}; late`, verdict_reasons: [words, "late"] }));
  const { page, quiet, close } = await open(troubled);
  const rows = page.locator("#reasons tbody tr");
  assert.equal(await rows.count(), 5);
  assert.match(await rows.filter({ hasText: "Lag was" }).textContent(), /^INVALID2Lag was 900.us of 2.s/);
  assert.match(await rows.filter({ hasText: "late" }).textContent(), /^INVALID2late/);
  const suspect = rows.filter({ hasText: "SUSPECT" });
  assert.match(await suspect.textContent(), /^SUSPECT2The load generator used 97.% of its CPU\./);
  assert.match(await rows.filter({ hasText: "FAILED" }).textContent(), /signal 11/);
  quiet();
  await close();
  const calm = await open(sampleDocument());
  assert.equal(await calm.page.locator("#reasons").count(), 0);
  await calm.close();
});

test("the throughput chart shows one dot per trial", { skip: browser_missing }, async () => {
  const { page, close } = await open(sampleDocument());
  assert.equal(await dots(page), 54);
  await page.getByLabel("logarithmic, no bars").check();
  assert.equal(await dots(page), 54);
  await close();
});

test("a trial that the summary leaves out is drawn differently, one without a number not at all", { skip: browser_missing }, async () => {
  const { page, quiet, close } = await open(troubledDocument());
  assert.equal(await dots(page), 51);  // of 54: one suspect, one left out, one failed
  assert.equal(await page.locator(`#throughput svg path[stroke="${await variable(page, "bad")}"]`).count(), 1);
  assert.equal(await page.locator(`#throughput svg path[fill="${await variable(page, "caution")}"]`).count(), 1);
  quiet();
  await close();
});

test("a percentile that timeouts leave open reads as a lower bound", { skip: browser_missing }, async () => {
  const sample = sampleDocument();
  const [first] = sample.cases;
  Object.assign(first.summary, { p99_ns: null, p99_at_least_ns: 2e9 });
  Object.assign(first.trials[0], { p99_ns: null, p99_at_least_ns: 3e9 });
  first.percentiles.at_least = first.percentiles.q.map((q) => q >= 0.99);
  first.percentiles.value_ns = first.percentiles.value_ns.map((value, nth) => (first.percentiles.at_least[nth] ? 2e9 : value));
  const { page, close } = await open(sample);
  const cell = page.locator("#throughput .group > .table tbody tr").first().locator("td").nth(7);
  assert.equal((await cell.textContent()).replace(/\u202f/g, " "), "> 2.00 s");
  assert.match(await cell.getAttribute("title"), /^at least 2000000000 ns/);
  assert.equal(await page.locator("#throughput details tbody tr", { hasText: />.3\.00/ }).count(), 1);
  assert.match((await page.locator("#latency details tbody tr").first().textContent()).replace(/\u202f/g, " "), /> 2\.00 s/);
  await close();
});

test("tables hold the numbers of the document", { skip: browser_missing }, async () => {
  const sample = sampleDocument();
  const { page, close } = await open(sample);
  const rows = page.locator("#throughput .group > .table tbody tr");
  assert.equal(await rows.count(), 18);
  const [first] = sample.cases;
  const cells = (await rows.first().locator("th, td").allTextContents());
  assert.deepEqual(cells.slice(0, 5), ["blocking", "/ugly", "per-request", "1", (first.summary.throughput_per_s / 1000).toFixed(2)]);
  assert.equal(await rows.first().locator("td").nth(5).getAttribute("title"), `${first.summary.p50_ns} ns`);
  assert.equal(await page.locator("#throughput details tbody tr").count(), 54);
  assert.equal(await page.locator("#latency details tbody tr").count(), 18);
  assert.equal(await page.locator("#cost details tbody tr").count(), 18);
  assert.match(await page.locator("#published tbody tr").first().textContent(), /H2.*differs.*7\.98.*6\.71/);
  assert.deepEqual(await page.locator("#published .tally .chip").allTextContents(), ["1 differs", "1 cannot tell", "1 agrees", "1 cannot be tested here"]);
  assert.match(await page.locator("#published .table").first().locator("tbody tr").last().textContent(), /H18.*cannot test here.*–.*no case with engine=aiohttp/);
  assert.match(await page.locator("#environment").textContent(), /AMD EPYC 7B13/);
  assert.equal(await page.locator("table:not(:has(caption))").count(), 0);
  assert.equal(await page.locator("thead th:not([scope=col])").count(), 0);
  await close();
});

test("the verdict of a comparison, its warnings, failed trials and errors stand on the page", { skip: browser_missing }, async () => {
  const { page, close } = await open(troubledDocument());
  const verdict = await page.locator("#verdict").textContent();
  assert.match(verdict, /REGRESSED/);
  assert.equal(verdict.match(/16 pairs/g).length, 1, verdict);
  assert.match(verdict, /51 of 54 trials valid/);
  assert.match(verdict, /interrupted/);
  assert.match(verdict, /governor cannot be read/);
  assert.match((await page.locator(".readout").nth(1).textContent()).replace(/\u202f/g, " "), /throughput of the candidate−4\.9 %95 % interval −6\.8 % to −3\.1 %/);
  assert.match(await page.locator("#throughput details").textContent(), /signal 11/);
  assert.equal(await page.locator("#errors tbody tr").count(), 2);
  assert.match(await page.locator("#errors").textContent(), /Connection reset by peer/);
  await close();
});

test("the reader picks the cases of the percentile plot, eight at first", { skip: browser_missing }, async () => {
  const { page, quiet, close } = await open(sampleDocument());
  const state = page.locator("#latency .state");
  const checked = page.locator("#latency .legend input:checked");
  assert.equal(await checked.count(), 8);
  await page.locator("#latency select[data-filter=engine]").selectOption({ label: "epoll" });
  assert.equal(await page.locator("#latency .legend li").count(), 6);
  assert.equal(await checked.count(), 6);
  assert.match(await state.textContent(), /6 of 18 cases shown, 6 match/);
  await page.getByRole("button", { name: "Show none" }).click();
  assert.equal(await checked.count(), 0);
  await page.locator("#latency .legend input").first().check();
  assert.match(await state.textContent(), /1 of 18/);
  const colour = await variable(page, "series-1");
  assert.ok(await page.locator(`#latency .chart svg path[stroke="${colour}"]`).count() >= 1);
  quiet();
  await close();
});

test("hostile names are text everywhere", { skip: browser_missing }, async () => {
  const sample = troubledDocument();
  sample.title = kHostile[0];
  sample.session.command_line = kHostile[2];
  sample.warnings = kHostile.map((name) => ({ sentence: name, of_cases: [name] }));
  sample.environment = kHostile.map((name) => [name, name]);
  sample.cases.forEach((item, index) => {
    const name = kHostile[index % kHostile.length];
    item.label = name;
    item.parameters = [[kHostile[0], `${name}${index}`], ["engine", kHostile[1]], ["depth", String(index % 3)]];
  });
  Object.assign(sample.scenarios[0], { title: kHostile[1], question: kHostile[2], article: "javascript:alert(1)", yaml: kHostile.join("\n") });
  sample.errors = kHostile.map((name) => ({ scenario: name, case: name, kind: name, count: 1, first: name }));
  sample.claims = kHostile.map((name) => ({
    scenario: name, claim: name, statement: name, computation: name, expected: name, unit: name, published: 1, measured: 1, low: 1, high: 1,
    measured_text: name, low_text: name, high_text: name, verdict: name, reason: name, caveat: name,
  }));
  const { page, quiet, close } = await open(sample);
  assert.equal(await page.locator("h1").textContent(), kHostile[0]);
  assert.equal(await page.locator("#escaped, img, [onerror], a[href^='javascript']").count(), 0);
  for (const name of kHostile) assert.ok((await page.locator("#errors").textContent()).includes(name));
  await page.locator("#throughput .chart").hover({ position: { x: 700, y: 60 } });
  assert.equal(await page.locator("#throughput .reading:visible").count(), 1);
  await page.locator("#latency .chart").hover({ position: { x: 600, y: 200 } });
  assert.equal(await page.locator("#latency .reading:visible").count(), 1);
  assert.equal(await page.locator("#escaped, img, [onerror]").count(), 0);
  assert.equal(await scrollsSideways(page), false);
  quiet();
  await close();
});

test("an empty document and broken keys degrade to \"not recorded\"", { skip: browser_missing }, async () => {
  const broken = {
    title: null, session: [], environment: "x", warnings: null, scenarios: [null, 3], cases: [null, {
      trials: [null], summary: 7, percentiles: { q: [1, 0.5, "x"], value_ns: [5] }, seconds: { second: [0, 1] },
      resources: [null, { side: "load" }, { side: "machine", seconds: { second: [0, 1], processors: ["x", 1] } }],
    }],
    claims: [{}], figures: [null], comparison: {}, errors: [null],
  };
  for (const document of [{}, { cases: [], errors: null, comparison: null }, broken]) {
    const { page, quiet, close } = await open(document);
    const text = await page.locator("main").textContent();
    for (const words of [/Throughput/, /Percentiles: not recorded/, /CPU time: not recorded/, /Environment: not recorded/, /Command: not recorded/]) {
      assert.match(text, words);
    }
    assert.doesNotMatch(text, /NaN|undefined|\bnull\b|\[object/);
    quiet();
    await close();
  }
  const { page, close } = await open({});
  assert.equal(await page.locator("#verdict .word").textContent(), "No trials");
  assert.match(await page.locator("#errors").textContent(), /Errors: not recorded/);
  await close();
});

test("light and dark follow the system, and the button turns them over", { skip: browser_missing }, async () => {
  const luminance = (page) => page.evaluate(() => {
    const [r, g, b] = getComputedStyle(document.body).backgroundColor.match(/\d+/g).map(Number);
    return (r + g + b) / 3;
  });
  for (const dark of [false, true]) {
    const { page, quiet, close } = await open(sampleDocument(), { dark });
    assert.equal((await luminance(page)) < 60, dark);
    assert.equal(await dots(page), 54);
    const before_click = await variable(page, "dot");
    await page.locator("button.theme").click();
    assert.equal((await luminance(page)) < 60, !dark);
    assert.notEqual(await variable(page, "dot"), before_click);
    assert.equal(await dots(page), 54);
    quiet();
    await close();
  }
});

test("text stands out from its ground by 4.5 to 1 in both themes", { skip: browser_missing }, async () => {
  const contrast = (page, pairs) => page.evaluate((wanted) => {
    const style = getComputedStyle(document.documentElement);
    const light = (name) => {
      const hex = style.getPropertyValue(`--${name}`).trim();
      const [r, g, b] = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255)
        .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    return wanted.map(([ink, ground]) => {
      const [high, low] = [light(ink), light(ground)].sort((a, b) => b - a);
      return { ink, ground, ratio: (high + 0.05) / (low + 0.05) };
    });
  }, pairs);
  const text = [["ink", "surface"], ["quiet", "surface"], ["quiet", "page"], ["quiet", "sunken"], ["accent", "surface"], ["accent", "page"],
    ["good", "good-back"], ["caution", "caution-back"], ["bad", "bad-back"], ["quiet", "plain-back"]];
  const marks = [["dot", "bar"], ["dot", "surface"], ["target", "surface"], ["load", "surface"],
    ...Array.from({ length: 8 }, (_, index) => [`series-${index + 1}`, "surface"])];
  for (const dark of [false, true]) {
    const { page, close } = await open(sampleDocument(), { dark });
    for (const { ink, ground, ratio } of await contrast(page, text)) assert.ok(ratio >= 4.5, `${ink} on ${ground}: ${ratio}, dark ${dark}`);
    for (const { ink, ground, ratio } of await contrast(page, marks)) assert.ok(ratio >= 3, `${ink} on ${ground}: ${ratio}, dark ${dark}`);
    await close();
  }
});

test("a telephone and a desk both fit without sideways scrolling", { skip: browser_missing }, async () => {
  for (const width of [390, 1400]) {
    const { page, quiet, close } = await open(troubledDocument(), { width });
    await page.locator("details").evaluateAll((all) => { for (const one of all) one.open = true; });
    assert.equal(await scrollsSideways(page), false, `at ${width} px`);
    assert.equal(await dots(page), 51);
    quiet();
    await close();
  }
});

test("what both sides used is drawn second by second, and what was not recorded is named", { skip: browser_missing }, async () => {
  const sample = sampleDocument();
  const { page, quiet, close } = await open(sample);
  const course = page.locator("#over-time");
  const used = course.locator(".chart").nth(1);
  const texts = await used.locator("svg text").allTextContents();
  for (const name of ["processors busy", "resident memory", "context switches", "system calls"]) assert.ok(texts.includes(name), name);
  assert.match(await course.textContent(), /Not recorded: waits of load, preemptions of load, system calls of load\./);
  assert.match(await course.textContent(), /The figures of load are of 2 of 3 trials\./);
  await used.hover({ position: { x: 600, y: 100 } });
  assert.match((await used.locator(".reading").textContent()).replace(/\u202f/g, " "), /second \d.*target.*0\.\d\d.*load0\.64.*whole machine1\.71.*target, memory.*MB.*target waits1\.20 k\/s/s);
  const table = course.locator("details table").nth(1);
  assert.deepEqual((await table.locator("tbody tr").nth(4).locator("td").allTextContents()).map((text) => text.replace(/\u202f/g, " ")).slice(1),
    ["4.15 MB", "1.20 k/s", "–", "170 k/s", "0.64", "2.50 MB", "1.71", "0.00", "0.00"]);
  sample.cases[0].resources = [];
  const without = await open(sample);
  await without.page.locator("#over-time select").selectOption("0");
  assert.equal(await without.page.locator("#over-time .chart:visible").count(), 1);
  assert.match(await without.page.locator("#over-time").textContent(), /was not recorded for this case/);
  without.quiet();
  await without.close();
  quiet();
  await close();
});

test("the cost of a case stands with memory and switches, and noise of the machine above it", { skip: browser_missing }, async () => {
  const { page, quiet, close } = await open(sampleDocument());
  const heads = await page.locator("#cost details thead th").allTextContents();
  assert.deepEqual(heads.slice(4), ["targetµs/request", "loadµs/request", "targetprocessors", "loadprocessors", "machineprocessors", "targetmemory", "loadmemory",
    "targetwaits", "loadwaits", "targetpreempted", "loadpreempted", "targetsystem calls", "machinestolen, processors", "machinethrottled, processors"]);
  const cells = (await page.locator("#cost details tbody tr").nth(1).locator("td").allTextContents()).map((text) => text.replace(/\u202f/g, " "));
  assert.deepEqual(cells.slice(5), ["0.97", "0.64", "1.71", "4.19 MB", "2.50 MB", "1.20 k/s", "–", "14.0 /s", "–", "171 k/s", "0.04", "0.00"]);
  assert.match(await page.locator("#cost .noise").textContent(), /stole up to 0\.04 of a processor \(.*\)\. The kernel reports no throttling\./);
  quiet();
  await close();
  const bare = sampleDocument();
  for (const item of bare.cases) item.resources = [];
  const without = await open(bare);
  assert.match(await without.page.locator("#cost").textContent(), /What a hypervisor stole was not recorded\. Throttling was not recorded\./);
  assert.match(await without.page.locator("#cost details").textContent(), /beside CPU time was not recorded/);
  without.quiet();
  await without.close();
});

test("thirty scenarios: a short headline, and every scenario within one jump", { skip: browser_missing }, async () => {
  const { page, quiet, close } = await open(manyScenarios());
  assert.equal(await page.locator("h1").textContent(), "30 scenarios: scenario_01, scenario_02, scenario_03 and 27 more");
  const links = page.locator(".scenarios a");
  assert.equal(await links.count(), 30);
  const in_view = (selector) => page.waitForFunction((wanted) => {
    const { top } = document.querySelector(wanted).getBoundingClientRect();
    return top > -20 && top < innerHeight;
  }, selector);
  await links.nth(19).click();
  await in_view("#throughput-scenario_20");
  await page.locator("#throughput-scenario_20 .jumps a", { hasText: "claims" }).click();
  await in_view("#claims-scenario_20");
  assert.equal(await page.locator("#claims-scenario_20").getAttribute("open"), "", "a folded part opens for who jumps to it");
  await page.locator("#claims-scenario_20 .jumps a", { hasText: "↑" }).click();
  await in_view("#contents");
  assert.match((await page.locator(".scenarios li").nth(6).textContent()), /scenario_07 12 cases36 skipped/);
  const nowhere = await page.locator("a[href^='#']:not(.button)").evaluateAll((anchors) => {
    const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
    return anchors.map((anchor) => anchor.getAttribute("href").slice(1)).filter((wanted) => ids.filter((id) => id === wanted).length !== 1);
  });
  assert.deepEqual(nowhere, []);
  quiet();
  await close();
});

test("thirty scenarios: warnings and claims are folded, and nothing of them is lost", { skip: browser_missing }, async () => {
  const { page, quiet, close } = await open(manyScenarios());
  const warnings = page.locator("#verdict");
  const visible = warnings.locator(".warnings > li:visible");
  assert.equal(await visible.count(), 6);
  await warnings.getByText("warning of the kind 2").click();
  assert.equal(await warnings.locator("details[open] li:visible").count(), 360);
  await warnings.getByText("5 more warnings").click();
  assert.equal(await warnings.locator(".warnings > li:visible").count(), 6 + 5);
  assert.deepEqual(await page.locator("#published > .tally .chip").allTextContents(), ["6 differ", "30 cannot tell", "54 agree", "30 cannot be tested here"]);
  assert.equal(await page.locator("#published details.claims").count(), 30);
  assert.equal(await page.locator("#published details.claims[open]").count(), 6, "those in which something differs");
  const first = page.locator("#claims-scenario_03");
  assert.deepEqual(await first.locator("summary .chip").allTextContents(), ["1 differs", "1 cannot tell", "1 agrees", "1 cannot be tested here"]);
  assert.match(await first.locator("tbody tr").first().textContent(), /differs/);
  quiet();
  await close();
});

test("thirty scenarios: filters, errors and responses stay short", { skip: browser_missing }, async () => {
  const { page, quiet, close } = await open(manyScenarios());
  const filters = page.locator("#latency select[data-filter]");
  assert.equal(await filters.count(), 1);
  await page.locator("#latency select[data-filter=scenario]").selectOption({ label: "scenario_05" });
  assert.equal(await filters.count(), 2);
  assert.equal(await page.locator("#latency .legend li").count(), 12);
  await page.locator("#latency select[data-filter=axis_4]").selectOption({ label: "3" });
  assert.equal(await page.locator("#latency .legend li").count(), 1);
  assert.equal(await page.locator("#errors > .table tbody tr").count(), 2);
  assert.equal(await page.locator("#errors details tbody tr").count(), 60);
  assert.match(await page.locator("#answers > p").last().textContent(), /all responses were 2xx/);
  assert.equal(await page.locator("#answers details tbody tr").count(), 348);
  assert.equal(await page.locator("#over-time optgroup").count(), 29, "one was skipped");
  await page.locator("details").evaluateAll((all) => { for (const one of all) one.open = true; });
  assert.equal(await scrollsSideways(page), false);
  quiet();
  await close();
});

test("skipped trials say why, and are not lost ones", { skip: browser_missing }, async () => {
  const { page, quiet, close } = await open(manyScenarios());
  const verdict = await page.locator("#verdict").textContent();
  assert.match(verdict, /1043 of 1080 trials valid|1.043 of 1.080 trials valid/);
  assert.match(verdict, /1 trial went wrong as the scenario expects, 36 trials skipped\./);
  const group = page.locator("#throughput-scenario_07");
  assert.equal(await group.locator(".chart").count(), 0);
  assert.deepEqual(await group.locator("> .table .chip").allTextContents(), Array(12).fill("SKIPPED"));
  assert.equal(await group.locator(".skips").textContent(), "12 cases skipped: program 'wildfly' is not installed; install the package wildfly");
  assert.equal(await group.locator("> .table tbody tr").first().locator("td").nth(1).textContent(), "–", "no lowest and no highest");
  assert.equal(await page.locator("#throughput-scenario_01 > .table .chip").first().textContent(), "EXPECTED");
  const reasons = page.locator("#reasons tbody tr");
  assert.match(await reasons.filter({ hasText: "SKIPPED" }).textContent(), /SKIPPED36program 'wildfly'/);
  assert.match(await reasons.filter({ hasText: "expected" }).textContent(), /FAILED, expected1the target crashed/);
  quiet();
  await close();
});

test("fifty cases of two scenarios stay legible: every row has its label", { skip: browser_missing }, async () => {
  const sample = sampleDocument();
  const [model] = sample.cases;
  sample.cases = Array.from({ length: 50 }, (_, index) => ({
    ...model, id: index, scenario: index < 30 ? "first" : "second",
    parameters: [["engine", index % 2 === 0 ? "epoll" : "uring"], ["depth", `d${index}`]],
  }));
  sample.scenarios = ["first", "second"].map((name) => ({ ...sample.scenarios[0], name, title: name }));
  const { page, quiet, close } = await open(sample);
  assert.equal(await page.locator("#throughput .chart svg").count(), 2);
  assert.equal(await dots(page), 150);
  const labels = (await page.locator("#throughput .chart svg text").allTextContents()).filter((text) => /^d\d+$/.test(text));
  assert.deepEqual(labels, Array.from({ length: 50 }, (_, index) => `d${index}`));
  assert.equal(await page.locator("#latency .legend input:checked").count(), 8);
  assert.equal(await page.locator("#latency select[data-filter=scenario]").count(), 1);
  quiet();
  await close();
});

test("downloads hand out the document's own CSV and JSON", { skip: browser_missing }, async () => {
  const sample = sampleDocument();
  const { page, quiet, close } = await open(sample);
  const fetched = async (name) => {
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByText(name).click()]);
    return { file: download.suggestedFilename(), text: readFileSync(await download.path(), "utf8") };
  };
  assert.deepEqual(await fetched("Trials, CSV"), { file: "hotlap-session-3-trials.csv", text: sample.trials_csv });
  assert.deepEqual(await fetched("Cases, CSV"), { file: "hotlap-session-3-cases.csv", text: sample.cases_csv });
  assert.deepEqual(JSON.parse((await fetched("Whole report, JSON")).text), sample);
  quiet();
  await close();
});

test("printing opens every table, in light, and puts all back", { skip: browser_missing }, async () => {
  const { page, quiet, close } = await open(sampleDocument(), { dark: true });
  const folded = () => page.locator("details:not([open])").count();
  const before_printing = await folded();
  await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
  assert.equal(await folded(), 0);
  assert.equal(await page.locator("html").getAttribute("data-theme"), "light");
  assert.equal(await dots(page), 54);
  await page.evaluate(() => dispatchEvent(new Event("afterprint")));
  assert.equal(await folded(), before_printing);
  assert.equal(await page.locator("html").getAttribute("data-theme"), null);
  quiet();
  await close();
});

test("without JavaScript the page says where the numbers are", { skip: browser_missing }, async () => {
  const { page, close } = await open(sampleDocument(), { context: { javaScriptEnabled: false } });
  assert.match(await page.locator("body").innerText(), /hotlap report --csv/);
  await close();
});
