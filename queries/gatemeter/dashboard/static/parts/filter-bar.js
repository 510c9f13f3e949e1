// The filters of the address, and a form for one more. All of them must hold.

import { html, useState } from "../vendor/preact.js";
import { useShared } from "../data/context.js";
import { useQuery } from "../data/use-query.js";
import { escaped } from "../format/escaped.js";
import { nameOf, valueOf } from "../format/words.js";
import { go, hrefTo } from "../state/address.js";
import { OPERATORS, split, takesValues, written } from "../state/filters.js";

export function FilterBar() {
  const { filters } = useShared();
  const [isOpen, setOpen] = useState(false);
  const without = (/** @type {number} */ place) => filters.filter((_, other) => other !== place).map(written);
  return html`<div class="filters">
    ${filters.map((filter, place) => html`<span class="chip"><b>${nameOf(filter.dimension)}</b> ${filter.operator} ${filter.values.map(valueOf).join(", ")}
      <a href=${hrefTo({ filter: without(place) })} aria-label="Remove the filter of ${nameOf(filter.dimension)}">×</a></span>`)}
    <button type="button" class="button quiet-button" aria-expanded=${isOpen} onClick=${() => setOpen(!isOpen)}>+ Filter</button>
    ${isOpen && html`<${FilterForm} onDone=${() => setOpen(false)} />`}
  </div>`;
}

/** @param {{onDone: () => void}} props */
function FilterForm({ onDone }) {
  const { filters, dimensions, range } = useShared();
  const [dimension, setDimension] = useState("service");
  const [operator, setOperator] = useState("in");
  const [values, setValues] = useState("");
  const metric = useMetricOf(dimension);
  const { answer } = useQuery(metric && takesValues(operator) ? { ...range.asked, metrics: [metric], by: [dimension], limit: 100 } : null);
  const add = (/** @type {Event} */ event) => {
    event.preventDefault();
    const filter = { dimension, operator, values: takesValues(operator) ? split(values) : [] };
    if (takesValues(operator) && filter.values.length === 0) return;
    go(hrefTo({ filter: [...filters, filter].map(written) }));
    onDone();
  };
  const known = (answer?.rows ?? []).map((row) => row[dimension]).filter((value) => value !== "Empty" && value !== "(all others)" && value === escaped(value));
  return html`<form class="filter-form" onSubmit=${add} aria-label="Add a filter">
    <label><span class="unseen">Dimension</span><select class="select" value=${dimension} onChange=${(event) => setDimension(event.target.value)}>
      ${[...dimensions.keys()].map((name) => html`<option value=${name}>${nameOf(name)}</option>`)}</select></label>
    <label><span class="unseen">Operator</span><select class="select" value=${operator} onChange=${(event) => setOperator(event.target.value)}>
      ${OPERATORS.map((name) => html`<option value=${name}>${name}</option>`)}</select></label>
    ${takesValues(operator) && html`<label><span class="unseen">Values, with commas between them</span>
      <input class="input" list="filter-values" value=${values} placeholder="values, with commas" autocomplete="off"
        onInput=${(event) => setValues(event.target.value)} /></label>
      <datalist id="filter-values">${known.map((value) => html`<option value=${written({ dimension: "", operator: "in", values: [value] }).slice(4)}></option>`)}</datalist>`}
    <button class="button primary">Add</button>
  </form>`;
}

/** A metric that is known by the dimension. @param {string} dimension */
function useMetricOf(dimension) {
  const { metrics } = useShared();
  return ["request_count", "llm_calls", "mcp_calls"].find((name) => metrics.get(name)?.dimensions.includes(dimension)) ?? null;
}
