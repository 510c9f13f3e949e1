// Asks for a token where the API wants one.

import { html, useEffect, useRef } from "../vendor/preact.js";
import { keepToken, token } from "../data/credentials.js";

/** @param {{why: string, onToken: () => void}} props */
export function SignIn({ why, onToken }) {
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  useEffect(() => {
    document.title = "Sign in · gatemeter";
    input.current?.focus();
  }, []);
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    const given = input.current?.value.trim() ?? "";
    if (!given) return;
    keepToken(given);
    onToken();
  };
  return html`<main class="sign-in">
    <form class="panel" onSubmit=${submit}>
      <h1 class="brand"><span class="brand-mark" aria-hidden="true"></span>gatemeter</h1>
      <label for="token">Access token</label>
      <input id="token" class="input" type="password" autocomplete="off" spellcheck=${false} ref=${input}
        aria-describedby="token-why" placeholder="gm_…" />
      <p id="token-why" class=${token() ? "bad-text" : "quiet"} role=${token() ? "alert" : null}>
        ${token() ? why : "Whoever runs gatemeter gives you one. It is kept for this tab alone."}</p>
      <button class="button primary">Sign in</button>
    </form>
  </main>`;
}
