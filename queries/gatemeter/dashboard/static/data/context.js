// What all parts of a page share: the time range, the filters, the catalogue, and what the token may see.

import { asked } from "../state/filters.js";
import { createContext, useContext } from "../vendor/preact.js";

/**
 * @typedef {object} Shared
 * @property {import("../state/time-range.js").TimeRange} range
 * @property {import("../state/filters.js").Filter[]} filters
 * @property {Map<string, {name: string, type: string, description: string, dimensions: string[], by_minute: boolean}>} metrics
 * @property {Map<string, {name: string, description: string, by_minute: boolean}>} dimensions
 * @property {{is_restricted: boolean, consumers: string[], workspaces: string[], first_hour: string | null, last_hour: string | null, entitlements_by: string | null}} access
 */

export const Shared = createContext(/** @type {any} */ (null));

/** @returns {Shared} */
export function useShared() {
  return useContext(Shared);
}

/**
 * A question about the time and the filters that the page shows.
 * @param {Shared} shared @param {Record<string, any>} more Metrics, dimensions, and what else is asked.
 */
export function question({ range, filters }, { filters: further = [], ...more }) {
  const compare = more.compare === undefined ? {} : { compare: more.compare && range.isComparable };
  return { ...range.asked, ...more, ...compare, filters: [...filters.map(asked), ...further] };
}
