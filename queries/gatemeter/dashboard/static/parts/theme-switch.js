// Light, dark, or as the system is.

import { html, useState } from "../vendor/preact.js";

const KEY = "gatemeter.theme";
const THEMES = [["", "System theme"], ["light", "Light theme"], ["dark", "Dark theme"]];

export function ThemeSwitch() {
  const [theme, setTheme] = useState(document.documentElement.dataset.theme ?? "");
  const choose = (/** @type {string} */ chosen) => {
    setTheme(chosen);
    if (chosen) document.documentElement.dataset.theme = chosen;
    else delete document.documentElement.dataset.theme;
    try {
      localStorage.setItem(KEY, chosen);
    } catch {
      // Storage is forbidden: the theme holds until the page is left.
    }
    dispatchEvent(new Event("gatemeter:theme"));
  };
  return html`<label class="theme"><span class="unseen">Theme</span>
    <select class="select" value=${theme} onChange=${(event) => choose(event.target.value)}>
      ${THEMES.map(([value, name]) => html`<option value=${value}>${name}</option>`)}
    </select></label>`;
}
