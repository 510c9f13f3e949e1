// Times in a zone: what the clock on the wall says.

/** @type {Map<string, Intl.DateTimeFormat>} Making one takes longer than using it a hundred times. */
const formats = new Map();

/** @param {string} tz @param {Intl.DateTimeFormatOptions} options */
function format(tz, options) {
  const key = tz + JSON.stringify(options);
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat("en-GB", { timeZone: isZone(tz) ? tz : "UTC", ...options }));
  return /** @type {Intl.DateTimeFormat} */ (formats.get(key));
}

/** @param {string} tz */
export function isZone(tz) {
  try {
    return Boolean(new Intl.DateTimeFormat("en-GB", { timeZone: tz }));
  } catch {
    return false;
  }
}

/** As the API takes it: `2026-02-01T10:00`. @param {number} ms @param {string} tz */
export function wallClock(ms, tz) {
  const parts = format(tz, { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const found = Object.fromEntries(parts.formatToParts(ms).map(({ type, value }) => [type, value]));
  return `${found.year}-${found.month}-${found.day}T${found.hour}:${found.minute}`;
}

/** How far the wall clock is ahead of UTC, in ms. @param {number} ms @param {string} tz */
export function offsetIn(ms, tz) {
  const minute = Math.floor(ms / 60_000) * 60_000;
  return Date.parse(`${wallClock(minute, tz)}Z`) - minute;
}

/** `1 Feb 2026, 10:00`. @param {number} ms @param {string} tz */
export function moment(ms, tz) {
  return format(tz, { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(ms);
}

/** `1 Feb 2026`. @param {number} ms @param {string} tz */
export function day(ms, tz) {
  return format(tz, { day: "numeric", month: "short", year: "numeric" }).format(ms);
}

/** How long ago: `4 min`. @param {number} ms */
export function ago(ms) {
  const seconds = Math.max(0, (Date.now() - ms) / 1000);
  const [size, unit] = /** @type {[number, string][]} */ ([[86_400, "days"], [3_600, "h"], [60, "min"]]).find(([each]) => seconds >= 2 * each) ?? [1, "s"];
  return `${Math.floor(seconds / size)}\u202f${unit}`;
}
