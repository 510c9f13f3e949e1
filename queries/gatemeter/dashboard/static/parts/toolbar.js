// Above every page: its title, the time, the zone, the filters, and whether it refreshes by itself.

import { html } from "../vendor/preact.js";
import { useShared } from "../data/context.js";
import { keepToken, token } from "../data/credentials.js";
import { day, moment } from "../format/time.js";
import { FilterBar } from "./filter-bar.js";
import { TimeControl } from "./time-control.js";

/**
 * @param {object} props
 * @param {string} props.title
 * @param {boolean} props.hasTime
 * @param {boolean} props.isLive
 * @param {(isLive: boolean) => void} props.setLive
 * @param {() => void} props.refresh
 */
export function Toolbar({ title, hasTime, isLive, setLive, refresh }) {
  const { range, access } = useShared();
  const signOut = () => {
    keepToken("");
    location.reload();
  };
  return html`<div class="toolbar">
    <div class="toolbar-title"><h1>${title}</h1>${hasTime && html`<p class="quiet">${spanText(range)}</p>`}</div>
    <div class="toolbar-controls">
      ${hasTime && html`<${TimeControl} />`}
      <div class="joined">
        <button type="button" class="button" onClick=${refresh}>Refresh</button>
        <button type="button" class="button" aria-pressed=${isLive} title="Asks again every 30 seconds while the page is seen"
          onClick=${() => setLive(!isLive)}><span class="live-dot" aria-hidden="true"></span>Live</button>
        ${token() && html`<button type="button" class="button" onClick=${signOut}>Sign out</button>`}
      </div>
    </div>
    ${hasTime && html`<${FilterBar} />`}
    ${hasTime && !access.first_hour && html`<${NothingStored} isRestricted=${access.is_restricted} />`}
  </div>`;
}

/** @param {import("../state/time-range.js").TimeRange} range */
function spanText({ startMs, endMs, tz }) {
  const isDays = [startMs, endMs].every((ms) => moment(ms, tz).endsWith("00:00"));
  return isDays ? `${day(startMs, tz)} – ${day(endMs - 1, tz)}, ${tz}` : `${moment(startMs, tz)} – ${moment(endMs, tz)}, ${tz}`;
}

/** @param {{isRestricted: boolean}} props */
function NothingStored({ isRestricted }) {
  if (isRestricted) return html`<div class="notice" role="status"><p><b>There is no usage of yours yet.</b></p></div>`;
  return html`<div class="notice" role="status">
    <p><b>No usage is stored yet.</b> Count a log file, send one to Kafka, or look at made-up traffic:</p>
    <pre tabindex="0">gatemeter meter access.log --data DIR
gatemeter ship access.log --kafka BROKER:9092
gatemeter generate --out access.log && gatemeter meter access.log --data DIR</pre>
    <p class="quiet">A directory is held by the server that shows it: stop it while you count into it. With gatemeter up, ship into its Kafka instead.</p>
  </div>`;
}
