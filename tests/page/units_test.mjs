// Numbers as people read them: the edges where a unit or a digit changes.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const page = new URL("../../reports/page/", import.meta.url);
const { transformWithEsbuild } = await import(new URL("node_modules/vite/dist/node/index.js", page));
const source = new URL("src/units.ts", page);
const { code } = await transformWithEsbuild(readFileSync(source, "utf8"), "units.ts", { sourcemap: false });
const units = await import(`data:text/javascript,${encodeURIComponent(code)}`);

const plain = (text) => text.replace(/\u202f/g, " ");

test("a duration keeps three digits and changes its unit where rounding does", () => {
  const shown = [0, 1, 999, 999.6, 1500, 184_213, 999_400, 999_900, 1e6, 61_000_000, 999.6e6, 12e9].map((value) => plain(units.duration(value)));
  assert.deepEqual(shown, ["0 ns", "1.00 ns", "999 ns", "1.00 µs", "1.50 µs", "184 µs", "999 µs", "1.00 ms", "1.00 ms", "61.0 ms", "1.00 s", "12.0 s"]);
});

test("a percentile that is only known to be at least so long says so", () => {
  const shown = [{ ns: 5e6, at_least_ns: null }, { ns: null, at_least_ns: 2e9 }, { ns: null, at_least_ns: null }].map((time) => plain(units.percentileTime(time)));
  assert.deepEqual(shown, ["5.00 ms", "> 2.00 s", "–"]);
});

test("a rate is scaled to k/s and M/s", () => {
  assert.deepEqual([0, 681.2, 999.7, 42_660, 506_370, 4_412_000].map((value) => plain(units.rate(value))),
    ["0 /s", "681 /s", "1.00 k/s", "42.7 k/s", "506 k/s", "4.41 M/s"]);
});

test("rounding up adds no digit, and no digit before the point is lost", () => {
  assert.deepEqual([9.996, 99.96, 999.6, 1363.5, 1234567, -0.0451].map((value) => plain(units.significant(value))),
    ["10.0", "100", "1 000", "1 364", "1 234 567", "-0.0451"]);
});

test("a column has one unit, and its smallest value stays legible", () => {
  const scale = units.rateScale([681, 506_370, null]);
  assert.equal(scale.unit, "k/s");
  assert.deepEqual([681, 506_370, null].map((value) => plain(scale.show(value))), ["0.68", "506.37", "–"]);
  assert.equal(units.rateScale([]).unit, "/s");
  assert.equal(units.rateScale([0]).show(0), "0.00");
});

test("a missing number is a dash, never a zero", () => {
  for (const show of [units.duration, units.rate, units.count, units.change]) assert.equal(show(null), "–");
});

test("a range says a shared unit once", () => {
  assert.equal(plain(units.between(units.duration(1.96e6), units.duration(2.1e6))), "1.96 – 2.10 ms");
  assert.equal(plain(units.between(units.duration(900e3), units.duration(2.1e6))), "900 µs – 2.10 ms");
  assert.equal(plain(units.between("–", units.duration(2.1e6))), "– – 2.10 ms");
  assert.equal(units.between("–", "–"), "–");
});

test("a scale drops zeros that say nothing", () => {
  assert.deepEqual(["100 ms", "10.0 s", "1.50 k/s", "1.00 µs", "0.100 s"].map(units.tick), ["100 ms", "10 s", "1.5 k/s", "1 µs", "0.1 s"]);
});

test("a percentile shows its nines without the dust of binary fractions", () => {
  assert.deepEqual([0.5, 0.975, 0.999, 0.9999, 0.999999, 1 - 10 ** -4].map(units.percent), ["50", "97.5", "99.9", "99.99", "99.9999", "99.99"]);
  assert.deepEqual([0, 0.127654321, 0.998027763, 0.999987654, 1].map(units.percent), ["0", "12.77", "99.803", "99.99877", "100"]);
});

test("a sentence does not break between a figure and its unit", () => {
  assert.equal(units.unbroken("p99 is 818 us, 3 % of 10 MB/s in 5 s; 12 pairs, 3 messages."), "p99 is 818\u202fus, 3\u202f% of 10\u202fMB/s in 5\u202fs; 12 pairs, 3 messages.");
  assert.equal(units.unbroken("5.86 k/s answered (99.3 %)"), "5.86\u202fk/s answered (99.3\u202f%)");
});

test("a ratio reads as a change, and a span of time as people say it", () => {
  assert.deepEqual([0.951, 1.2, 1].map((value) => plain(units.change(value))), ["−4.9 %", "+20.0 %", "±0.0 %"]);
  assert.equal(plain(units.elapsed("2026-11-20T10:00:00Z", "2026-11-20T10:02:47Z")), "2 min 47 s");
  assert.equal(units.elapsed("2026-11-20T10:00:00Z", ""), null);
  assert.equal(units.instant("2026-11-20T10:00:00Z"), "2026-11-20 10:00:00 UTC");
  assert.equal(units.instant(""), "not recorded");
});
