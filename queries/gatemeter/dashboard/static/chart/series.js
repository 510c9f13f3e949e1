// Rows of an answer as series over the same periods.

import { valueOf } from "../format/words.js";
import { periodsOf } from "./periods.js";

/**
 * @typedef {object} Series
 * @property {string} name
 * @property {(number | null)[]} values Heights.
 * @property {any[]} [told] The same as the answer has them: amounts of money are decimal numbers as text.
 * @property {string} [color] The name of a custom property.
 */
/** @typedef {{xs: number[], tz: string, series: Series[]}} Lines */

/**
 * A series for each of several metrics of rows without dimensions.
 * @param {any[]} rows @param {string[]} metrics @param {string} granularity @param {import("../state/time-range.js").TimeRange} range
 * @param {(metric: string) => string} name @param {number | null} absent What a period without a row has.
 * @returns {Lines}
 */
export function linesOfMetrics(rows, metrics, granularity, range, name, absent) {
  const { xs, index, tz } = periodsOf(rows.map((row) => row.period), granularity, range);
  const series = metrics.map((metric) => {
    const values = xs.map(() => absent);
    for (const row of rows) values[index(row.period)] = numeric(row[metric]);
    return { name: name(metric), values };
  });
  return { xs, tz, series };
}

/**
 * A series for each group of rows, the largest first.
 * @param {any[]} rows @param {string} metric @param {string[]} by @param {string} granularity
 * @param {import("../state/time-range.js").TimeRange} range @param {number | null} absent
 * @returns {Lines}
 */
export function linesOfGroups(rows, metric, by, granularity, range, absent) {
  const { xs, index, tz } = periodsOf(rows.map((row) => row.period), granularity, range);
  /** @type {Map<string, any[]>} */
  const groups = new Map();
  for (const row of rows) {
    // Groups whose names look the same are told apart.
    const key = JSON.stringify(by.map((each) => row[each]));
    if (!groups.has(key)) groups.set(key, xs.map(() => absent));
    /** @type {any} */ (groups.get(key))[index(row.period)] = row[metric];
  }
  const sum = (values) => values.reduce((total, each) => total + (each ?? 0), 0);
  const nameOfGroup = (key) => [...new Set(JSON.parse(key).map(valueOf))].join(" · ");
  const series = [...groups].map(([key, told]) => ({ name: nameOfGroup(key), told, values: told.map(numeric) })).sort((a, b) => sum(b.values) - sum(a.values));
  return { xs, tz, series };
}

/** For the height of a mark alone: amounts of money are shown from their digits. @param {any} value */
export function numeric(value) {
  return value === null || value === undefined ? null : Number(value);
}
