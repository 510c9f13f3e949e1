// The usage of one consumer, or of all that a token may see.

import { html } from "../vendor/preact.js";
import { question, useShared } from "../data/context.js";
import { BarTable } from "../chart/bar-table.js";
import { bytes, count, duration, percent } from "../format/numbers.js";
import { groupOf } from "../format/words.js";
import { CostFigure, CostOverTime } from "./costs.js";
import { Identity } from "./identity.js";
import { Panel } from "./panel.js";
import { LatencyOverTime, RequestsOverTime, TrafficFigures } from "./traffic.js";

const METRICS = ["request_count", "error_rate", "latency_request_p95", "response_size_sum"];

/** @param {{filters: object[]}} props */
export function UsagePanels({ filters }) {
  return html`
    <div class="figure-rows"><${TrafficFigures} filters=${filters} /><${CostFigure} filters=${filters} /></div>
    <div class="panels">
      <${Identity} filters=${filters} />
      <${RequestsOverTime} filters=${filters} />
      <${LatencyOverTime} filters=${filters} />
      <${By} title="What was called" dimension="route" filters=${filters} />
      <${CostOverTime} filters=${filters} by="request_model" />
      <${By} title="Methods and statuses" dimension="status" filters=${filters} />
      <${ModelsUsed} filters=${filters} />
    </div>`;
}

/** @param {{title: string, dimension: string, filters: object[]}} props */
function By({ title, dimension, filters }) {
  const shared = useShared();
  const by = dimension === "status" ? ["method", "status"] : [dimension];
  const chart = ({ rows }) => html`<${BarTable} rows=${rows} label=${title} head=${dimension === "status" ? "Method and status" : "Route"}
    name=${(row) => groupOf(row, by, " ")} value=${(row) => row.request_count} columns=${[
      { title: "Requests", text: (row) => count(row.request_count) },
      { title: "Errors", text: (row) => percent(row.error_rate) },
      { title: "p95", text: (row) => duration(row.latency_request_p95) },
      { title: "Sent", text: (row) => bytes(row.response_size_sum) },
    ]} />`;
  return html`<${Panel} title=${title} asked=${question(shared, { metrics: METRICS, by, limit: 10, filters })} chart=${chart} />`;
}

/** @param {{filters: object[]}} props */
function ModelsUsed({ filters }) {
  const shared = useShared();
  const asked = question(shared, {
    metrics: ["llm_calls", "prompt_tokens", "completion_tokens", "llm_cost"], by: ["provider", "request_model", "cost_currency"], limit: 50, filters,
  });
  return html`<${Panel} title="Models used" asked=${asked} empty="No calls to language models in this time." />`;
}
