// Periods of rows: the instants at which they begin, and how they are written.

import { day, wallClock } from "../format/time.js";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const LENGTHS_MS = { minute: MINUTE_MS, hour: HOUR_MS, day: DAY_MS, week: 7 * DAY_MS };
const MOST_DRAWN = 20_000;

/** @param {string} period `2026`, `2026-02`, `2026-02-03`, or an hour or minute with its offset. */
export function periodMs(period) {
  if (isInstant(period)) return Date.parse(period);
  return Date.parse(`${(period + "-01-01").slice(0, 10)}T00:00Z`);
}

/** Hours and minutes lie on the time line; days, weeks and months are names of the calendar, drawn as if they were UTC's. @param {string} period */
function isInstant(period) {
  return period.includes("T");
}

/** @param {string} period */
export function periodText(period) {
  if (isInstant(period)) return period.slice(0, 16).replace("T", " ");
  return period.length === 10 ? day(periodMs(period), "UTC") : period;
}

/**
 * All periods of a range, also those without rows, so that a chart shows a gap as a gap.
 * @param {string[]} stored Of the rows. @param {string} granularity @param {import("../state/time-range.js").TimeRange} range
 * @returns {{xs: number[], index: (period: string) => number, tz: string}} Seconds since 1970.
 */
export function periodsOf(stored, granularity, range) {
  const found = new Set(stored.map(periodMs));
  const asked = isOfTimeLine(granularity) ? [range.startMs, endOf(range, granularity)] : calendarDays(range);
  const [first, last] = drawable(asked, granularity, [...found]);
  for (let at = beginOf(first, granularity); at < last; at = nextOf(at, granularity)) found.add(at);
  const xs = [...found].sort((a, b) => a - b);
  const places = new Map(xs.map((at, place) => [at, place]));
  return { xs: xs.map((at) => at / 1000), index: (period) => places.get(periodMs(period)) ?? -1, tz: isOfTimeLine(granularity) ? range.tz : "UTC" };
}

/** Of more periods than a browser draws, those between the first and the last row: around them is nothing to be seen.
 * @param {number[]} asked Begin and end. @param {string} granularity @param {number[]} stored Begins of periods with rows. */
function drawable([first, last], granularity, stored) {
  const length = LENGTHS_MS[granularity];
  if (!length || (last - first) / length <= MOST_DRAWN || stored.length === 0) return [first, last];
  return [Math.max(first, Math.min(...stored)), Math.min(last, Math.max(...stored) + length)];
}

/** @param {string} granularity */
function isOfTimeLine(granularity) {
  return granularity === "hour" || granularity === "minute";
}

/** A range ends with the hour that has begun: its minutes to come are no minutes without requests.
 * @param {import("../state/time-range.js").TimeRange} range @param {string} granularity */
function endOf({ endMs }, granularity) {
  return granularity === "minute" ? Math.min(endMs, Date.now()) : endMs;
}

/** The begin of the period that `ms` lies in; a week begins on Monday. @param {number} ms @param {string} granularity */
function beginOf(ms, granularity) {
  const date = new Date(ms);
  if (granularity === "week") return ms - ((date.getUTCDay() + 6) % 7) * DAY_MS;
  if (granularity === "month") return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
  return granularity === "year" ? Date.UTC(date.getUTCFullYear(), 0, 1) : ms;
}

/** @param {number} ms The begin of a period. @param {string} granularity */
function nextOf(ms, granularity) {
  const date = new Date(ms);
  if (granularity === "month") return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
  if (granularity === "year") return Date.UTC(date.getUTCFullYear() + 1, 0, 1);
  return ms + LENGTHS_MS[granularity];
}

/** @param {import("../state/time-range.js").TimeRange} range */
function calendarDays({ startMs, endMs, tz }) {
  const begin = (ms) => Date.parse(`${wallClock(ms, tz).slice(0, 10)}T00:00Z`);
  return [begin(startMs), begin(endMs - 1) + DAY_MS];
}
