// Chooses the time range and its zone.

import { html } from "../vendor/preact.js";
import { useShared } from "../data/context.js";
import { isZone, wallClock } from "../format/time.js";
import { go, hrefTo } from "../state/address.js";
import { PRESETS } from "../state/time-range.js";

const OWN_ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;
const ZONES = [...new Set(["UTC", OWN_ZONE, ...Intl.supportedValuesOf("timeZone")])];

export function TimeControl() {
  const { range } = useShared();
  const choose = (/** @type {string} */ preset) => {
    const isCustom = preset === "custom";
    const hour = (/** @type {number} */ ms) => wallClock(ms, range.tz);
    go(hrefTo({ range: preset, from: isCustom ? hour(range.startMs) : null, to: isCustom ? hour(range.endMs) : null }));
  };
  return html`<div class="joined">
    <label><span class="unseen">Time range</span>
      <select class="select" value=${range.preset} onChange=${(event) => choose(event.target.value)}>
        ${PRESETS.map(([value, name]) => html`<option value=${value}>${name}</option>`)}
      </select></label>
    ${range.preset === "custom" && html`
      <${Edge} name="from" title="From" ms=${range.startMs} tz=${range.tz} />
      <${Edge} name="to" title="To" ms=${range.endMs} tz=${range.tz} />`}
    <${Zone} tz=${range.tz} />
  </div>`;
}

/** @param {{name: string, title: string, ms: number, tz: string}} props */
function Edge({ name, title, ms, tz }) {
  const set = (/** @type {any} */ event) => event.target.value && go(hrefTo({ [name]: `${event.target.value.slice(0, 13)}:00` }));
  return html`<label><span class="unseen">${title}</span>
    <input class="input" type="datetime-local" step="3600" value=${wallClock(ms, tz)} onChange=${set} /></label>`;
}

/** @param {{tz: string}} props */
function Zone({ tz }) {
  const set = (/** @type {any} */ event) => {
    const zone = event.target.value.trim();
    event.target.setCustomValidity(isZone(zone) ? "" : "This is no time zone. Write one as Europe/Berlin.");
    if (event.target.reportValidity()) go(hrefTo({ tz: zone }));
  };
  return html`<label><span class="unseen">Time zone</span>
    <input class="input zone" list="zones" value=${tz} onChange=${set} autocomplete="off" spellcheck=${false} /></label>
    <datalist id="zones">${ZONES.map((zone) => html`<option value=${zone}></option>`)}</datalist>`;
}
