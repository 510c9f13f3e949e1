// What is not as it was in the time before: the largest differences first.

import { html } from "../vendor/preact.js";
import { question, useShared } from "../data/context.js";
import { count, duration, grouped, NOT_KNOWN, percent } from "../format/numbers.js";
import { valueOf } from "../format/words.js";
import { address, go, hrefTo } from "../state/address.js";
import { Change } from "./change.js";
import { CONSUMER, ConsumerName } from "./consumer-name.js";
import { Panel } from "./panel.js";

const SHOWN = 8;
const DIMENSIONS = [["service", "by service"], ["route", "by route"], ["consumer", "by consumer"], ["status", "by status"]];

export function WhatChanged() {
  const shared = useShared();
  const dimension = address().params.get("changed") ?? "service";
  if (!shared.range.isComparable) return null;
  const by = dimension === "consumer" ? CONSUMER : [dimension];
  const asked = question(shared, { metrics: ["request_count", "error_rate", "latency_request_p95"], by, limit: 100, compare: true });
  const name = (row) => (dimension === "consumer" ? html`<${ConsumerName} row=${row} />` : valueOf(row[dimension]));
  const choice = html`<label><span class="unseen">What changed by</span><select class="select" value=${dimension} onChange=${(event) => go(hrefTo({ changed: event.target.value }))}>
    ${DIMENSIONS.map(([value, text]) => html`<option value=${value}>${text}</option>`)}</select></label>`;
  return html`<${Panel} title="What changed" about="against the time before, the largest difference in requests first" size="wide" asked=${asked}
    chart=${({ rows }) => html`<${Movers} rows=${rows} name=${name} />`} actions=${choice} notes=${(notes) => notes} />`;
}

/** @param {{rows: any[], name: (row: any) => any}} props */
function Movers({ rows, name }) {
  const moved = (row) => Math.abs(row.request_count - row.request_count_before);
  const movers = [...rows].sort((a, b) => moved(b) - moved(a)).slice(0, SHOWN);
  return html`<div class="table-frame" tabindex="0" role="region" aria-label="What changed, table">
    <table>
      <thead><tr><th scope="col">Name</th><th scope="col" class="number">Requests</th><th scope="col" class="number">Difference</th><th scope="col" class="number">Change</th>
        <th scope="col" class="number">Error rate</th><th scope="col" class="number">Errors before</th><th scope="col" class="number">Latency p95</th><th scope="col" class="number">p95 before</th></tr></thead>
      <tbody>${movers.map((row) => html`<tr><th scope="row">${name(row)}</th>
        <td class="number">${count(row.request_count)}</td>
        <td class="number">${difference(row.request_count, row.request_count_before)}</td>
        <td class="number"><${Change} share=${row.request_count_change} /></td>
        <td class="number">${percent(row.error_rate)}</td><td class="number quiet">${percent(row.error_rate_before)}</td>
        <td class="number">${duration(row.latency_request_p95)}</td><td class="number quiet">${duration(row.latency_request_p95_before)}</td></tr>`)}</tbody>
    </table>
  </div>`;
}

/** @param {number | null} now @param {number | null} before */
function difference(now, before) {
  if (now === null || before === null) return NOT_KNOWN;
  return `${now > before ? "+" : ""}${grouped(String(now - before))}`;
}
