// What changed between the last two snapshots, and what nobody uses.

import { html, useState } from "../vendor/preact.js";
import { saveFile } from "../data/api.js";
import { useShared } from "../data/context.js";
import { useRead } from "../data/use-query.js";
import { escaped } from "../format/escaped.js";
import { count, counted, NOT_KNOWN } from "../format/numbers.js";
import { moment } from "../format/time.js";
import { spaced } from "../format/words.js";
import { sentence } from "./panel.js";
import { Nothing, Refused, Waiting } from "./states.js";

const SHOWN = 50;

/** @param {string} title @param {string} about @param {import("../data/use-query.js").Asked} asked @param {(answer: any) => any} body @param {any} [actions] */
function panelOf(title, about, { answer, error, isLoading, retry }, body, actions) {
  const id = title.toLowerCase().replaceAll(" ", "-");
  return html`<section class="panel panel-wide" aria-labelledby=${id} aria-busy=${isLoading}>
    <header class="panel-head"><div><h2 id=${id}>${title}</h2><p class="quiet">${about}</p></div><div class="panel-actions">${actions}</div></header>
    ${error ? html`<div class="panel-body"><${Refused} error=${error} retry=${retry} /></div>` : answer ? body(answer) : html`<div class="panel-body"><${Waiting} /></div>`}
  </section>`;
}

/** @param {{label: string, head: string[], rows: any[], cells: (row: any) => any, most?: number}} props */
function Table({ label, head, rows, cells }) {
  const [most, setMost] = useState(SHOWN);
  return html`<div class="table-frame" tabindex="0" role="region" aria-label="${label}, table"><table>
    <thead><tr>${head.map((each) => html`<th scope="col">${each}</th>`)}</tr></thead>
    <tbody>${rows.slice(0, most).map(cells)}</tbody></table>
    ${rows.length > most && html`<p class="table-more"><button type="button" class="button" onClick=${() => setMost(most + 5 * SHOWN)}>Show more of ${count(rows.length)} rows</button></p>`}
  </div>`;
}

export function InventoryChanges() {
  const { range } = useShared();
  const at = (snapshot) => moment(Date.parse(snapshot.taken_at), range.tz);
  const value = (text) => (text === null ? "–" : escaped(text));
  const member = ({ member: name, before, after }) => `${spaced(name)}${before === null && after === null ? "" : `: ${value(before)} → ${value(after)}`}`;
  const body = ({ differences }) => html`<div class="panel-body">${differences.length === 0 ? html`<${Nothing}>No gateway has two snapshots yet.<//>` : differences.map((each) => html`
    <p class="said"><b>${escaped(each.after.control_plane)}</b>: ${counted(each.change_count, "change")} from ${at(each.before)} to ${at(each.after)}.${" "}
      ${each.not_compared.length > 0 && html`<span class="quiet">Not compared as a whole: ${each.not_compared.map((kind) => `${spaced(kind.kind)} (${kind.reason})`).join(", ")}.</span>`}</p>
    ${each.changes.length > 0 && html`<${Table} label="Changes of ${escaped(each.after.control_plane)}" head=${["What", "Name", "Workspace", "Change"]} rows=${each.changes} cells=${(row) => html`
      <tr><td>${spaced(row.kind)}</td><th scope="row" class="wrap">${escaped(row.name ?? row.id)}</th><td class="wrap">${escaped(row.workspace ?? "")}</td>
        <td class="wrap">${spaced(row.change)}${row.members.length > 0 && html`<span class="quiet detail">${row.members.map(member).join("; ")}</span>`}</td></tr>`} />`}`)}</div>`;
  return panelOf("What changed", "between the last two snapshots of each control plane", useRead("inventory/diff"), body);
}

const FINDINGS = { not_called: "Not called", not_configured: "Not configured" };

export function Unused() {
  const { range } = useShared();
  const utc = (ms) => `${new Date(ms).toISOString().slice(0, 13)}:00Z`;
  const path = `inventory/unused?from=${utc(range.startMs)}&to=${utc(range.endMs)}`;
  const asked = useRead(path);
  const time = (text) => (text ? moment(Date.parse(text), range.tz) : null);
  const said = (row) => {
    if (row.finding === "not_configured") return `${counted(row.requests, "call")}, the last ${time(row.last_called)}`;
    return row.last_called ? `last called before, ${time(row.last_called)}` : "never, as far as calls are counted";
  };
  // A credential has no name of its own but that of the plugin that it is for.
  const named = (row) => (row.kind === "credential" ? `${row.name} ${row.id}` : row.name ?? row.id ?? NOT_KNOWN);
  const span = (row) => [row.configured_since && `since ${time(row.configured_since)}`, row.configured_until && `until ${time(row.configured_until)}`].filter(Boolean).join(", ");
  const body = ({ rows, notes }) => html`<div class="panel-body">${rows.length === 0 ? html`<${Nothing}>Nothing that is known.<//>` : html`
    <${Table} label="What nobody uses" head=${["Finding", "What", "Name", "Of", "Calls"]} rows=${rows} cells=${(row) => html`
      <tr><td>${FINDINGS[row.finding]}</td><td>${spaced(row.kind)}</td><th scope="row" class="wrap">${escaped(named(row))}<span class="quiet detail">${span(row)}</span></th>
        <td class="wrap">${[row.service, row.consumer, row.workspace, row.control_plane].filter(Boolean).map(escaped).join(" · ")}</td><td class="wrap">${said(row)}</td></tr>`} />`}</div>
    <footer class="panel-notes">${notes.map((note) => html`<p>${sentence(escaped(note))}</p>`)}</footer>`;
  const rows = asked.answer?.rows ?? [];
  return panelOf("What nobody uses", "configured and not called in this time, or called and not configured", asked, body, rows.length > 0 && html`<${Csv} path=${path} />`);
}

/** @param {{path: string}} props */
function Csv({ path }) {
  const [failed, setFailed] = useState("");
  const save = () => saveFile(`${path}&csv=true`, "gatemeter-unused").then(() => setFailed(""), (error) => setFailed(error.message));
  return html`<button type="button" class="button quiet-button" onClick=${save}>CSV<span class="unseen"> of what nobody uses</span></button>
    ${failed && html`<span class="bad-text" role="alert">${failed}</span>`}`;
}
