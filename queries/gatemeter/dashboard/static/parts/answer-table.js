// An answer as a table: every column, numbers to the right, as many rows as anyone reads.

import { html, useState } from "../vendor/preact.js";
import { useShared } from "../data/context.js";
import { cell, metricOf } from "../format/cells.js";
import { nameOf } from "../format/words.js";
import { periodText } from "../chart/periods.js";

const SHOWN = 100;
/** Longer words than this are broken where a line ends: a name that a client chose must not push numbers away. */
const LONGEST_WHOLE = 16;

/**
 * @param {object} props
 * @param {import("../data/api.js").Answer} props.answer
 * @param {string} props.label
 * @param {string[]} [props.columns] Only these.
 * @param {Record<string, (row: any) => any>} [props.cells] Columns that are shown in another way.
 */
export function AnswerTable({ answer, label, columns = worthShowing(answer), cells = {} }) {
  const { metrics } = useShared();
  const [most, setMost] = useState(SHOWN);
  const isNumber = (column) => Boolean(metricOf(column, metrics)) || column === "cost";
  return html`<div class="table-frame" tabindex="0" role="region" aria-label="${label}, table">
    <table>
      <thead><tr>${columns.map((column) => html`<th scope="col" class=${isNumber(column) ? "number" : ""}
        title=${metrics.get(column)?.description ?? null}>${nameOf(column)}</th>`)}</tr></thead>
      <tbody>${answer.rows.slice(0, most).map((row) => html`<tr>${columns.map((column) => html`
        <td class=${isNumber(column) ? "number" : isOfWholeWords(row[column]) ? "whole" : ""}>${shown(column, row)}</td>`)}</tr>`)}</tbody>
    </table>
    ${answer.rows.length > most && html`<p class="table-more"><button type="button" class="button"
      onClick=${() => setMost(most + 5 * SHOWN)}>Show more of ${answer.rows.length} rows</button></p>`}
  </div>`;

  function shown(column, row) {
    if (cells[column]) return cells[column](row);
    const text = column === "period" ? periodText(row.period) : cell(column, row, metrics);
    if (row[column] === null) return html`<span class="quiet">${text}</span>`;
    return isNumber(column) ? text : breakable(text);
  }
}

/** @param {any} value */
function isOfWholeWords(value) {
  return String(value ?? "").split(/[\s/-]/).every((word) => word.length <= LONGEST_WHOLE);
}

/** A text that may go on in the next line behind each /. @param {string} text */
function breakable(text) {
  return String(text).split(/(?<=[/])/).map((part, place) => (place === 0 ? part : html`<wbr />${part}`));
}

/** Columns that count what the others do not hold, only where there is something. @param {import("../data/api.js").Answer} answer */
function worthShowing({ columns, rows }) {
  return columns.filter((column) => !column.includes("_without_") || rows.some((row) => row[column]));
}
