// What stands in place of numbers: waiting, an error with the API's words, and nothing stored.

import { html } from "../vendor/preact.js";
import { escaped } from "../format/escaped.js";

/** @param {{lines?: number}} props */
export function Waiting({ lines = 4 }) {
  return html`<div class="waiting" role="status"><span class="unseen">Loading</span>
    ${Array.from({ length: lines }, () => html`<span class="waiting-line"></span>`)}</div>`;
}

/** @param {{error: import("../data/api.js").ApiError, retry: () => void}} props */
export function Refused({ error, retry }) {
  return html`<div class="refused" role="alert">
    <p class="refused-title">${titleOf(error.status)}</p>
    <p>${escaped(error.message)}</p>
    <button type="button" class="button" onClick=${retry}>Try again</button>
  </div>`;
}

/** @param {number} status */
function titleOf(status) {
  if (status === 400) return "This cannot be told";
  if (status === 403) return "The token is not allowed to see this";
  if (status === 0 || status >= 500) return "No answer";
  return "Refused";
}

/** @param {{children?: any}} props */
export function Nothing({ children }) {
  return html`<p class="nothing">${children}</p>`;
}
