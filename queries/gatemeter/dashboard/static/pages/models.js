// Language models: calls, tokens, and what they cost by which evidence.

import { html } from "../vendor/preact.js";
import { question, useShared } from "../data/context.js";
import { useQuery } from "../data/use-query.js";
import { TimeChart } from "../chart/time-chart.js";
import { linesOfMetrics } from "../chart/series.js";
import { count, duration } from "../format/numbers.js";
import { isNamed, money } from "../format/money.js";
import { nameOf, valueOf } from "../format/words.js";
import { byPeriod, fittingGranularity } from "../state/time-range.js";
import { CostOverTime, unnamedCost } from "../parts/costs.js";
import { Figure } from "../parts/figure.js";
import { Figures } from "../parts/figures.js";
import { Panel } from "../parts/panel.js";

const EMPTY = "No calls to language models in this time.";
const TOKENS = ["prompt_tokens", "completion_tokens"];

export function Models() {
  return html`
    <div class="figure-rows one"><${CallFigures} /><${CostFigures} /></div>
    <div class="panels">
      <${CostOverTime} by="request_model" />
      <${TokensOverTime} />
      <${Detail} title="Cost by price book" about="computed from the provider's counts, and estimated where they are missing"
        by=${["provider", "cost_currency"]} metrics=${["llm_cost_evidence_computed", "llm_cost_evidence_estimated", "unpriced_calls"]} />
      <${Detail} title="Cost as the gateway reported it" about="another number for the same calls: never add the two"
        by=${["provider", "cost_reported_currency"]} metrics=${["llm_cost_evidence_reported"]} />
      <${Detail} title="Models" size="wide" by=${["provider", "request_model", "cost_currency"]}
        metrics=${["llm_calls", "prompt_tokens", "completion_tokens", "llm_cost", "unpriced_calls", "llm_latency_p95", "time_to_first_token_p95"]} limit=${50} />
      <${Unpriced} />
      <${Detail} title="Saved by caches" about="what answers would have cost that came from a cache" by=${["provider", "cost_currency"]} metrics=${["cost_savings", "cached_tokens"]} />
      <${Detail} title="Outcomes" about="a provider is paid for provider and blocked" by=${["outcome", "cache_status"]} metrics=${["llm_calls", "total_tokens"]} />
      <${Detail} title="Consumers" size="wide" by=${["consumer_username", "cost_currency"]} metrics=${["llm_cost", "total_tokens", "llm_calls"]} />
    </div>`;
}

function CallFigures() {
  const shared = useShared();
  const asked = useQuery(question(shared, { metrics: ["llm_calls", "total_tokens", ...TOKENS, "llm_latency_p95"], compare: true }));
  return html`<${Figures} label="Calls to models" asked=${asked}>${({ rows: [row = {}] }) => {
    const before = (name, format) => (`${name}_before` in row ? format(row[`${name}_before`]) : null);
    return html`
      <${Figure} title="Model calls" value=${count(row.llm_calls ?? 0)} before=${before("llm_calls", count)} share=${row.llm_calls_change} />
      <${Figure} title="Tokens" value=${count(row.total_tokens ?? 0)} before=${before("total_tokens", count)} share=${row.total_tokens_change}
        more="${count(row.prompt_tokens ?? 0)} of prompts, ${count(row.completion_tokens ?? 0)} of completions" />
      <${Figure} title="Latency p95" value=${duration(row.llm_latency_p95)} before=${before("llm_latency_p95", duration)} share=${row.llm_latency_p95_change} isBadWhenMore more=${row.llm_latency_p95 == null ? null : "±1\u202f%"} />`;
  }}<//>`;
}

/** Each currency and each kind of evidence by itself. */
function CostFigures() {
  const shared = useShared();
  const computed = useQuery(question(shared, { metrics: ["llm_cost", "llm_cost_evidence_computed", "llm_cost_evidence_estimated", "cost_savings"], by: ["cost_currency"] }));
  return html`<${Figures} label="Cost of models" asked=${computed}>${({ rows }) => {
    const named = rows.filter((row) => isNamed(row.cost_currency));
    if (named.length === 0) return html`<${Figure} title="Cost" value=${unnamedCost(rows)} />`;
    return named.map((row) => html`
      <${Figure} title="Cost, computed" value=${money(row.llm_cost_evidence_computed, row.cost_currency)} more="by the provider's counts" />
      <${Figure} title="Cost, estimated" value=${money(row.llm_cost_evidence_estimated, row.cost_currency)} more="where counts are missing" />
      <${Figure} title="Saved by caches" value=${money(row.cost_savings, row.cost_currency)} />`);
  }}<//>`;
}

function TokensOverTime() {
  const shared = useShared();
  const granularity = fittingGranularity(shared.range);
  const chart = ({ rows }) => html`<${TimeChart} lines=${linesOfMetrics(rows, TOKENS, granularity, shared.range, nameOf, 0)} isStacked format=${count} label="Tokens by ${granularity}" />`;
  return html`<${Panel} title="Tokens" about="${byPeriod(granularity, shared.range)}, as logged" asked=${question(shared, { metrics: TOKENS, granularity })} chart=${chart} empty=${EMPTY} />`;
}

function Unpriced() {
  const shared = useShared();
  const asked = question(shared, { metrics: ["unpriced_calls", "llm_calls", "total_tokens"], by: ["provider", "request_model"], order: "-unpriced_calls", limit: 100 });
  const table = ({ rows }) => {
    const found = rows.filter((row) => row.unpriced_calls > 0);
    if (found.length === 0) return html`<p class="nothing">Every call has a price.</p>`;
    return html`<div class="table-frame" tabindex="0" role="region" aria-label="Models without a price, table"><table>
      <thead><tr><th scope="col">Provider</th><th scope="col">Model</th><th scope="col" class="number">Calls without a price</th><th scope="col" class="number">of calls</th></tr></thead>
      <tbody>${found.map((row) => html`<tr><td>${valueOf(row.provider)}</td><th scope="row">${valueOf(row.request_model)}</th>
        <td class="number">${count(row.unpriced_calls)}</td><td class="number quiet">${count(row.llm_calls)}</td></tr>`)}</tbody>
    </table></div>`;
  };
  return html`<${Panel} title="Models without a price" about="no cost holds these calls: add a price with gatemeter prices, then gatemeter reprice" asked=${asked} table=${table} size="wide" empty=${EMPTY} />`;
}

/** @param {{title: string, about?: string, by: string[], metrics: string[], size?: string, limit?: number}} props */
function Detail({ title, about, by, metrics, size, limit = 20 }) {
  const shared = useShared();
  return html`<${Panel} title=${title} about=${about} asked=${question(shared, { metrics, by, limit })} size=${size} empty=${EMPTY} />`;
}
