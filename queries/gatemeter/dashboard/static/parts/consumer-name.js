// A consumer by name, with its id, as a link to its page.

import { html } from "../vendor/preact.js";
import { escaped } from "../format/escaped.js";
import { hrefTo } from "../state/address.js";

export const CONSUMER = ["consumer", "consumer_username"];

/** @param {{row: any}} props */
export function ConsumerName({ row: { consumer, consumer_username: name } }) {
  if (consumer === "(all others)") return html`<span class="quiet">All others</span>`;
  const isNamed = name && name !== "Empty";
  return html`<a href=${hrefTo({ id: consumer }, "consumer")} title=${escaped(consumer)}>${escaped(isNamed ? toldApart(name) : consumer)}</a>`;
}

/** A user name that reads as nobody's id, marked as the API marks such ids. @param {string} name */
function toldApart(name) {
  return /^anonymous( \(name\))*$/.test(name) ? `${name} (name)` : name;
}
