// Who asks the most.

import { html } from "../vendor/preact.js";
import { question, useShared } from "../data/context.js";
import { BarTable } from "../chart/bar-table.js";
import { count, percent } from "../format/numbers.js";
import { Change } from "./change.js";
import { CONSUMER, ConsumerName } from "./consumer-name.js";
import { Panel } from "./panel.js";

export function TopConsumers() {
  const shared = useShared();
  const asked = question(shared, { metrics: ["request_count", "error_rate"], by: CONSUMER, limit: 6, compare: true });
  const chart = ({ rows }) => html`<${BarTable} rows=${rows} label="Top consumers" head="Consumer" value=${(row) => row.request_count}
    name=${(row) => html`<${ConsumerName} row=${row} />`} columns=${[
      { title: "Requests", text: (row) => count(row.request_count) },
      { title: "Errors", text: (row) => percent(row.error_rate) },
      ...(asked.compare ? [{ title: "Change", text: (row) => html`<${Change} share=${row.request_count_change} />` }] : []),
    ]} />`;
  return html`<${Panel} title="Top consumers" about="by requests" asked=${asked} chart=${chart} />`;
}
