// Whether everything that was consumed was counted, and how fresh the numbers are.

import { html } from "../vendor/preact.js";
import { useRead } from "../data/use-query.js";
import { escaped } from "../format/escaped.js";
import { count, NOT_KNOWN } from "../format/numbers.js";
import { ago, moment } from "../format/time.js";
import { Figure } from "../parts/figure.js";
import { Refused, Waiting } from "../parts/states.js";
import { DeadLetters, GatewayCounts, Partitions } from "../parts/ingest-tables.js";

export function Ingest() {
  const { answer, error, isLoading, retry } = useRead("ingest");
  if (error) return html`<section class="panel"><div class="panel-body"><${Refused} error=${error} retry=${retry} /></div></section>`;
  if (!answer) return html`<${Waiting} lines=${8} />`;
  return html`<div aria-busy=${isLoading}>
    <${Account} account=${answer.account} />
    <div class="panels">
      <${Proof} account=${answer.account} verification=${answer.last_verification} />
      <${Freshness} answer=${answer} />
      <${GatewayCounts} counts=${answer.gateway_counts} />
      <${DeadLetters} letters=${answer.dead_letters} />
      <${Partitions} partitions=${answer.partitions} />
    </div>
  </div>`;
}

/** @param {{account: any}} props */
function Account({ account }) {
  const parts = [["Counted", account.counted], ["Duplicates", account.duplicates], ["Dead letters", account.dead_letters], ["Of another kind", account.other_kind]];
  const share = (part) => (account.consumed ? `${((100 * part) / account.consumed).toFixed(2)}\u202f% of consumed` : null);
  return html`<div class="figure-rows one"><section class="figures" aria-label="Where every event went"><dl>
    <${Figure} title="Consumed" value=${count(account.consumed)} more="= the sum of the others" />
    ${parts.map(([title, part]) => html`<${Figure} title=${title} value=${count(part)} more=${share(part)} />`)}
  </dl></section></div>`;
}

/** @param {{account: any, verification: any}} props */
function Proof({ account, verification }) {
  const says = (holds, good, bad) => html`<p class=${holds ? "good-text" : "bad-text"}>${holds ? "✓" : "✗"} ${holds ? good : bad}</p>`;
  return html`<section class="panel panel-half" aria-labelledby="proof"><header class="panel-head"><h2 id="proof">Is every event accounted for?</h2></header>
    <div class="panel-body said">
      ${says(account.holds, "Consumed = counted + duplicates + dead letters + other kind, in every epoch of every log.", "The account of some epoch does not add up: run gatemeter verify.")}
      ${says(account.rows_agree, "The stored rows add up to the same.", "The stored rows do not add up to it. A flush may be under way; if this stays, run gatemeter verify.")}
      ${verification ? says(verification.holds, `Last verified ${moment(Date.parse(verification.verified_at), "UTC")} UTC: no differences.`,
        `Last verified ${moment(Date.parse(verification.verified_at), "UTC")} UTC: ${count(verification.differences)} differences.`)
        : html`<p class="quiet">Last verified: ${NOT_KNOWN}. <code>gatemeter verify</code> proves all of it, row by row.</p>`}
      ${account.fields_left_out > 0 && html`<p class="quiet">${count(account.fields_left_out)} fields of counted events could not be used; gatemeter decode names them.</p>`}
    </div></section>`;
}

/** How many messages of the topic are not stored yet. @param {any} lag null where the server was not told of a Kafka. */
function waiting(lag) {
  if (!lag) return html`<span title="The store does not know where a topic ends: gatemeter serve --kafka tells it">${NOT_KNOWN}: the server was given no --kafka</span>`;
  const of = `in ${escaped(lag.topic)}`;
  if (lag.messages === null) return `${NOT_KNOWN} ${of}: ${escaped(lag.unknown_because)}`;
  const behind = lag.partitions.filter((each) => each.messages > 0).map((each) => `${each.partition}: ${count(each.messages)}`);
  return html`<span title=${behind.join(", ") || null}>${count(lag.messages)} ${of}${behind.length > 0 && `, ${behind.length} of ${lag.partitions.length} partitions behind`}</span>`;
}

/** @param {{answer: any}} props */
function Freshness({ answer }) {
  const fact = (title, text) => html`<div><dt>${title}</dt><dd>${text}</dd></div>`;
  const time = (text) => (text ? `${ago(Date.parse(text))} ago (${moment(Date.parse(text), "UTC")} UTC)` : NOT_KNOWN);
  return html`<section class="panel panel-half" aria-labelledby="fresh"><header class="panel-head"><h2 id="fresh">How fresh are the numbers?</h2></header>
    <div class="panel-body"><dl class="facts">
      ${fact("Last stored", time(answer.last_stored_at))}
      ${fact("Newest usage", answer.newest_hour ? `in the hour from ${moment(Date.parse(answer.newest_hour), "UTC")} UTC` : NOT_KNOWN)}
      ${fact("Messages that wait", waiting(answer.lag))}
      ${fact("Last seal", time(answer.last_sealed_at))}
    </dl></div></section>`;
}
