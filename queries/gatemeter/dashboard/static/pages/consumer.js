// One consumer: how much it uses, at which cost.

import { html } from "../vendor/preact.js";
import { useQuery } from "../data/use-query.js";
import { escaped } from "../format/escaped.js";
import { address, hrefTo } from "../state/address.js";
import { UsagePanels } from "../parts/usage-panels.js";
import { Nothing } from "../parts/states.js";

/** One of each kind of usage that is stored. */
const KINDS = ["request_count", "llm_calls", "mcp_calls", "meter_events", "stream_sessions"];

export function Consumer() {
  const id = address().params.get("id");
  const filters = [{ dimension: "consumer", operator: "in", values: [id] }];
  const { answer: ever } = useQuery(id ? { metrics: KINDS, filters } : null);
  if (!id) return html`<${Nothing}>No consumer is named. <a href=${hrefTo({}, "consumers")}>Choose one</a><//>`;
  if (ever?.rows.length === 0) {
    return html`<${Nothing}>There is no consumer with the id “${escaped(id)}”. <a href=${hrefTo({}, "consumers")}>Choose one</a><//>`;
  }
  return html`<p class="crumbs"><a href=${hrefTo({}, "consumers")}>All consumers</a></p>
    <${UsagePanels} filters=${filters} />`;
}
