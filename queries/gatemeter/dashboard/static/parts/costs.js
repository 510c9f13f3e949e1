// What calls to models cost. Amounts of two currencies, or of two kinds of evidence, are never added.

import { html } from "../vendor/preact.js";
import { question, useShared } from "../data/context.js";
import { useQuery } from "../data/use-query.js";
import { isNamed, money } from "../format/money.js";
import { counted, NOT_KNOWN, short } from "../format/numbers.js";
import { nameOf } from "../format/words.js";
import { TimeChart } from "../chart/time-chart.js";
import { linesOfGroups } from "../chart/series.js";
import { byPeriod, fittingGranularity } from "../state/time-range.js";
import { Figure } from "./figure.js";
import { Figures } from "./figures.js";
import { Panel } from "./panel.js";

/** @param {{filters?: object[]}} props */
export function CostFigure({ filters = [] }) {
  const shared = useShared();
  const asked = useQuery(question(shared, { metrics: ["llm_cost", "llm_cost_evidence_estimated"], by: ["cost_currency"], compare: true, filters }));
  return html`<${Figures} label="Cost of models" asked=${asked}>${({ rows }) => {
    const unpriced = rows.reduce((sum, row) => sum + row.unpriced_calls, 0);
    const more = unpriced > 0 ? `without ${counted(unpriced, "call")} that ${unpriced === 1 ? "has" : "have"} no price` : "";
    const named = rows.filter((row) => isNamed(row.cost_currency));
    if (named.length === 0) return html`<${Figure} title="Cost of models" value=${unnamedCost(rows)} more=${more} />`;
    return named.map((row, place) => html`<${Figure} title="Cost of models" value=${money(row.llm_cost, row.cost_currency)}
      before=${"llm_cost_before" in row ? money(row.llm_cost_before, row.cost_currency) : null} share=${row.llm_cost_change}
      more=${[row.llm_cost !== null && `of it ${money(row.llm_cost_evidence_estimated, row.cost_currency)} estimated`, place === 0 && more].filter(Boolean).join("; ")} />`);
  }}<//>`;
}

/** What calls cost of which no amount has a currency: nothing, where answers came from a cache or calls failed. @param {any[]} rows */
export function unnamedCost(rows) {
  if (rows.length === 0) return "no calls";
  return rows.every((row) => /^-?0(\.0*)?$/.test(row.llm_cost ?? "") && !row.unpriced_calls) ? "0: nothing had to be paid" : NOT_KNOWN;
}

/** A chart for each currency. @param {{filters?: object[], by?: string, size?: string}} props */
export function CostOverTime({ filters = [], by = "provider", size = "half" }) {
  const shared = useShared();
  const granularity = fittingGranularity(shared.range);
  const asked = question(shared, { metrics: ["llm_cost"], by: [by, "cost_currency"], granularity, limit: 8, filters });
  const chart = ({ rows }) => currenciesOf(rows).map((currency) => {
    const lines = linesOfGroups(rows.filter((row) => row.cost_currency === currency), "llm_cost", [by], granularity, shared.range, 0);
    return html`<${TimeChart} lines=${lines} isStacked format=${(value) => money(String(value ?? 0), currency)} axis=${(value) => `${short(value)} ${currency}`}
      label="Cost of models in ${currency} by ${granularity}" />`;
  });
  return html`<${Panel} title="Cost of models" about="${byPeriod(granularity, shared.range)} and ${nameOf(by).toLowerCase()}, from the price book" asked=${asked} chart=${chart} size=${size}
    empty="No calls to language models in this time." />`;
}

/** @param {any[]} rows */
export function currenciesOf(rows) {
  return [...new Set(rows.map((row) => row.cost_currency))].filter(isNamed);
}
