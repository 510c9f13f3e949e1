// Which hours are looked at: presets, or from and to; and by which periods they are told.

import { offsetIn, wallClock } from "../format/time.js";

const HOUR_MS = 3_600_000;

/** @type {[string, string][]} */
export const PRESETS = [
  ["24h", "Last 24 hours"],
  ["7d", "Last 7 days"],
  ["4w", "Last 4 weeks"],
  ["this-month", "This month"],
  ["last-month", "Last month"],
  ["all", "All stored usage"],
  ["custom", "From and to…"],
];
const LENGTHS = { "24h": 24, "7d": 7 * 24, "4w": 28 * 24 };
const DEFAULT = "7d";

/**
 * @typedef {object} TimeRange
 * @property {string} preset
 * @property {string} tz
 * @property {object} asked Members of a question: `last`, or `from` and `to`; and `tz`.
 * @property {number} startMs
 * @property {number} endMs
 * @property {boolean} isComparable Whether there may be a time before it.
 */

/** @typedef {{first_hour: string | null, last_hour: string | null}} Extent Of the stored usage. */

/** @param {URLSearchParams} params @param {Extent} extent @returns {TimeRange} */
export function timeRange(params, extent) {
  const tz = params.get("tz") || "UTC";
  const preset = params.get("range") || (params.get("from") ? "custom" : fittingPreset(extent));
  if (Object.hasOwn(LENGTHS, preset)) return lastHours(preset, tz);
  const [from, to] = spanOf(preset, params, tz, extent);
  // What is no time is left to the API to refuse; meanwhile the controls show this month.
  const [startMs, endMs] = [instantOf(from, tz) ?? instantOf(monthOf(0, tz), tz), instantOf(to, tz) ?? instantOf(monthOf(1, tz), tz)];
  return { preset, tz, asked: { from, to, tz }, startMs, endMs, isComparable: preset !== "all" };
}

/** Usage that ended long ago is shown from its begin to its end: the last days would be empty. @param {Extent} extent */
function fittingPreset(extent) {
  const isOld = extent.last_hour !== null && Date.parse(extent.last_hour) < Date.now() - LENGTHS[DEFAULT] * HOUR_MS;
  return isOld ? "all" : DEFAULT;
}

/** @param {string} preset @param {string} tz @returns {TimeRange} */
function lastHours(preset, tz) {
  const endMs = Math.floor(Date.now() / HOUR_MS) * HOUR_MS + HOUR_MS;
  const startMs = endMs - LENGTHS[preset] * HOUR_MS;
  return { preset, tz, asked: { last: preset, tz }, startMs, endMs, isComparable: true };
}

/** @param {string} preset @param {URLSearchParams} params @param {string} tz @param {Extent} extent */
function spanOf(preset, params, tz, extent) {
  if (preset === "this-month") return [monthOf(0, tz), monthOf(1, tz)];
  if (preset === "last-month") return [monthOf(-1, tz), monthOf(0, tz)];
  if (preset === "all" && extent.first_hour && extent.last_hour) {
    return [wallClock(Date.parse(extent.first_hour), tz), wallClock(Date.parse(extent.last_hour) + HOUR_MS, tz)];
  }
  return [params.get("from") || monthOf(0, tz), params.get("to") || monthOf(1, tz)];
}

/** @param {number} later Months from now. @param {string} tz */
function monthOf(later, tz) {
  const [year, month] = wallClock(Date.now(), tz).split("-").map(Number);
  return new Date(Date.UTC(year, month - 1 + later, 1)).toISOString().slice(0, 7);
}

/** @param {string} written 2026-02, 2026-02-01 or 2026-02-01T10:00 in `tz`. @param {string} tz @returns {any} null if it is no time. */
export function instantOf(written, tz) {
  const [day, clock = "00:00"] = written.split("T");
  const asUtc = Date.parse(`${day.length === 7 ? `${day}-01` : day}T${clock}Z`);
  if (Number.isNaN(asUtc)) return null;
  const guess = asUtc - offsetIn(asUtc, tz);
  return asUtc - offsetIn(guess, tz);
}

/** Days that the range holds in part look like quiet days: it is said. @param {string} granularity @param {TimeRange} range */
export function byPeriod(granularity, { startMs, endMs, tz }) {
  const isCut = !["minute", "hour"].includes(granularity) && [startMs, endMs].some((ms) => !wallClock(ms, tz).endsWith("T00:00"));
  return `by ${granularity}${isCut ? " (the first and the last in part)" : ""}`;
}

/** @param {TimeRange} range @returns {string} A granularity of the API that makes a readable number of points. */
export function fittingGranularity({ startMs, endMs }) {
  const hours = (endMs - startMs) / HOUR_MS;
  if (hours <= 24 * 3) return "hour";
  if (hours <= 24 * 100) return "day";
  return hours <= 24 * 800 ? "week" : "month";
}
