// The whole: signs in, reads what can be asked, and shows the page that the address names.

import { html, useEffect, useMemo, useState } from "./vendor/preact.js";
import { read } from "./data/api.js";
import { Shared } from "./data/context.js";
import { Refresh, useRounds } from "./data/refresh.js";
import { forgetAnswers } from "./data/use-query.js";
import { useAddress } from "./state/address.js";
import { filtersOf } from "./state/filters.js";
import { timeRange } from "./state/time-range.js";
import { pagesFor } from "./pages/pages.js";
import { Navigation } from "./parts/navigation.js";
import { SignIn } from "./parts/sign-in.js";
import { Refused, Waiting } from "./parts/states.js";
import { Toolbar } from "./parts/toolbar.js";

/** What is read once: the catalogue, and what the token may see. */
async function readBasics() {
  const [catalogue, access] = await Promise.all([read("metrics"), read("access")]);
  const named = (list) => new Map(list.map((each) => [each.name, each]));
  return { metrics: named(catalogue.metrics), dimensions: named(catalogue.dimensions), access };
}

export function Dashboard() {
  const [basics, setBasics] = useState(/** @type {any} */ (null));
  const [refusal, setRefusal] = useState(/** @type {any} */ (null));
  const load = () => readBasics().then((found) => (setBasics(found), setRefusal(null)), setRefusal);
  const signedIn = () => {
    forgetAnswers();
    setBasics(null);
    load();
  };
  useEffect(() => {
    load();
    addEventListener("gatemeter:token", signedIn);
    const onSignedOut = (event) => setRefusal({ status: 401, message: event.detail });
    addEventListener("gatemeter:signed-out", onSignedOut);
    return () => {
      removeEventListener("gatemeter:token", signedIn);
      removeEventListener("gatemeter:signed-out", onSignedOut);
    };
  }, []);
  if (refusal?.status === 401) return html`<${SignIn} why=${refusal.message} onToken=${signedIn} />`;
  if (basics) return html`<${Pages} basics=${basics} />`;
  return html`<div class="frame"><${Navigation} pages=${[]} page=${null} /><main class="page" id="page" tabindex="-1">
    <h1 class="unseen">gatemeter</h1>
    ${refusal ? html`<${Refused} error=${refusal} retry=${load} />` : html`<${Waiting} lines=${8} />`}</main></div>`;
}

/** @param {{basics: any}} props */
function Pages({ basics }) {
  const { page, params } = useAddress();
  const [isLive, setLive] = useState(false);
  const [round, refresh] = useRounds(isLive);
  const pages = pagesFor(basics.access);
  const shown = pages.find((each) => each.path === page) ?? (basics.access.is_restricted ? pages[0] : null);
  const search = params.toString();
  const shared = useMemo(
    () => ({ ...basics, params, range: timeRange(params, basics.access), filters: filtersOf(params) }),
    [basics, search, round],
  );
  useEffect(() => {
    document.title = `${shown?.title ?? "No such page"} · gatemeter`;
  }, [shown]);
  return html`<${Shared.Provider} value=${shared}><${Refresh.Provider} value=${{ round }}>
    <a class="skip" href="#page" onClick=${skip}>Skip to the page</a>
    <div class="frame">
      <${Navigation} pages=${pages} page=${shown} />
      <main class="page" id="page" tabindex="-1">
        ${shown ? html`
          <${Toolbar} title=${shown.title} hasTime=${shown.hasTime} isLive=${isLive} setLive=${setLive} refresh=${refresh} />
          <${shown.page} key=${shown.path} />` : html`<h1>There is no such page</h1>
          <p><a href="overview">Go to the overview</a></p>`}
      </main>
    </div>
  <//><//>`;
}

/** @param {MouseEvent} event */
function skip(event) {
  event.preventDefault();
  document.getElementById("page")?.focus();
}
