// The numbers at the top of a page, of one question.

import { html } from "../vendor/preact.js";
import { unfinishedTime, unknownBefore } from "../data/comparison.js";
import { useShared } from "../data/context.js";
import { Refused, Waiting } from "./states.js";

/**
 * @param {object} props
 * @param {string} props.label
 * @param {import("../data/use-query.js").Asked} props.asked
 * @param {(answer: import("../data/api.js").Answer) => any} props.children Figures of an answer.
 */
export function Figures({ label, asked, children }) {
  const { answer, error, isLoading, retry } = asked;
  const { range } = useShared();
  const unknown = answer && unknownBefore(answer.notes, range.tz);
  const unfinished = answer && !range.asked.last && unfinishedTime(answer.notes, range.tz);
  return html`<section class="figures" aria-label="${label}, in all" aria-busy=${isLoading}>
    ${error ? html`<${Refused} error=${error} retry=${retry} />` : answer ? html`
      <dl class=${isLoading ? "is-old" : ""}>${children(answer)}</dl>
      ${[unknown, unfinished].filter(Boolean).map((text) => html`<p class="quiet">${text}</p>`)}`
      : html`<${Waiting} lines=${2} />`}
  </section>`;
}
