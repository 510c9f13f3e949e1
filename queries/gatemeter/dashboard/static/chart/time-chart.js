// A chart over time: lines, or bars on top of each other. The arrow keys move through it as the pointer does.

import { html, useEffect, useLayoutEffect, useRef, useState } from "../vendor/preact.js";
import uPlot from "../vendor/uplot.js";
import { go, hrefTo } from "../state/address.js";
import { moment, wallClock } from "../format/time.js";
import { short } from "../format/numbers.js";
import { color, seriesColor } from "./colors.js";

const HEIGHT_PX = 240;
const HOUR_S = 3600;

/**
 * @param {object} props
 * @param {import("./series.js").Lines} props.lines
 * @param {boolean} [props.isStacked]
 * @param {boolean} [props.isLogarithmic] As of latencies, whose percentiles lie far apart.
 * @param {(value: any) => string} props.format Of a value as it is told.
 * @param {(value: number) => string} [props.axis]
 * @param {string} props.label What it shows, for those who do not see it.
 */
export function TimeChart({ lines, isStacked = false, isLogarithmic = false, format, axis = short, label }) {
  const frame = useRef(/** @type {HTMLElement | null} */ (null));
  const plot = useRef(/** @type {any} */ (null));
  const [place, setPlace] = useState(/** @type {number | null} */ (null));
  const theme = useTheme();
  const isHourly = lines.xs.length > 1 && lines.xs[1] - lines.xs[0] < 24 * HOUR_S;
  useLayoutEffect(() => {
    const box = /** @type {HTMLElement} */ (frame.current);
    const size = () => ({ width: box.clientWidth, height: HEIGHT_PX });
    plot.current = new uPlot({ ...options(lines, isStacked, isLogarithmic, axis, setPlace), ...size() }, dataOf(lines, isStacked), box);
    const watcher = new ResizeObserver(() => plot.current.setSize(size()));
    watcher.observe(box);
    return () => {
      watcher.disconnect();
      plot.current.destroy();
    };
  }, [lines, isStacked, theme]);

  const onKey = (/** @type {KeyboardEvent} */ event) => {
    const steps = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity }[event.key];
    if (steps === undefined) return;
    event.preventDefault();
    const next = Math.min(lines.xs.length - 1, Math.max(0, (place ?? (steps > 0 ? -1 : lines.xs.length)) + steps));
    plot.current.setCursor({ left: plot.current.valToPos(lines.xs[next], "x"), top: 10 });
  };
  const at = place !== null && lines.xs[place] !== undefined ? place : null;
  return html`<figure class="chart">
    <div class="chart-frame" ref=${frame} tabindex="0" role="img" aria-label=${label} onKeyDown=${onKey}
      onBlur=${() => plot.current?.setCursor({ left: -10, top: -10 })}></div>
    <figcaption class="legend" aria-live="polite">
      ${at !== null && html`<span class="legend-time">${timeText(lines.xs[at], lines.tz, isHourly)}</span>`}
      ${lines.series.map((each, number) => html`<span class="legend-entry">
        <${Swatch} color=${each.color ?? seriesColor(number)} />${each.name}
        ${at !== null && html` <b>${format((each.told ?? each.values)[at])}</b>`}</span>`)}
    </figcaption>
  </figure>`;
}

/** @param {{color: string}} props */
export function Swatch({ color: name }) {
  return html`<span class="swatch" aria-hidden="true" style=${{ background: `var(${name})` }}></span>`;
}

/** @param {number} x @param {string} tz @param {boolean} isHourly */
function timeText(x, tz, isHourly) {
  return isHourly ? moment(x * 1000, tz) : moment(x * 1000, tz).split(",")[0];
}

/** Bars on top of each other are drawn from the highest sum down, each over the one before. @param {import("./series.js").Lines} lines @param {boolean} isStacked */
function dataOf({ xs, series }, isStacked) {
  if (!isStacked) return [xs, ...series.map((each) => each.values)];
  const sums = series.map((_, top) => xs.map((__, x) => series.slice(0, top + 1).reduce((sum, each) => sum + (each.values[x] ?? 0), 0)));
  return [xs, ...sums.reverse()];
}

/** @param {import("./series.js").Lines} lines @param {boolean} isStacked @param {boolean} isLogarithmic @param {(value: number) => string} axis @param {(place: number | null) => void} onPlace */
function options({ xs, tz, series }, isStacked, isLogarithmic, axis, onPlace) {
  const drawn = series.map((each, number) => seriesOptions(each.color ?? seriesColor(number), isStacked));
  const line = { stroke: color("--quiet"), grid: { stroke: color("--line"), width: 1 }, ticks: { show: false }, font: "12px system-ui, sans-serif" };
  return {
    tzDate: (/** @type {number} */ seconds) => uPlot.tzDate(new Date(seconds * 1000), tz),
    legend: { show: false },
    padding: [8, 22, 0, 0], // half of the last label stands behind the last period
    cursor: { points: { show: !isStacked, size: 6 }, y: false, drag: { x: true, y: false, setScale: false } },
    scales: { x: { range: () => edges(xs, isStacked) }, y: heights(isLogarithmic ? series : []) },
    axes: [{ ...line, grid: { show: false }, space: 70, values: TIME_FORMATS }, { ...line, ...tens(line.grid), size: widest, values: (_, ticks) => ticks.map((tick) => (tick === null ? "" : axis(tick))) }],
    series: [{}, ...(isStacked ? drawn.reverse() : drawn)],
    hooks: { setCursor: [(plot) => onPlace(plot.cursor.idx ?? null)], setSelect: [(plot) => zoom(plot, xs, tz)] },
  };
}

