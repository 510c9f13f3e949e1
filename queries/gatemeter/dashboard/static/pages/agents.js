// Calls of agents to tools (MCP) and to other agents (A2A).

import { html } from "../vendor/preact.js";
import { question, useShared } from "../data/context.js";
import { useQuery } from "../data/use-query.js";
import { BarTable } from "../chart/bar-table.js";
import { TimeChart } from "../chart/time-chart.js";
import { linesOfMetrics } from "../chart/series.js";
import { bytes, count, duration, percent } from "../format/numbers.js";
import { nameOf, valueOf } from "../format/words.js";
import { byPeriod, fittingGranularity } from "../state/time-range.js";
import { Figure } from "../parts/figure.js";
import { Figures } from "../parts/figures.js";
import { Panel } from "../parts/panel.js";

const EMPTY = "No calls of agents in this time.";
const TOOLS = [{ dimension: "kind", operator: "in", values: ["mcp"] }];
const AGENTS = [{ dimension: "kind", operator: "in", values: ["a2a"] }];

export function Agents() {
  return html`
    <div class="figure-rows one"><${AgentFigures} /></div>
    <div class="panels">
      <${CallsOverTime} />
      <${Tools} />
      <${Detail} title="Methods of tools" by=${["rpc_method"]} metrics=${["mcp_calls", "mcp_errors", "mcp_latency_p95", "mcp_response_size_sum"]} filters=${TOOLS} />
      <${Detail} title="Other agents" by=${["rpc_method", "task_state"]} metrics=${["a2a_calls", "a2a_errors", "a2a_latency_p95", "a2a_response_size_sum"]} filters=${AGENTS} />
      <${Detail} title="Errors" by=${["kind", "tool", "error"]} metrics=${["mcp_errors", "a2a_errors"]} filters=${[{ dimension: "error", operator: "not empty" }]}
        empty="No call of an agent ended with an error in this time." />
      <${Detail} title="Consumers with agents" by=${["consumer_username"]} metrics=${["mcp_calls", "mcp_sessions", "a2a_calls"]} filters=${[]} />
    </div>`;
}

function AgentFigures() {
  const shared = useShared();
  const metrics = ["mcp_calls", "mcp_errors", "mcp_sessions", "mcp_latency_p95", "a2a_calls", "a2a_errors", "a2a_latency_p95"];
  const asked = useQuery(question(shared, { metrics, compare: true }));
  return html`<${Figures} label="Calls of agents" asked=${asked}>${({ rows: [row = {}] }) => {
    const before = (name, format) => (`${name}_before` in row ? format(row[`${name}_before`]) : null);
    const share = (errors, calls) => (calls ? percent(errors / calls) : "not known");
    return html`
      <${Figure} title="Tool calls" value=${count(row.mcp_calls ?? 0)} before=${before("mcp_calls", count)} share=${row.mcp_calls_change} more="${count(row.mcp_sessions ?? 0)} sessions" />
      <${Figure} title="Tool errors" value=${count(row.mcp_errors ?? 0)} before=${before("mcp_errors", count)} share=${row.mcp_errors_change} isBadWhenMore more=${row.mcp_calls ? `${share(row.mcp_errors, row.mcp_calls)} of calls` : null} />
      <${Figure} title="Tool latency p95" value=${duration(row.mcp_latency_p95)} before=${before("mcp_latency_p95", duration)} share=${row.mcp_latency_p95_change} isBadWhenMore more=${row.mcp_latency_p95 == null ? null : "±1\u202f%"} />
      <${Figure} title="Calls to agents" value=${count(row.a2a_calls ?? 0)} before=${before("a2a_calls", count)} share=${row.a2a_calls_change} more=${row.a2a_calls ? `${count(row.a2a_errors ?? 0)} errors, p95 ${duration(row.a2a_latency_p95)}` : null} />`;
  }}<//>`;
}

function CallsOverTime() {
  const shared = useShared();
  const granularity = fittingGranularity(shared.range);
  const metrics = ["mcp_calls", "a2a_calls"];
  const chart = ({ rows }) => html`<${TimeChart} lines=${linesOfMetrics(rows, metrics, granularity, shared.range, nameOf, 0)} isStacked format=${count}
    label="Calls of agents by ${granularity}" />`;
  return html`<${Panel} title="Calls of agents" about=${byPeriod(granularity, shared.range)} asked=${question(shared, { metrics, granularity })} chart=${chart} empty=${EMPTY} />`;
}

function Tools() {
  const shared = useShared();
  const metrics = ["mcp_calls", "mcp_errors", "mcp_latency_p95", "mcp_response_size_sum"];
  const asked = question(shared, { metrics, by: ["tool"], limit: 12, filters: [...TOOLS, { dimension: "tool", operator: "not empty" }] });
  const chart = ({ rows }) => html`<${BarTable} rows=${rows} label="Tools" head="Tool" name=${(row) => valueOf(row.tool)} value=${(row) => row.mcp_calls} columns=${[
    { title: "Calls", text: (row) => count(row.mcp_calls) },
    { title: "Errors", text: (row) => count(row.mcp_errors) },
    { title: "p95", text: (row) => duration(row.mcp_latency_p95) },
    { title: "Answers", text: (row) => bytes(row.mcp_response_size_sum) },
  ]} />`;
  return html`<${Panel} title="Tools" about="the most called first" asked=${asked} chart=${chart} empty="No tool was called in this time." />`;
}

/** @param {{title: string, by: string[], metrics: string[], filters: object[], empty?: string}} props */
function Detail({ title, by, metrics, filters, empty = EMPTY }) {
  const shared = useShared();
  return html`<${Panel} title=${title} asked=${question(shared, { metrics, by, limit: 20, filters })} empty=${empty} />`;
}
