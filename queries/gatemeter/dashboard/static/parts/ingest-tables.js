// What could not be counted, by reason; what the gateway counted itself; and how far each log was counted.

import { html } from "../vendor/preact.js";
import { escaped } from "../format/escaped.js";
import { count, NOT_KNOWN } from "../format/numbers.js";
import { moment } from "../format/time.js";
import { Nothing } from "./states.js";

/** @param {{letters: any[]}} props */
export function DeadLetters({ letters }) {
  return html`<section class="panel panel-wide" aria-labelledby="dead-letters"><header class="panel-head"><div><h2 id="dead-letters">Dead letters</h2>
      <p class="quiet">lines that could not be counted; they are kept, and gatemeter dead-letters replay counts those that can be read by now</p></div></header>
    <div class="panel-body">${letters.length === 0 ? html`<${Nothing}>None: every line was counted.<//>` : html`
      <div class="table-frame" tabindex="0" role="region" aria-label="Dead letters, table"><table>
        <thead><tr><th scope="col">Reason</th><th scope="col" class="number">Lines</th><th scope="col">From</th><th scope="col">One of them, masked</th></tr></thead>
        <tbody>${letters.map((each) => html`<tr>
          <th scope="row"><code>${each.reason}</code><span class="quiet detail">${escaped(each.detail)}</span></th>
          <td class="number">${count(each.count)}</td><td class="wrap">${escaped(each.topic)}</td>
          <td class="wrap example"><code title=${escaped(each.example)}>${escaped(each.example)}</code><span class="quiet detail">${escaped(each.place)}</span></td></tr>`)}</tbody>
      </table></div>`}</div></section>`;
}

/** How many requests are missing here. @param {number | null} least @param {number | null} most */
function gap(least, most) {
  if (least === null) return most === null ? NOT_KNOWN : `at most ${count(most)}`;
  if (most === null) return `at least ${count(least)}`;
  return least === most ? count(least) : `${count(least)} to ${count(most)}`;
}

/** @param {{counts: any[]}} props */
export function GatewayCounts({ counts }) {
  return html`<section class="panel panel-wide" aria-labelledby="gateway-counts"><header class="panel-head"><div><h2 id="gateway-counts">What the gateway counted itself</h2>
      <p class="quiet">requests of which no event arrived are in no other number here</p></div></header>
    <div class="panel-body">${counts.length === 0 ? html`<${Nothing}>${NOT_KNOWN}: nobody compared. <code>gatemeter verify --against</code> does, with the gateway's counters.<//>` : html`
      <div class="table-frame" tabindex="0" role="region" aria-label="What the gateway counted itself, table"><table>
        <thead><tr><th scope="col">Month</th><th scope="col">Service</th><th scope="col" class="number">Gateway</th>
          <th scope="col" class="number">Missing here</th><th scope="col">Likely cause</th></tr></thead>
        <tbody>${counts.map((each) => html`<tr><th scope="row">${each.month || NOT_KNOWN}<span class="quiet detail">${escaped(each.counter)}</span></th>
          <td class="wrap">${escaped(each.service || "all")}</td><td class="number">${count(each.gateway_requests)}</td>
          <td class=${each.is_finding ? "number bad-text" : "number"}>${gap(each.gap_least, each.gap_most)}</td>
          <td class="wrap">${each.cause}<span class="quiet detail">${escaped(each.reason)}; compared ${moment(Date.parse(each.compared_at), "UTC")} UTC</span></td></tr>`)}</tbody>
      </table></div>`}</div></section>`;
}

/** @param {{partitions: any[]}} props */
export function Partitions({ partitions }) {
  return html`<section class="panel panel-wide" aria-labelledby="logs"><header class="panel-head"><div><h2 id="logs">Logs</h2>
      <p class="quiet">how far each partition of a topic, or each file, was counted</p></div></header>
    <div class="panel-body">${partitions.length === 0 ? html`<${Nothing}>Nothing was counted yet.<//>` : html`
      <div class="table-frame" tabindex="0" role="region" aria-label="Logs, table"><table>
        <thead><tr><th scope="col">Topic or file</th><th scope="col" class="number">Partition</th><th scope="col" class="number">Next offset</th><th scope="col" class="number">Counted</th>
          <th scope="col" class="number">Duplicates</th><th scope="col" class="number">Dead letters</th><th scope="col">Last stored, UTC</th></tr></thead>
        <tbody>${partitions.map((each) => html`<tr><th scope="row" class="wrap">${escaped(each.topic)}</th>
          <td class="number">${each.partition}</td><td class="number">${count(each.next_offset)}</td><td class="number">${count(each.counted)}</td>
          <td class="number">${count(each.duplicates)}</td><td class="number">${count(each.dead_letters)}</td>
          <td>${each.counted_at ? moment(Date.parse(each.counted_at), "UTC") : "not known"}</td></tr>`)}</tbody>
      </table></div>`}</div></section>`;
}