/** From zero, as lengths are compared; a logarithmic scale is of powers of ten, and has no zero. @param {import("./series.js").Series[]} logarithmic */
function heights(logarithmic) {
  const values = logarithmic.flatMap((each) => each.values).filter((value) => value !== null);
  if (values.length > 0 && Math.min(...values) > 0) return { distr: 3, range: [10 ** Math.floor(Math.log10(Math.min(...values))), 10 ** Math.floor(Math.log10(Math.max(...values)) + 1)] };
  return { range: (_, __, highest) => [0, highest > 0 ? highest * 1.08 : 1] };
}

/** On a logarithmic scale the powers of ten alone have a line; on others every tick has one. @param {object} grid */
function tens(grid) {
  const filter = (plot, ticks) => (plot.scales.y.distr === 3 ? ticks.map((tick) => (Number.isInteger(Math.log10(tick)) ? tick : null)) : ticks);
  return { filter, grid: { ...grid, filter } };
}

/** Room for the longest label, in px. @param {any} _ @param {string[] | null} labels */
function widest(_, labels) {
  return 14 + 7 * Math.max(4, ...(labels ?? []).map((label) => label?.length ?? 0));
}

const TIME_FORMATS = [
  [3600 * 24 * 365, "{YYYY}", null, null, null, null, null, null, 1],
  [3600 * 24 * 28, "{MMM}", "\n{YYYY}", null, null, null, null, null, 1],
  [3600 * 24, "{D} {MMM}", "\n{YYYY}", null, null, null, null, null, 1],
  [3600, "{HH}:{mm}", "\n{D} {MMM}", null, "\n{D} {MMM}", null, null, null, 1],
  [60, "{HH}:{mm}", "\n{D} {MMM}", null, "\n{D} {MMM}", null, null, null, 1],
];

/** @param {string} name @param {boolean} isStacked */
function seriesOptions(name, isStacked) {
  if (isStacked) return { fill: color(name), width: 0, points: { show: false }, paths: uPlot.paths.bars({ size: [0.82, 64], radius: 0.06 }) };
  const points = { show: false, filter: lonely, size: 5, stroke: color(name), fill: color(name) };
  return { stroke: color(name), width: 2, points, spanGaps: false };
}

/** Values between two gaps, which no line reaches. @param {any} plot @param {number} number Of the series. */
function lonely(plot, number) {
  const values = plot.data[number];
  const isGap = (/** @type {number} */ place) => (values[place] ?? null) === null;
  return [...values.keys()].filter((place) => !isGap(place) && isGap(place - 1) && isGap(place + 1));
}

/** Room for half a bar on both sides. @param {number[]} xs @param {boolean} isStacked */
function edges(xs, isStacked) {
  const step = xs.length > 1 ? xs[1] - xs[0] : 24 * HOUR_S;
  const room = isStacked || xs.length === 1 ? step / 2 : 0;
  return [xs[0] - room, xs[xs.length - 1] + room];
}

/** The periods that were drawn over become the time range. @param {any} plot @param {number[]} xs @param {string} tz Whose clock they begin by. */
function zoom(plot, xs, tz) {
  const [from, to] = [plot.select.left, plot.select.left + plot.select.width].map((left) => plot.posToVal(left, "x"));
  const inside = xs.filter((x) => x >= from && x <= to);
  if (inside.length === 0) return;
  const step = xs.length > 1 ? xs[1] - xs[0] : 24 * HOUR_S;
  const last = inside[inside.length - 1];
  const written = (seconds) => wallClock(seconds * 1000, tz);
  go(hrefTo({ range: "custom", from: written(inside[0]), to: written(xs[xs.indexOf(last) + 1] ?? last + step) }));
}

/** The theme that is shown; another one draws the chart anew. */
function useTheme() {
  const read = () => color("--page");
  const [theme, setTheme] = useState(read);
  useEffect(() => {
    const look = () => setTheme(read());
    const system = matchMedia("(prefers-color-scheme: dark)");
    system.addEventListener("change", look);
    addEventListener("gatemeter:theme", look);
    return () => {
      system.removeEventListener("change", look);
      removeEventListener("gatemeter:theme", look);
    };
  }, []);
  return theme;
}
