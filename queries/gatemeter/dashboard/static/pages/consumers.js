// All consumers, found by any of their names.

import { html } from "../vendor/preact.js";
import { question, useShared } from "../data/context.js";
import { useQuery } from "../data/use-query.js";
import { ConsumerName } from "../parts/consumer-name.js";
import { AnswerTable } from "../parts/answer-table.js";
import { Panel } from "../parts/panel.js";
import { escaped } from "../format/escaped.js";
import { isNamed, money } from "../format/money.js";
import { counted, NOT_KNOWN } from "../format/numbers.js";
import { valueOf } from "../format/words.js";
import { address, go, hrefTo } from "../state/address.js";

const NAMES = ["consumer", "consumer_username", "consumer_custom_id"];
const METRICS = ["request_count", "error_rate", "latency_request_p95", "request_size_sum", "response_size_sum"];
const MOST = 500;
const MOST_ASKED = 1000;
const OTHERS = "(all others)";

export function Consumers() {
  const shared = useShared();
  const search = address().params.get("search") ?? "";
  const asked = question(shared, { metrics: METRICS, by: NAMES, limit: MOST });
  const first = useQuery(asked).answer;
  const further = useFurther(search, first);
  const costs = useCosts([...(first?.rows ?? []), ...further]);
  const shown = ({ columns, rows, notes }) => {
    const all = [...rows, ...further.filter((row) => !rows.some((other) => namesOf(other) === namesOf(row)))];
    const found = all.filter((row) => matches(row, search)).map((row) => ({ ...row, cost: costs(row) }));
    if (found.length === 0) return html`<p class="nothing">No consumer has a name with “${escaped(search)}” in it.</p>`;
    const answer = { columns, rows: found, notes };
    return html`<${AnswerTable} answer=${answer} label="Consumers" columns=${["consumer_username", "consumer_custom_id", ...METRICS, "cost"]}
      cells=${{ consumer_username: (row) => html`<${ConsumerName} row=${row} />`, consumer_custom_id: (row) => (row.consumer === OTHERS ? "" : valueOf(row.consumer_custom_id)),
        cost: (row) => row.cost ?? html`<span class="quiet">none</span>` }} />`;
  };
  return html`<div class="panels">
    <${Panel} title="Consumers" about="with usage in this time; the most requests first" size="wide" asked=${asked} table=${shown}
      actions=${html`<${Search} search=${search} />`} />
  </div>`;
}

/** @param {{search: string}} props */
function Search({ search }) {
  const onInput = (event) => go(hrefTo({ search: event.target.value }), { replace: true });
  return html`<label><span class="unseen">Search by name or id</span>
    <input class="input" type="search" placeholder="Search by name or id" value=${search} onInput=${onInput} /></label>`;
}

/** @param {Record<string, string>} row @param {string} search */
function matches(row, search) {
  const wanted = search.trim().toLowerCase();
  if (!wanted) return true;
  return row.consumer !== OTHERS && NAMES.some((name) => row[name].toLowerCase().includes(wanted));
}

/** @param {Record<string, string>} row Of a consumer: one that was renamed has a row for each name. */
function namesOf(row) {
  return JSON.stringify(NAMES.map((name) => row[name]));
}

/**
 * What the calls to models of a row's consumer cost, as text; null where it has made none. Asked are the consumers that are
 * shown: of all groups of consumers and currencies the first may leave out one of two currencies of a consumer.
 * @param {Record<string, string>[]} rows @returns {(row: Record<string, string>) => string | null}
 */
function useCosts(rows) {
  const shared = useShared();
  const shown = [...new Set(rows.map((row) => row.consumer))].filter((id) => id !== OTHERS).slice(0, MOST_ASKED);
  const filters = [{ dimension: "consumer", operator: "in", values: shown }];
  const asked = question(shared, { metrics: ["llm_cost"], by: [...NAMES, "cost_currency"], filters });
  const { answer } = useQuery(shown.length ? asked : null);
  return costsOf(answer?.rows ?? null, new Set(shown));
}

/**
 * A consumer may have amounts in several currencies, and calls without a price. It is not known what those cost that were
 * not asked for, nor anybody before there is an answer.
 * @param {any[] | null} rows @param {Set<string>} asked @returns {(row: Record<string, string>) => string | null}
 */
export function costsOf(rows, asked) {
  /** @type {Map<string, string[]>} */
  const costs = new Map();
  for (const row of rows ?? []) {
    const found = costs.get(namesOf(row)) ?? [];
    if (row.llm_cost !== null && isNamed(row.cost_currency)) found.push(money(row.llm_cost, row.cost_currency));
    if (row.unpriced_calls > 0) found.push(`${counted(row.unpriced_calls, "call")} without a price`);
    costs.set(namesOf(row), found);
  }
  return (row) => {
    if (rows === null || !asked.has(row.consumer)) return NOT_KNOWN;
    return costs.get(namesOf(row))?.join(" and ") || null;
  };
}

/** Those beyond the first, whose names begin with what is searched. @param {string} search @param {any} answer */
function useFurther(search, answer) {
  const shared = useShared();
  const isMore = Boolean(search) && (answer?.rows ?? []).some((row) => row.consumer === OTHERS);
  return NAMES.flatMap((dimension) => {
    const filters = [{ dimension, operator: "prefix", values: [search.trim()] }];
    const found = useQuery(isMore ? question(shared, { metrics: METRICS, by: NAMES, limit: 100, filters }) : null);
    return found.answer?.rows ?? [];
  });
}
