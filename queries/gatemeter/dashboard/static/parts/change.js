// By how much something has changed against the time before, and whether that is good.

import { html } from "../vendor/preact.js";
import { change } from "../format/numbers.js";

/**
 * @param {object} props
 * @param {number | null | undefined} props.share
 * @param {boolean} [props.isBadWhenMore] As of errors and latencies; otherwise neither is said to be good.
 */
export function Change({ share, isBadWhenMore = false }) {
  if (share === null || share === undefined) return html`<span class="change quiet" title="there was nothing to compare with">–<span class="unseen">change not known</span></span>`;
  const isMore = share > 0.005, isLess = share < -0.005;
  const tone = isBadWhenMore ? (isMore && "change-bad") || (isLess && "change-good") || "" : "";
  return html`<span class="change ${tone}"><span aria-hidden="true">${isMore ? "▲" : isLess ? "▼" : "•"}</span> ${change(share)}</span>`;
}
