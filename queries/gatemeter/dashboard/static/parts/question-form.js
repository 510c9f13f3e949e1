// Chooses metrics, dimensions and periods. What cannot be asked together cannot be chosen.

import { html } from "../vendor/preact.js";
import { useShared } from "../data/context.js";
import { nameOf } from "../format/words.js";
import { address, go, hrefTo } from "../state/address.js";
import { chosen } from "../pages/explore.js";

const GRANULARITIES = [["auto", "Automatic periods"], ["none", "The whole time"], ["minute", "By minute"], ["hour", "By hour"], ["day", "By day"], ["week", "By week"], ["month", "By month"], ["year", "By year"]];
/** Metrics that are known by one of these dimensions belong together. */
const GROUPS = [["method", "Traffic"], ["provider", "Language models"], ["tool", "Agents and tools"]];
const OTHERS = "Streams";

export function QuestionForm() {
  const { metrics, dimensions, range, filters, access } = useShared();
  const { metrics: names, by, granularity, isAuto, limit } = chosen(address().params, range);
  const isByMinute = granularity === "minute";
  const isKnown = (dimension) => names.every((name) => metrics.get(name)?.dimensions.includes(dimension) ?? true)
    && (!isByMinute || dimensions.get(dimension).by_minute);
  const fits = (metric) => by.every((dimension) => metric.dimensions.includes(dimension)) && (!isByMinute || metric.by_minute);
  const asked = [...by.filter(Boolean), ...filters.map((each) => each.dimension)];
  const hasMinutes = access.consumers.length === 0
    && [...names.map((name) => metrics.get(name)), ...asked.map((name) => dimensions.get(name))].every((each) => each?.by_minute ?? true);
  const add = (event) => {
    const name = event.target.value.trim();
    event.target.value = "";
    if (name) go(hrefTo({ metric: [...new Set([...names, name])] }));
  };
  const setBy = (place, value) => go(hrefTo({ by: place === 0 ? [value, by[1] ?? ""] : [by[0] ?? "", value] }));
  return html`<form class="panel question" aria-label="What is asked" onSubmit=${(event) => event.preventDefault()}>
    <div class="field"><span class="field-name">Metrics</span>
      <div class="joined">
        ${names.map((name) => html`<span class="chip" title=${metrics.get(name)?.description ?? null}><b>${nameOf(name)}</b>
          ${names.length > 1 && html`<a href=${hrefTo({ metric: names.filter((other) => other !== name) })} aria-label="Remove ${nameOf(name)}">×</a>`}</span>`)}
        <label><span class="unseen">Add a metric</span><select class="select" value="" onChange=${add}>
          <option value="">+ Metric</option>
          ${groupsOf(metrics).map(([title, group]) => html`<optgroup label=${title}>${group.map((metric) => html`
            <option value=${metric.name} disabled=${!fits(metric) || names.includes(metric.name)}>${nameOf(metric.name)}</option>`)}</optgroup>`)}
        </select></label>
        <label><span class="unseen">Add a metric by its name</span><input class="input" placeholder="or by name: meter:x" value=""
          spellcheck=${false} autocomplete="off" onChange=${add} /></label>
      </div></div>
    ${[0, 1].map((place) => html`<label class="field"><span class="field-name">${place === 0 ? "By" : "and by"}</span>
      <select class="select" value=${by[place] ?? ""} onChange=${(event) => setBy(place, event.target.value)}>
        <option value="">${place === 0 ? "nothing: all usage" : "nothing"}</option>
        ${[...dimensions.keys()].map((name) => html`<option value=${name} disabled=${!isKnown(name) || by[1 - place] === name}>${nameOf(name)}</option>`)}
      </select></label>`)}
    <label class="field"><span class="field-name">Periods</span><select class="select" value=${isAuto ? "auto" : granularity}
      onChange=${(event) => go(hrefTo({ granularity: event.target.value }))}>
      ${GRANULARITIES.map(([value, title]) => html`<option value=${value} disabled=${value === "minute" && !hasMinutes}>${title}</option>`)}</select></label>
    <label class="field"><span class="field-name">Most groups</span><input class="input small" type="number" min="1" max="500" placeholder="auto" value=${limit ?? ""}
      onChange=${(event) => event.target.checkValidity() && go(hrefTo({ limit: event.target.value }))} /></label>
  </form>`;
}

/** @param {Map<string, {name: string, dimensions: string[]}>} metrics @returns {[string, any[]][]} */
function groupsOf(metrics) {
  const titleOf = (metric) => GROUPS.find(([dimension]) => metric.dimensions.includes(dimension))?.[1] ?? OTHERS;
  /** @type {Map<string, any[]>} */
  const groups = new Map();
  for (const metric of metrics.values()) groups.set(titleOf(metric), [...(groups.get(titleOf(metric)) ?? []), metric]);
  return [...groups];
}
