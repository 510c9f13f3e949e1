// Colours of series, from the style sheet: they follow the theme.

const SERIES = 8;
const STATUS = { "2xx": "--ok", "3xx": "--series-8", "4xx": "--warn", "5xx": "--bad", "1xx": "--series-4", Empty: "--quiet-line" };

/** @param {string} name Of a custom property. */
export function color(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** @param {number} place @returns {string} The name of a custom property. */
export function seriesColor(place) {
  return `--series-${(place % SERIES) + 1}`;
}

/** @param {string} status A class of HTTP statuses. @param {number} place */
export function statusColor(status, place) {
  return STATUS[status] ?? seriesColor(place);
}
