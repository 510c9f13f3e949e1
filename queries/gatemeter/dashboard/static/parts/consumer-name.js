// A consumer by name, with its id, as a link to its page.

import { html } from "../vendor/preact.js";
import { hrefTo } from "../state/address.js";

export const CONSUMER = ["consumer", "consumer_username"];

/** @param {{row: any}} props */
export function ConsumerName({ row: { consumer, consumer_username: name } }) {
  if (consumer === "(all others)") return html`<span class="quiet">All others</span>`;
  const isNamed = name && name !== "Empty";
  return html`<a href=${hrefTo({ id: consumer }, "consumer")} title=${consumer}>${isNamed ? name : consumer}</a>`;
}
