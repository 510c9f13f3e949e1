// Numbers as people read them. What is not known is said to be not known, and is never 0.

const THIN = "\u202f";
export const NOT_KNOWN = "not known";

/** @param {number | null | undefined} value Exact, with thin separators. */
export function count(value) {
  return value === null || value === undefined ? NOT_KNOWN : grouped(String(value));
}

/** `1 call`, `2 calls`. @param {number} value @param {string} noun */
export function counted(value, noun) {
  return `${count(value)} ${noun}${value === 1 ? "" : "s"}`;
}

/** @param {string} digits A decimal number as text. */
export function grouped(digits) {
  const [, sign, whole, rest] = /^(-?)(\d+)(.*)$/.exec(digits) ?? [];
  if (whole === undefined) return digits;
  return (sign && "−") + whole.replace(/\B(?=(\d{3})+$)/g, THIN) + rest;
}

/** Short, for axes. @param {number} value */
export function short(value) {
  const [size, unit] = [[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"]].find(([each]) => Math.abs(value) >= each) ?? [1, ""];
  return `${Number((value / size).toPrecision(3))}${unit && THIN + unit}`;
}

/** @param {number} value @param {number} digits Significant ones. */
function significant(value, digits = 3) {
  if (value === 0) return "0";
  // Rounded first: 99.96 is 100, which has no place behind the point.
  const rounded = Number(value.toPrecision(digits));
  const places = Math.max(0, digits - 1 - Math.floor(Math.log10(Math.abs(rounded))));
  return grouped(rounded.toFixed(Math.min(places, 6)));
}

/** Milliseconds with three significant digits. @param {number | null | undefined} ms */
export function duration(ms) {
  if (ms === null || ms === undefined) return NOT_KNOWN;
  return ms < 999.5 ? `${significant(ms)}${THIN}ms` : `${significant(ms / 1000)}${THIN}s`;
}

/** @param {number | null | undefined} ratio As 0.074. */
export function percent(ratio) {
  return ratio === null || ratio === undefined ? NOT_KNOWN : `${significant(ratio * 100)}${THIN}%`;
}

/** @param {number | null | undefined} bytes */
export function bytes(bytes) {
  if (bytes === null || bytes === undefined) return NOT_KNOWN;
  const [size, unit] = [[1e12, "TB"], [1e9, "GB"], [1e6, "MB"], [1e3, "kB"]].find(([each]) => bytes >= each) ?? [1, "B"];
  return `${significant(bytes / size)}${THIN}${unit}`;
}

/** @param {number | null | undefined} value A rate or mean. */
export function decimal(value) {
  return value === null || value === undefined ? NOT_KNOWN : significant(value);
}

/** By which share something has grown: `+4.1 %`. @param {number | null | undefined} share */
export function change(share) {
  if (share === null || share === undefined) return NOT_KNOWN;
  const text = significant(Math.abs(share) * 100, 2);
  return text === "0" ? `±0${THIN}%` : `${share > 0 ? "+" : "−"}${text}${THIN}%`;
}
