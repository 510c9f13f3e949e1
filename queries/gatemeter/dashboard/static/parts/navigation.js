// The pages, as links that keep the time range and the filters.

import { html } from "../vendor/preact.js";
import { hrefTo } from "../state/address.js";
import { ThemeSwitch } from "./theme-switch.js";

/** @param {{pages: import("../pages/pages.js").Page[], page: import("../pages/pages.js").Page | null}} props */
export function Navigation({ pages, page }) {
  const isCurrent = (each) => each.path === page?.path || each.path === page?.under;
  return html`<header class="side">
    <p class="brand"><span class="brand-mark" aria-hidden="true"></span>gatemeter</p>
    <nav aria-label="Pages"><ul>${pages.filter((each) => !each.under).map((each) => html`
      <li><a href=${hrefTo({}, each.path)} aria-current=${isCurrent(each) ? "page" : null}>${each.title}</a></li>`)}</ul></nav>
    <${ThemeSwitch} />
  </header>`;
}
