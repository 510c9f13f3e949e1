// What is configured, at the end of each period, as snapshots of the gateways tell it.

import { html } from "../vendor/preact.js";
import { question, useShared } from "../data/context.js";
import { useQuery } from "../data/use-query.js";
import { BarTable } from "../chart/bar-table.js";
import { linesOfGroups, linesOfMetrics } from "../chart/series.js";
import { TimeChart } from "../chart/time-chart.js";
import { count } from "../format/numbers.js";
import { moment } from "../format/time.js";
import { nameOf, valueOf } from "../format/words.js";
import { byPeriod, fittingGranularity } from "../state/time-range.js";
import { Figure } from "./figure.js";
import { Figures } from "./figures.js";
import { Panel } from "./panel.js";

const KINDS = ["configured_services", "configured_routes", "configured_plugins", "configured_consumers"];

export function ConfiguredFigures() {
  const shared = useShared();
  const metrics = ["control_planes", "gateway_nodes", ...KINDS];
  const asked = useQuery(question(shared, { metrics, compare: true }));
  return html`<${Figures} label="Configured" asked=${asked}>${({ rows: [row = {}] }) => html`${metrics.map((name) => html`
    <${Figure} title=${nameOf(name)} value=${count(row[name])} share=${row[`${name}_change`]}
      before=${`${name}_before` in row ? count(row[`${name}_before`]) : null}
      more=${name === "control_planes" && row.inventory_as_of ? `as of ${moment(Date.parse(row.inventory_as_of.split("+")[0]), shared.range.tz)}` : null} />`)}`}<//>`;
}

export function ConfiguredOverTime() {
  const shared = useShared();
  const granularity = fittingGranularity(shared.range);
  const chart = ({ rows }) => html`<${TimeChart} lines=${linesOfMetrics(rows, KINDS, granularity, shared.range, nameOf, null)} format=${count}
    label="What is configured by ${granularity}" />`;
  return html`<${Panel} title="Configured over time" about="at the end of each ${granularity}" asked=${question(shared, { metrics: KINDS, granularity })} chart=${chart} />`;
}

export function NodeVersions() {
  const shared = useShared();
  const granularity = fittingGranularity(shared.range);
  const asked = question(shared, { metrics: ["gateway_nodes"], by: ["node_version"], granularity, limit: 7 });
  const chart = ({ rows }) => html`<${TimeChart} lines=${linesOfGroups(rows, "gateway_nodes", ["node_version"], granularity, shared.range, null)} isStacked format=${count}
    label="Nodes by version, ${byPeriod(granularity, shared.range)}" />`;
  return html`<${Panel} title="Nodes by version" about="at the end of each ${granularity}" asked=${asked} chart=${chart} empty="No snapshot of this time lists nodes." />`;
}

/** @param {{title: string, metric: string, by: string[], head: string}} props */
function Listed({ title, metric, by, head }) {
  const shared = useShared();
  const chart = ({ rows }) => html`<${BarTable} rows=${rows} label=${title} head=${head} name=${(row) => valueOf(row[by[0]])} value=${(row) => row[metric] ?? 0} columns=${[
    ...by.slice(1).map((each) => ({ title: nameOf(each), text: (row) => valueOf(row[each]), isText: true })),
    { title: nameOf(metric), text: (row) => count(row[metric]) },
  ]} />`;
  return html`<${Panel} title=${title} about="at the end of this time" asked=${question(shared, { metrics: [metric], by, limit: 50 })} chart=${chart}
    empty="No snapshot of this time lists any." />`;
}

export function ConfiguredPlugins() {
  return html`<${Listed} title="Plugins by scope" metric="configured_plugins" by=${["plugin", "plugin_scope"]} head="Plugin" />`;
}

export function RoutesOfServices() {
  return html`<${Listed} title="Routes of each service" metric="configured_routes" by=${["service", "control_plane"]} head="Service" />`;
}

export function ConsumersOfRealms() {
  return html`<${Listed} title="Consumers of each realm" metric="configured_consumers" by=${["realm", "control_plane"]} head="Realm" />`;
}
