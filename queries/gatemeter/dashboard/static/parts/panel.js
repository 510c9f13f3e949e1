// A question on a page: its title, its chart, the same as a table, and as CSV.

import { html, useState } from "../vendor/preact.js";
import { saveCsv } from "../data/api.js";
import { useQuery } from "../data/use-query.js";
import { escaped } from "../format/escaped.js";
import { Nothing, Refused, Waiting } from "./states.js";
import { AnswerTable } from "./answer-table.js";

/**
 * @param {object} props
 * @param {string} props.title
 * @param {string} [props.about] A sentence below the title.
 * @param {object} props.asked The body of a query.
 * @param {(answer: import("../data/api.js").Answer) => any} [props.chart] Without one there is the table alone.
 * @param {(answer: import("../data/api.js").Answer) => any} [props.table] In place of a table of all columns.
 * @param {string} [props.empty] What to say where there are no rows.
 * @param {string} [props.size] `wide`, or `half` of the page.
 * @param {any} [props.actions] Controls beside the title.
 * @param {(notes: string[]) => string[]} [props.notes] Which notes of the answer are shown.
 */
export function Panel({ title, about, asked, chart, table, empty, size = "half", actions, notes = worthSaying }) {
  const { answer, error, isLoading, retry } = useQuery(asked);
  const [isTable, setTable] = useState(false);
  const id = useTitleId(title);
  const rows = answer?.rows ?? [];
  return html`<section class="panel panel-${size}" aria-labelledby=${id} aria-busy=${isLoading}>
    <header class="panel-head">
      <div><h2 id=${id}>${title}</h2>${about && html`<p class="quiet">${about}</p>`}</div>
      <div class="panel-actions">
        ${actions}
        ${chart && rows.length > 0 && html`<button type="button" class="button quiet-button" aria-pressed=${isTable}
          onClick=${() => setTable(!isTable)}>Table<span class="unseen"> of ${title}</span></button>`}
        ${rows.length > 0 && html`<${CsvButton} asked=${asked} title=${title} />`}
      </div>
    </header>
    <div class="panel-body ${isLoading && answer ? "is-old" : ""}">
      ${error ? html`<${Refused} error=${error} retry=${retry} />` : bodyOf()}
    </div>
    ${!error && answer && rows.length > 0 && html`<${Notes} notes=${notes(answer.notes)} />`}
  </section>`;

  function bodyOf() {
    if (!answer) return html`<${Waiting} />`;
    if (rows.length === 0) return html`<${Nothing}>${empty ?? noRows(answer.notes)}<//>`;
    if (chart && !isTable) return chart(answer);
    return table ? table(answer) : html`<${AnswerTable} answer=${answer} label=${title} />`;
  }
}

/** @param {{asked: object, title: string}} props */
function CsvButton({ asked, title }) {
  const [failed, setFailed] = useState("");
  const save = () => saveCsv(asked, fileName(title)).then(() => setFailed(""), (error) => setFailed(error.message));
  return html`<button type="button" class="button quiet-button" title=${failed || null} onClick=${save}>
    CSV<span class="unseen"> of ${title}</span></button>
    ${failed && html`<span class="bad-text" role="alert">${failed}</span>`}`;
}

/** @param {string} title */
function fileName(title) {
  return `gatemeter-${title.toLowerCase().replace(/[^a-z0-9]+/g, "-")}`;
}

/** What other parts of the page show anyway needs no words. @param {string[]} notes */
function worthSaying(notes) {
  return notes.filter((note) => !/^(before: |groups beyond |the time asked for is not over)|what was before is not known$/.test(note));
}

/** @param {{notes: string[]}} props */
function Notes({ notes }) {
  if (notes.length === 0) return null;
  return html`<footer class="panel-notes">${notes.map((note) => html`<p>${sentence(note)}</p>`)}</footer>`;
}

/** @param {string} note */
export function sentence(note) {
  return escaped(note[0].toUpperCase() + note.slice(1) + (note.endsWith(".") ? "" : "."));
}

/** @param {string[]} notes */
function noRows(notes) {
  const why = notes.find((note) => note.startsWith("no rows: "));
  return why ? sentence(why.slice("no rows: ".length).replace("from and to leave", "the time range leaves")) : "No usage in this time.";
}

let ids = 0;
/** An id that stays for as long as the title is shown. @param {string} title */
function useTitleId(title) {
  const [id] = useState(() => `${title.toLowerCase().replace(/[^a-z0-9]+/g, "-")}-${(ids += 1)}`);
  return id;
}
