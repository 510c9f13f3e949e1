// Which pages there are, in the order of the navigation.

import { Overview } from "./overview.js";

/**
 * @typedef {object} Page
 * @property {string} path
 * @property {string} title
 * @property {any} page
 * @property {boolean} hasTime Whether it is of a time range.
 * @property {boolean} [isHidden] Not in the navigation: links of other pages lead to it.
 */

/** @type {Page[]} */
const PAGES = [{ path: "overview", title: "Overview", page: Overview, hasTime: true }];

/** The pages that a token may see; a restricted one sees its own usage alone. @param {{is_restricted: boolean}} access */
export function pagesFor(access) {
  return PAGES;
}
