// Requests, errors and latencies: the numbers, and over time.

import { html } from "../vendor/preact.js";
import { question, useShared } from "../data/context.js";
import { useQuery } from "../data/use-query.js";
import { count, counted, duration, percent } from "../format/numbers.js";
import { TimeChart } from "../chart/time-chart.js";
import { linesOfGroups, linesOfMetrics } from "../chart/series.js";
import { statusColor } from "../chart/colors.js";
import { byPeriod, fittingGranularity } from "../state/time-range.js";
import { Figure } from "./figure.js";
import { Figures } from "./figures.js";
import { Panel } from "./panel.js";

const PERCENTILES = ["latency_request_p50", "latency_request_p95", "latency_request_p99"];

/** @param {{filters?: object[]}} props Further filters. */
export function TrafficFigures({ filters = [] }) {
  const shared = useShared();
  const metrics = ["request_count", "billable_requests", "not_billable_requests", "error_rate", ...PERCENTILES];
  const asked = useQuery(question(shared, { metrics, compare: true, filters }));
  return html`<${Figures} label="Traffic" asked=${asked}>${({ rows }) => {
    const row = rows[0] ?? { request_count: 0 };
    const before = (name, format) => (`${name}_before` in row ? format(row[`${name}_before`]) : null);
    return html`
      <${Figure} title="Requests" value=${count(row.request_count)} before=${before("request_count", count)} share=${row.request_count_change}
        more=${row.not_billable_requests ? `${count(row.billable_requests)} billable · ${count(row.not_billable_requests)} not, refused by the gateway` : null} />
      <${Figure} title="Error rate" value=${percent(row.error_rate)} before=${before("error_rate", percent)} share=${row.error_rate_change} isBadWhenMore
        more=${row.requests_without_status ? `${counted(row.requests_without_status, "request")} without a status ${row.requests_without_status === 1 ? "is" : "are"} left out` : null} />
      <${Figure} title="Latency p95" value=${duration(row.latency_request_p95)} before=${before("latency_request_p95", duration)} share=${row.latency_request_p95_change} isBadWhenMore
        more=${row.latency_request_p50 == null ? null : `p50 ${duration(row.latency_request_p50)} · p99 ${duration(row.latency_request_p99)} (±1\u202f%)`} />`;
  }}<//>`;
}

/** @param {{filters?: object[]}} props */
export function RequestsOverTime({ filters = [] }) {
  const shared = useShared();
  const granularity = fittingGranularity(shared.range);
  const asked = question(shared, { metrics: ["request_count"], by: ["status_class"], granularity, filters });
  const chart = ({ rows }) => {
    const lines = linesOfGroups(rows, "request_count", ["status_class"], granularity, shared.range, 0);
    const series = lines.series.map((each, place) => ({ ...each, color: statusColor(each.name, place) }));
    return html`<${TimeChart} lines=${{ ...lines, series }} isStacked format=${count} label="Requests by ${granularity} and status class" />`;
  };
  return html`<${Panel} title="Requests" about="${byPeriod(granularity, shared.range)} and status class" asked=${asked} chart=${chart} />`;
}

/** @param {{filters?: object[]}} props */
export function LatencyOverTime({ filters = [] }) {
  const shared = useShared();
  const granularity = fittingGranularity(shared.range);
  const asked = question(shared, { metrics: PERCENTILES, granularity, filters });
  const chart = ({ rows }) => html`<${TimeChart} format=${duration} axis=${duration} isLogarithmic
    lines=${linesOfMetrics(rows, PERCENTILES, granularity, shared.range, (name) => name.slice(-3), null)}
    label="Latency percentiles by ${granularity}" />`;
  return html`<${Panel} title="Latency" about="from the first byte of the request to the last of the answer, on a logarithmic scale" asked=${asked} chart=${chart} />`;
}
