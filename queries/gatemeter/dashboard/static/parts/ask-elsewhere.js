// The same question for the command line and for the API.

import { html, useState } from "../vendor/preact.js";
import { escaped, escapedJson } from "../format/escaped.js";
import { written } from "../state/filters.js";

/** @param {{asked: any}} props */
export function AskElsewhere({ asked }) {
  const body = escapedJson(JSON.stringify(asked, null, 2));
  return html`<details class="panel elsewhere"><summary>Ask this elsewhere</summary>
    <${Copied} title="Link" text=${location.href} />
    <${Copied} title="Command line" text=${commandOf(asked)} />
    <${Copied} title="POST api/v1/query" text=${body} />
  </details>`;
}

/** @param {{title: string, text: string}} props */
function Copied({ title, text }) {
  const [isDone, setDone] = useState(false);
  const copy = () => navigator.clipboard.writeText(text).then(() => setDone(true), () => setDone(false));
  return html`<div class="copied"><p><b>${title}</b>
    <button type="button" class="button quiet-button" onClick=${copy}>${isDone ? "Copied" : "Copy"}<span class="unseen"> ${title}</span></button></p>
    <pre tabindex="0">${text.split("\n").map(escaped).join("\n")}</pre></div>`;
}

/** @param {any} asked */
function commandOf({ metrics, by, filters, granularity, limit, last, from, to, tz }) {
  const parts = ["gatemeter query", `--metrics ${metrics.join(",")}`];
  if (by.length) parts.push(`--by ${by.join(",")}`);
  for (const filter of filters) parts.push(`--filter ${inShell(written({ values: [], ...filter }))}`);
  if (last) parts.push(`--last ${last}`);
  if (from) parts.push(`--from ${from}`);
  if (to) parts.push(`--to ${to}`);
  if (tz !== "UTC") parts.push(`--tz ${tz}`);
  if (granularity !== "none") parts.push(`--granularity ${granularity}`);
  if (limit) parts.push(`--limit ${limit}`);
  return `${parts.join(" \\\n  ")} \\\n  --data DIR`;
}

/** @param {string} text */
function inShell(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
