// Which pages there are, in the order of the navigation.

import { Agents } from "./agents.js";
import { Consumer } from "./consumer.js";
import { Consumers } from "./consumers.js";
import { Explore } from "./explore.js";
import { Ingest } from "./ingest.js";
import { Models } from "./models.js";
import { Overview } from "./overview.js";
import { OwnUsage } from "./own-usage.js";
import { Platform } from "./platform.js";

/**
 * @typedef {object} Page
 * @property {string} path
 * @property {string} title
 * @property {any} page
 * @property {boolean} hasTime Whether it is of a time range.
 * @property {string} [under] The page in the navigation that it belongs to.
 */

/** @type {Page[]} */
const PAGES = [
  { path: "overview", title: "Overview", page: Overview, hasTime: true },
  { path: "explore", title: "Explore", page: Explore, hasTime: true },
  { path: "consumers", title: "Consumers", page: Consumers, hasTime: true },
  { path: "consumer", title: "Consumer", page: Consumer, hasTime: true, under: "consumers" },
  { path: "models", title: "Language models", page: Models, hasTime: true },
  { path: "agents", title: "Agents and tools", page: Agents, hasTime: true },
  { path: "platform", title: "Platform", page: Platform, hasTime: true },
  { path: "ingest", title: "Ingest health", page: Ingest, hasTime: false },
];
const OWN_PAGES = [{ path: "usage", title: "Your usage", page: OwnUsage, hasTime: true }];

/** The pages that a token may see: a restricted one its own usage alone. @param {{is_restricted: boolean}} access @returns {Page[]} */
export function pagesFor(access) {
  return access.is_restricted ? OWN_PAGES : PAGES;
}
