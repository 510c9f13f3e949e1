// A value of an answer as text, by what its column is.

import { bytes, change, count, decimal, duration, grouped, NOT_KNOWN, percent } from "./numbers.js";
import { money } from "./money.js";
import { valueOf } from "./words.js";

/** @typedef {Map<string, {type: string}>} Metrics */

/** The metric of a column, also of one of a comparison; undefined for a dimension. @param {string} column @param {Metrics} metrics */
export function metricOf(column, metrics) {
  return metrics.get(column) ?? metrics.get(column.replace(/_(before|change)$/, "")) ?? unlisted(column);
}

/** Any percentile can be asked for, and any declared meter; the catalogue lists neither. @param {string} column */
function unlisted(column) {
  if (column.startsWith("meter:")) return { type: "decimal" };
  if (!/_p\d+(_\d+)?(_before|_change)?$/.test(column)) return undefined;
  return { type: column.includes("_size_") ? "size" : "ms" };
}

/** The dimension that says which currency a column's amounts are in. @param {string} column */
export function currencyColumn(column) {
  return column.includes("reported") ? "cost_reported_currency" : "cost_currency";
}

/** @param {string} column @param {Record<string, any>} row @param {Metrics} metrics @returns {string} */
export function cell(column, row, metrics) {
  const value = row[column];
  const metric = metricOf(column, metrics);
  if (!metric) return value === null || value === undefined ? NOT_KNOWN : valueOf(String(value));
  if (column.endsWith("_change")) return change(value);
  return number(/_size_avg(_before)?$/.test(column) ? "bytes" : metric.type, value, row[currencyColumn(column)]);
}

/** @param {string} type Of a metric. @param {any} value @param {string | null} [currency] */
export function number(type, value, currency) {
  switch (type) {
    case "money":
      return money(value, currency);
    case "ms":
      return duration(value);
    case "ratio":
      return percent(value);
    case "bytes":
    case "size":
      return bytes(value);
    case "decimal":
      return value === null ? NOT_KNOWN : grouped(String(value));
    case "rate":
      return decimal(value);
    default:
      return count(value);
  }
}
