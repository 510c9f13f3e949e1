// Filters in the address, written as `gatemeter query --filter` takes them.

/** @typedef {{dimension: string, operator: string, values: string[]}} Filter */

export const OPERATORS = ["in", "not in", "prefix", "empty", "not empty"];
const FORM = /^((?:group:)?\w+) (not in|in|prefix|not empty|empty)(?: (.*))?$/s;

/** @param {string} operator */
export function takesValues(operator) {
  return !operator.endsWith("empty");
}

/** @param {URLSearchParams} params @returns {Filter[]} What cannot be read is left to the API to refuse. */
export function filtersOf(params) {
  return params.getAll("filter").filter(Boolean).map((text) => {
    const match = FORM.exec(text);
    if (!match) return { dimension: text, operator: "in", values: [] };
    const [, dimension, operator, values] = match;
    return { dimension, operator, values: takesValues(operator) ? split(values ?? "") : [] };
  });
}

/** @param {Filter} filter */
export function written({ dimension, operator, values }) {
  return takesValues(operator) ? `${dimension} ${operator} ${values.map(quoted).join(",")}` : `${dimension} ${operator}`;
}

/** @param {Filter} filter As the API takes it. */
export function asked({ dimension, operator, values }) {
  return takesValues(operator) ? { dimension, operator, values } : { dimension, operator };
}

/** @param {string} text Values, of which those with a comma stand in double quotes. */
export function split(text) {
  const found = [...text.matchAll(/\s*(?:"((?:[^"]|"")*)"|([^,]*))(?:,|$)/gy)];
  return found.map(([, inQuotes, plain]) => (inQuotes === undefined ? plain.trim() : inQuotes.replaceAll('""', '"')))
    .filter((value, index) => value || index < found.length - 1);
}

/** @param {string} value */
function quoted(value) {
  return /[",]|^\s|\s$/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}
