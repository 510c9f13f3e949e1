// One number, large, with what it was before.

import { html } from "../vendor/preact.js";
import { Change } from "./change.js";

/** More digits than this are a little smaller, so that they stand in one line. */
const LONG = 11;

/**
 * @param {object} props
 * @param {string} props.title
 * @param {any} props.value
 * @param {string | null} [props.before] As text; null where there is no comparison.
 * @param {number | null} [props.share]
 * @param {boolean} [props.isBadWhenMore]
 * @param {any} [props.more] A line below.
 */
export function Figure({ title, value, before = null, share, isBadWhenMore, more }) {
  return html`<div class="figure">
    <dt>${title}</dt>
    <dd class="figure-value ${String(value).length > LONG ? "figure-long" : ""}">${value}</dd>
    ${before !== null && html`<dd class="figure-before"><${Change} share=${share} isBadWhenMore=${isBadWhenMore} />
      <span class="quiet">before ${before}</span></dd>`}
    ${more && html`<dd class="quiet figure-more">${more}</dd>`}
  </div>`;
}
