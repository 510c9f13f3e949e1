// What a person wants to know first: how much, how well, for whom, for how much money, and what is new.

import { html } from "../vendor/preact.js";
import { CostFigure, CostOverTime } from "../parts/costs.js";
import { LatencyOverTime, RequestsOverTime, TrafficFigures } from "../parts/traffic.js";
import { TopConsumers } from "../parts/top-consumers.js";
import { WhatChanged } from "../parts/what-changed.js";

export function Overview() {
  return html`
    <div class="figure-rows"><${TrafficFigures} /><${CostFigure} /></div>
    <div class="panels">
      <${RequestsOverTime} />
      <${LatencyOverTime} />
      <${TopConsumers} />
      <${CostOverTime} />
      <${WhatChanged} />
    </div>`;
}
