// What a consumer may still use: its budgets, as the API tells them. Quotas of a gateway are in no access log.

import { html } from "../vendor/preact.js";
import { useShared } from "../data/context.js";
import { useRead } from "../data/use-query.js";
import { escaped } from "../format/escaped.js";
import { money } from "../format/money.js";
import { ago, moment } from "../format/time.js";
import { grouped, NOT_KNOWN } from "../format/numbers.js";

/** The dimension that holds the name by which budgets name consumers. @type {Record<string, string>} */
const DIMENSIONS = { id: "consumer", username: "consumer_username", custom_id: "consumer_custom_id" };

/** @param {{values: (dimension: string) => string[]}} props The names that the consumer has, by dimension. */
export function Limits({ values }) {
  const { access, range } = useShared();
  const names = access.entitlements_by in DIMENSIONS ? values(DIMENSIONS[access.entitlements_by]) : [];
  const { answer, isLoading } = useRead(names.length === 1 ? `entitlements/${encodeURIComponent(names[0])}` : null);
  const told = answer?.entitlements ?? [];
  return html`<div class="limits" aria-busy=${isLoading && !answer}><dt>Limits</dt>
    ${told.map((each) => html`<dd><b>${escaped(each.budget)}</b>${each.per === "account" && ` of account ${escaped(each.scope)}`}:${" "}
      ${usedOf(each)} <span class="quiet">until ${moment(Date.parse(each.window.end), range.tz)}</span></dd>`)}
    ${answer && told.length === 0 && html`<dd class="quiet">none is declared</dd>`}
    ${answer && !answer.has_access && html`<dd class="bad-text">A budget is used up: gateways that ask give no access.</dd>`}
    ${answer && html`<dd class="quiet">as of ${ago(Date.parse(answer.read_at))} ago</dd>`}
    ${!answer && html`<dd class="quiet" title="Budgets are declared with gatemeter serve --budgets; quotas and rate limits are not in the gateway's access log">${NOT_KNOWN}</dd>`}
  </div>`;
}

/** @param {Record<string, any>} each */
export function usedOf(each) {
  const shown = (amount) => (each.currency ? money(amount, each.currency) : grouped(amount));
  const of = `${shown(each.used_at_least)} of ${shown(each.limit)} used`;
  if (!each.is_known) return `at least ${of}, what is left is ${NOT_KNOWN} (${escaped(each.note)})`;
  return each.left.startsWith("-") ? `${of}, ${shown(each.left.slice(1))} over the limit` : `${of}, ${shown(each.left)} left`;
}
