// Numbers as people read them: raw values in, scaled text out. A missing number reads "–".
// The thin no-break space between number and unit keeps both on one line.

export const kMissing = "–";
const kSpace = "\u202f";

// Three significant digits by default, without an exponent and without losing digits before the point.
export function significant(value: number, digits = 3): string {
  if (value === 0) return "0";
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(Math.abs(value))));
  // 99.96 rounds to 100.0, one digit too many: the second look at the rounded value takes it away.
  const rounded = Number(value.toFixed(Math.min(decimals, 12)));
  const again = rounded === 0 ? decimals : Math.max(0, digits - 1 - Math.floor(Math.log10(Math.abs(rounded))));
  return grouped(value.toFixed(Math.min(again, 12)));
}

function grouped(fixed: string): string {
  const [whole = "", fraction] = fixed.split(".");
  const spaced = whole.replace(/\B(?=(\d{3})+(?!\d))/g, kSpace);
  return fraction === undefined ? spaced : `${spaced}.${fraction}`;
}

export function count(value: number | null): string {
  return value === null ? kMissing : grouped(value.toFixed(0));
}

export function duration(value_ns: number | null): string {
  if (value_ns === null) return kMissing;
  const size = Math.abs(value_ns);
  // The limits stand just below the step so that 999.9 µs rounds to 1.00 ms, not to 1000 µs.
  if (size < 999.5) return `${significant(value_ns)}${kSpace}ns`;
  if (size < 999.5e3) return `${significant(value_ns / 1e3)}${kSpace}µs`;
  if (size < 999.5e6) return `${significant(value_ns / 1e6)}${kSpace}ms`;
  return `${significant(value_ns / 1e9)}${kSpace}s`;
}

// "> 2.00 s" where a percentile is only known to be at least so long.
export function percentileTime(time: { ns: number | null; at_least_ns: number | null }): string {
  return time.ns === null && time.at_least_ns !== null ? `>${kSpace}${duration(time.at_least_ns)}` : duration(time.ns);
}

export function rate(value_per_s: number | null): string {
  if (value_per_s === null) return kMissing;
  const size = Math.abs(value_per_s);
  if (size < 999.5) return `${significant(value_per_s)}${kSpace}/s`;
  if (size < 999.5e3) return `${significant(value_per_s / 1e3)}${kSpace}k/s`;
  return `${significant(value_per_s / 1e6)}${kSpace}M/s`;
}

export function bytes(value: number | null): string {
  if (value === null) return kMissing;
  const [divisor, unit] = value >= 999.5e6 ? [1e9, "GB"] : value >= 999.5e3 ? [1e6, "MB"] : value >= 999.5 ? [1e3, "kB"] : [1, "B"];
  return `${significant(value / divisor)}${kSpace}${unit}`;
}

// Processors kept busy: two decimals are what sampled ticks know.
export function processors(value: number | null): string {
  return value === null ? kMissing : value > 0 && value < 0.005 ? "<\u202f0.01" : value.toFixed(2);
}

// "1.96 – 2.10 ms": a unit that both ends share is said once, and so is that both are missing.
export function between(low: string, high: string): string {
  if (low === kMissing && high === kMissing) return kMissing;
  const [number = "", unit] = low.split(kSpace);
  const shared = unit !== undefined && /^\D/.test(unit) && high.endsWith(kSpace + unit);
  return `${shared ? number : low} – ${high}`;
}

// On a scale "100 ms" says all that "100.0 ms" does.
export function tick(shown: string): string {
  return shown.replace(/(\.\d*?)0+(?=\D|$)/, "$1").replace(/\.(?=\D|$)/, "");
}

// One unit for a whole column, so that its numbers can be compared by eye: the unit suits the largest, the decimals
// leave the smallest three significant digits as long as the largest keeps to five.
export interface Scale { unit: string; show(value: number | null): string }

export function rateScale(values: readonly (number | null)[]): Scale {
  const present = values.filter((value): value is number => value !== null && value > 0);
  const largest = Math.max(0, ...present);
  const [divisor, unit] = largest >= 999.5e3 ? [1e6, "M/s"] : largest >= 999.5 ? [1e3, "k/s"] : [1, "/s"];
  return { unit, show: column(present, divisor) };
}

export function cpuScale(values: readonly (number | null)[]): Scale {
  const present = values.filter((value): value is number => value !== null && value > 0);
  return { unit: "µs", show: column(present, 1) };
}

function column(present: readonly number[], divisor: number): (value: number | null) => string {
  const smallest = present.length === 0 ? 1 : Math.min(...present) / divisor;
  const largest = present.length === 0 ? 1 : Math.max(...present) / divisor;
  const decimals = Math.max(0, Math.min(2 - Math.floor(Math.log10(smallest)), 4 - Math.max(0, Math.floor(Math.log10(largest)))));
  return (value) => (value === null ? kMissing : grouped((value / divisor).toFixed(decimals)));
}

export function change(value: number | null): string {  // a ratio as a change: 0.95 → −5.0 %
  if (value === null) return kMissing;
  const percent = (value - 1) * 100;
  const sign = percent < 0 ? "−" : percent > 0 ? "+" : "±";
  return `${sign}${Math.abs(percent).toFixed(1)}${kSpace}%`;
}

// 0.5 → "50", 0.999 → "99.9": as many nines as there are and two digits after them, no rounding dust of binary fractions.
export function percent(q: number): string {
  const above = Number((100 - q * 100).toPrecision(10));
  const decimals = above > 0 ? Math.max(0, Math.ceil(-Math.log10(above))) + 2 : 2;
  return String(Number((q * 100).toFixed(Math.min(decimals, 12))));
}

// The units of figures in the program's own sentences, where a word ends.
export const kUnits = "(?:ns|us|ms|s|min|%|[kMG]?B(?:/s)?|[kMG]|[kMG]?/s)(?=[\\s,;:.()]|$)";

const kBeforeUnit = new RegExp(`(\\d) (?=${kUnits})`, "g");

// A sentence whose figures keep their units beside them where it breaks into lines.
export function unbroken(sentence: string): string {
  return sentence.replace(kBeforeUnit, `$1${kSpace}`);
}

export function instant(iso: string): string {
  const date = new Date(iso);
  if (iso === "" || Number.isNaN(date.getTime())) return iso === "" ? "not recorded" : iso;
  return `${date.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

export function elapsed(from: string, to: string): string | null {
  const seconds = Math.round((Date.parse(to) - Date.parse(from)) / 1000);
  if (!Number.isFinite(seconds) || seconds < 0) return null;
  if (seconds < 60) return `${seconds}${kSpace}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}${kSpace}min ${seconds % 60}${kSpace}s`;
  return `${Math.floor(seconds / 3600)}${kSpace}h ${Math.floor((seconds % 3600) / 60)}${kSpace}min`;
}

export function plural(amount: number, one: string, many = `${one}s`): string {
  return `${count(amount)} ${amount === 1 ? one : many}`;
}
