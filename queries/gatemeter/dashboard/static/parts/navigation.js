// The pages, as links that keep the time range and the filters.

import { html, useEffect, useRef } from "../vendor/preact.js";
import { hrefTo } from "../state/address.js";
import { ThemeSwitch } from "./theme-switch.js";

/** @param {{pages: import("../pages/pages.js").Page[], page: import("../pages/pages.js").Page | null}} props */
export function Navigation({ pages, page }) {
  const links = useRef(/** @type {HTMLElement | null} */ (null));
  // On a phone the links are one line, of which the current one is to be seen.
  useEffect(() => {
    const current = links.current?.querySelector("[aria-current]");
    if (links.current && current instanceof HTMLElement) links.current.scrollLeft = current.offsetLeft + (current.offsetWidth - links.current.clientWidth) / 2;
  }, [page]);
  const isCurrent = (each) => each.path === page?.path || each.path === page?.under;
  return html`<header class="side">
    <p class="brand"><span class="brand-mark" aria-hidden="true"></span>gatemeter</p>
    <nav aria-label="Pages" ref=${links}><ul>${pages.filter((each) => !each.under).map((each) => html`
      <li><a href=${hrefTo({}, each.path)} aria-current=${isCurrent(each) ? "page" : null}>${each.title}</a></li>`)}</ul></nav>
    <${ThemeSwitch} />
  </header>`;
}
