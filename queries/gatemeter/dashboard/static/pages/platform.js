// What of the gateway was called: services, routes, methods, statuses, and who answered; and what of it is configured.

import { html } from "../vendor/preact.js";
import { question, useShared } from "../data/context.js";
import { useQuery, useRead } from "../data/use-query.js";
import { BarTable } from "../chart/bar-table.js";
import { TimeChart } from "../chart/time-chart.js";
import { linesOfGroups } from "../chart/series.js";
import { statusColor } from "../chart/colors.js";
import { count, percent } from "../format/numbers.js";
import { nameOf, valueOf } from "../format/words.js";
import { byPeriod, fittingGranularity } from "../state/time-range.js";
import { ConfiguredFigures, ConfiguredOverTime, ConfiguredPlugins, ConsumersOfRealms, NodeVersions, RoutesOfServices } from "../parts/configured.js";
import { Figure } from "../parts/figure.js";
import { Figures } from "../parts/figures.js";
import { InventoryChanges, Unused } from "../parts/inventory-tables.js";
import { Panel } from "../parts/panel.js";
import { Nothing, Refused, Waiting } from "../parts/states.js";
import { LatencyOverTime, TrafficFigures } from "../parts/traffic.js";

const SHAPE = ["request_count", "error_rate", "latency_request_p50", "latency_request_p95", "latency_request_p99", "latency_upstream_p95", "latency_gateway_p95"];

export function Platform() {
  return html`
    <div class="figure-rows one"><${TrafficFigures} /><${ActiveFigures} /></div>
    <div class="panels">
      <${Called} title="Services" dimension="service" />
      <${Called} title="Routes" dimension="route" />
      <${Over} title="Requests by service" dimension="service" />
      <${LatencyOverTime} />
      <${Shares} title="Statuses" dimension="status" />
      <${Shares} title="Methods" dimension="method" />
      <${Shares} title="Who answered" dimension="source" about="the upstream, or the gateway itself" />
      <${Shares} title="Workspaces" dimension="workspace" />
      <${Sizes} />
    </div>
    <${Configured} />`;
}

/** By the snapshots of the gateways' configuration, if there are any. */
function Configured() {
  const { answer, error, retry } = useRead("inventory");
  if (error) return html`<section class="panel"><div class="panel-body"><${Refused} error=${error} retry=${retry} /></div></section>`;
  if (!answer) return html`<${Waiting} />`;
  if (answer.snapshots.length === 0) {
    return html`<div class="panels"><section class="panel panel-wide" aria-labelledby="configured"><header class="panel-head"><h2 id="configured">What is configured</h2></header>
      <div class="panel-body"><${Nothing}>Not known: there is no snapshot of a gateway's configuration. <code>gatemeter inventory poll</code> reads them from
        its Admin API, <code>gatemeter inventory read</code> from a declarative file or a license report.<//></div></section></div>`;
  }
  return html`<div class="figure-rows one"><${ConfiguredFigures} /></div>
    <div class="panels">
      <${ConfiguredOverTime} />
      <${NodeVersions} />
      <${ConfiguredPlugins} />
      <${RoutesOfServices} />
      <${ConsumersOfRealms} />
      <${InventoryChanges} />
      <${Unused} />
    </div>`;
}

/** How much of the gateway was in use: what nobody called is not in a log. */
function ActiveFigures() {
  const shared = useShared();
  const metrics = ["active_services", "active_routes", "active_consumers", "active_workspaces"];
  const asked = useQuery(question(shared, { metrics, compare: true }));
  return html`<${Figures} label="In use" asked=${asked}>${({ rows: [row = {}] }) => metrics.map((name) => html`
    <${Figure} title="${nameOf(name)} in use" value=${count(row[name] ?? 0)} share=${row[`${name}_change`]}
      before=${`${name}_before` in row ? count(row[`${name}_before`]) : null} />`)}<//>`;
}

/** @param {{title: string, dimension: string}} props */
function Called({ title, dimension }) {
  const shared = useShared();
  const asked = question(shared, { metrics: SHAPE, by: [dimension], limit: 50 });
  return html`<${Panel} title=${title} about="that were called in this time" asked=${asked} size="wide" />`;
}

/** @param {{title: string, dimension: string}} props */
function Over({ title, dimension }) {
  const shared = useShared();
  const granularity = fittingGranularity(shared.range);
  const asked = question(shared, { metrics: ["request_count"], by: [dimension], granularity, limit: 7 });
  const chart = ({ rows }) => html`<${TimeChart} lines=${linesOfGroups(rows, "request_count", [dimension], granularity, shared.range, 0)} isStacked
    format=${count} label="${title}, ${byPeriod(granularity, shared.range)}" />`;
  return html`<${Panel} title=${title} about=${byPeriod(granularity, shared.range)} asked=${asked} chart=${chart} />`;
}

/** @param {{title: string, dimension: string, about?: string}} props */
function Shares({ title, dimension, about }) {
  const shared = useShared();
  const asked = question(shared, { metrics: ["request_count"], by: [dimension], limit: 12 });
  const color = (row) => (dimension === "status" ? statusColor(`${row.status[0]}xx`, 0) : "--series-1");
  const chart = ({ rows }) => {
    const total = rows.reduce((sum, row) => sum + row.request_count, 0);
    return html`<${BarTable} rows=${rows} label=${title} head=${title} name=${(row) => valueOf(row[dimension])} value=${(row) => row.request_count} color=${color}
      columns=${[{ title: "Requests", text: (row) => count(row.request_count) }, { title: "Share", text: (row) => percent(total ? row.request_count / total : null) }]} />`;
  };
  return html`<${Panel} title=${title} about=${about} asked=${asked} chart=${chart} />`;
}

function Sizes() {
  const shared = useShared();
  const asked = question(shared, { metrics: ["request_size_sum", "request_size_p50", "request_size_p99", "response_size_sum", "response_size_p50", "response_size_p99"], by: ["service"], limit: 20 });
  return html`<${Panel} title="Sizes by service" about="what was added up stands beside: bodies, or all that went over the wire" asked=${asked} size="wide" />`;
}
