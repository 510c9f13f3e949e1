// All that a restricted token may see: the page of a customer.

import { html } from "../vendor/preact.js";
import { UsagePanels } from "../parts/usage-panels.js";

const NO_FILTERS = [];

export function OwnUsage() {
  return html`<${UsagePanels} filters=${NO_FILTERS} />`;
}
