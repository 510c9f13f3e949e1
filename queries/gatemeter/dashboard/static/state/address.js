// The address is the state of the dashboard: which page, and its parameters. The back button therefore works.

import { useEffect, useState } from "../vendor/preact.js";

/** Parameters that go along from page to page. */
const SHARED = ["range", "from", "to", "tz", "filter"];

/** @typedef {{page: string, params: URLSearchParams}} Address */

/** @returns {Address} */
export function address() {
  return { page: decoded(location.pathname.split("/").pop() ?? ""), params: new URLSearchParams(location.search) };
}

/** @param {string} part What cannot be decoded stays as it is, and is no page. */
function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/**
 * A link that changes some parameters; null or '' removes one, a list gives one several times.
 * @param {Record<string, string | string[] | null>} changes
 * @param {string} [page] Another page, which takes only what pages share.
 */
export function hrefTo(changes, page) {
  const now = address();
  const params = new URLSearchParams();
  for (const [name, value] of now.params) if (!page || SHARED.includes(name)) params.append(name, value);
  for (const [name, value] of Object.entries(changes)) {
    params.delete(name);
    for (const each of [value].flat()) if (each) params.append(name, each);
  }
  const query = params.toString();
  return (page ?? now.page) + (query && `?${query}`);
}

/** @param {string} href @param {{replace?: boolean}} [how] */
export function go(href, { replace = false } = {}) {
  history[replace ? "replaceState" : "pushState"](null, "", href);
  dispatchEvent(new PopStateEvent("popstate"));
}

/** The address, and again whenever it changes. @returns {Address} */
export function useAddress() {
  const [now, setNow] = useState(address);
  useEffect(() => {
    const onChange = () => setNow(address());
    addEventListener("popstate", onChange);
    return () => removeEventListener("popstate", onChange);
  }, []);
  return now;
}

/** Let links within the dashboard change the address without loading it anew. @param {MouseEvent} event */
export function followWithin(event) {
  const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
  const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  if (!(link instanceof HTMLAnchorElement) || !isPlain || link.target || link.hasAttribute("download")) return;
  const url = new URL(link.href);
  const folder = location.pathname.slice(0, location.pathname.lastIndexOf("/") + 1);
  if (url.origin !== location.origin || !url.pathname.startsWith(folder) || url.hash) return;
  event.preventDefault();
  go(url.pathname + url.search);
  scrollTo(0, 0);
}
