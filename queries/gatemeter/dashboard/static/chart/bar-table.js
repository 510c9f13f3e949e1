// Groups with a bar each, the largest first: a chart that is a table.

import { html } from "../vendor/preact.js";
import { numeric } from "./series.js";

/**
 * @typedef {object} Column
 * @property {string} title
 * @property {(row: any) => any} text
 * @property {boolean} [isText] To the left.
 */
/**
 * @param {object} props
 * @param {any[]} props.rows
 * @param {(row: any) => any} props.name
 * @param {string} props.head Over the names.
 * @param {(row: any) => any} props.value What the bar is as long as.
 * @param {Column[]} props.columns
 * @param {string} props.label
 * @param {(row: any) => string} [props.color] The name of a custom property.
 */
export function BarTable({ rows, name, head, value, columns, label, color = () => "--series-1" }) {
  const most = Math.max(...rows.map((row) => Math.abs(numeric(value(row)) ?? 0)), 0) || 1;
  const share = (row) => `${((Math.abs(numeric(value(row)) ?? 0) / most) * 100).toFixed(1)}%`;
  return html`<div class="table-frame" tabindex="0" role="region" aria-label="${label}, table">
    <table class="bar-table">
      <thead><tr><th scope="col">${head}</th>${columns.map((column) => html`
        <th scope="col" class=${column.isText ? "" : "number"}>${column.title}</th>`)}</tr></thead>
      <tbody>${rows.map((row) => html`<tr>
        <th scope="row"><span class="bar-name">${name(row)}</span><span class="bar" aria-hidden="true">
          <span class="bar-fill" style=${{ width: share(row), background: `var(${color(row)})` }}></span></span></th>
        ${columns.map((column) => html`<td class=${column.isText ? "" : "number"}>${column.text(row)}</td>`)}
      </tr>`)}</tbody>
    </table>
  </div>`;
}
