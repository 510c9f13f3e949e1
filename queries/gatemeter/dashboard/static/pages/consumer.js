// One consumer: how much it uses, at which cost.

import { html } from "../vendor/preact.js";
import { address, hrefTo } from "../state/address.js";
import { UsagePanels } from "../parts/usage-panels.js";
import { Nothing } from "../parts/states.js";

export function Consumer() {
  const id = address().params.get("id");
  if (!id) return html`<${Nothing}>No consumer is named. <a href=${hrefTo({}, "consumers")}>Choose one</a><//>`;
  return html`<p class="crumbs"><a href=${hrefTo({}, "consumers")}>All consumers</a></p>
    <${UsagePanels} filters=${[{ dimension: "consumer", operator: "in", values: [id] }]} />`;
}
