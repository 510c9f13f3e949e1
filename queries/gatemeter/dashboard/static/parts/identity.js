// Who a consumer is: all names that usage was written with.

import { html } from "../vendor/preact.js";
import { question, useShared } from "../data/context.js";
import { useQuery } from "../data/use-query.js";
import { escaped } from "../format/escaped.js";
import { nameOf } from "../format/words.js";
import { Limits } from "./limits.js";

const NAMES = ["consumer", "consumer_username", "consumer_custom_id", "workspace", "team", "organisation"];
const MOST = 20;

/** @param {{filters: object[]}} props */
export function Identity({ filters }) {
  const shared = useShared();
  const { answer } = useQuery(question(shared, { metrics: ["request_count"], by: NAMES, limit: MOST, filters }));
  const values = (name) => [...new Set((answer?.rows ?? []).map((row) => row[name]))].filter((value) => value !== "Empty");
  const title = values("consumer_username")[0] ?? values("consumer")[0];
  return html`<section class="panel panel-wide" aria-label="Names and limits">
    ${title && html`<header class="panel-head"><h2>${escaped(title)}</h2></header>`}<dl class="facts">
    ${NAMES.map((name) => html`<div><dt>${name === "consumer" ? "Id" : nameOf(name)}</dt>
      <dd>${values(name).map(escaped).join(", ") || html`<span class="quiet">none</span>`}</dd></div>`)}
    <${Limits} values=${values} />
  </dl></section>`;
}
