// Where the dashboard begins.

import { html, render } from "./vendor/preact.js";
import { takeTokenFromAddress } from "./data/credentials.js";
import { followWithin } from "./state/address.js";
import { Dashboard } from "./dashboard.js";

takeTokenFromAddress();
addEventListener("hashchange", () => takeTokenFromAddress() && dispatchEvent(new Event("gatemeter:token")));
document.addEventListener("click", followWithin);
const root = /** @type {HTMLElement} */ (document.getElementById("dashboard"));
root.replaceChildren();
root.classList.remove("frame");
render(html`<${Dashboard} />`, root);
