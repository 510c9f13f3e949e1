// Any metrics by any two dimensions. All that is chosen is in the address, and can be asked again elsewhere.

import { html } from "../vendor/preact.js";
import { question, useShared } from "../data/context.js";
import { BarTable } from "../chart/bar-table.js";
import { TimeChart } from "../chart/time-chart.js";
import { linesOfGroups, numeric } from "../chart/series.js";
import { cell, metricOf, number } from "../format/cells.js";
import { isNamed } from "../format/money.js";
import { short } from "../format/numbers.js";
import { groupOf, nameOf } from "../format/words.js";
import { address } from "../state/address.js";
import { byPeriod, fittingGranularity } from "../state/time-range.js";
import { AskElsewhere } from "../parts/ask-elsewhere.js";
import { AnswerTable } from "../parts/answer-table.js";
import { Panel } from "../parts/panel.js";
import { QuestionForm } from "../parts/question-form.js";

const MOST_LINES = 7;
const LIMIT = 50;

/** What the address asks. @param {URLSearchParams} params @param {import("../state/time-range.js").TimeRange} range */
export function chosen(params, range) {
  const metrics = params.getAll("metric").filter(Boolean);
  const granularity = params.get("granularity") || "auto";
  return {
    metrics: metrics.length ? metrics : ["request_count"],
    by: params.getAll("by").filter(Boolean).slice(0, 2),
    granularity: granularity === "auto" ? fittingGranularity(range) : granularity,
    isAuto: granularity === "auto",
    limit: Number(params.get("limit")) || null,
  };
}

export function Explore() {
  const shared = useShared();
  const { metrics, by, granularity, limit } = chosen(address().params, shared.range);
  const isTimed = granularity !== "none";
  const groups = by.length ? { limit: limit ?? (isTimed ? MOST_LINES : LIMIT) } : {};
  // Amounts in several currencies are told apart, not refused.
  const currency = metrics.map((name) => shared.metrics.get(name)).find((each) => each?.type === "money") && currencyOf(metrics);
  const asked = question(shared, { metrics, by: currency && !by.includes(currency) ? [...by, currency] : by, granularity, ...groups });
  const title = `${metrics.map(nameOf).join(", ")}${by.length ? ` by ${by.map(nameOf).join(" and ").toLowerCase()}` : ""}`;
  const chart = isTimed ? Lines : Bars;
  return html`<${QuestionForm} />
    <div class="panels">
      <${Panel} title=${title} about=${isTimed ? byPeriod(granularity, shared.range) : "of the whole time"} size="wide" asked=${asked}
        chart=${(answer) => chart(answer, metrics[0], asked, shared)} />
      ${isTimed && html`<${Panel} title="The answer" about="every column" size="wide" asked=${asked} table=${(answer) => html`<${AnswerTable} answer=${answer} label="The answer" />`} />`}
    </div>
    <${AskElsewhere} asked=${asked} />`;
}

/** @param {string[]} metrics */
function currencyOf(metrics) {
  return metrics.some((name) => name.includes("reported")) ? "cost_reported_currency" : "cost_currency";
}

/** Lines of the first metric. @param {any} answer @param {string} metric @param {any} asked @param {any} shared */
function Lines({ rows }, metric, { by, granularity }, { range, metrics }) {
  const type = metricOf(metric, metrics)?.type ?? "count";
  const isSum = ["count", "bytes", "money"].includes(type);
  const currency = rows.map((row) => row[currencyOf([metric])]).find(isNamed);
  const lines = by.length
    ? linesOfGroups(rows, metric, by, granularity, range, isSum ? 0 : null)
    : linesOfGroups(rows.map((row) => ({ ...row, all: nameOf(metric) })), metric, ["all"], granularity, range, isSum ? 0 : null);
  const isOneCurrency = new Set(rows.map((row) => row[currencyOf([metric])]).filter(isNamed)).size <= 1;
  return html`<${TimeChart} lines=${lines} isStacked=${isSum && isOneCurrency} isLogarithmic=${type === "ms"} label="${nameOf(metric)} by ${granularity}"
    format=${(value) => (type === "money" && isOneCurrency ? number(type, value === null ? null : String(value), currency) : type === "money" ? short(value ?? 0) : number(type, value))}
    axis=${(value) => (type === "money" || type === "count" || type === "rate" ? short(value) : number(type, value))} />`;
}

/** Bars of the first metric. @param {any} answer @param {string} first @param {any} asked @param {any} shared */
function Bars({ rows, columns }, first, { by, metrics: names }, { metrics }) {
  return html`<${BarTable} rows=${rows} label="Groups" head=${by.map(nameOf).join(" and ") || "All"} value=${(row) => numeric(row[first])}
    name=${(row) => groupOf(row, by, " · ") || "all usage"}
    columns=${columns.filter((column) => names.includes(column)).map((column) => ({ title: nameOf(column), text: (row) => cell(column, row, metrics) }))} />`;
}
