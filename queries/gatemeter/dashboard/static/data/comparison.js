// Whether the time before is known: usage that is stored since later makes every number of it too small.

import { moment } from "../format/time.js";

const UNFINISHED = /^the time asked for is not over, .* it is (\S+)$/;
const BEGINS = /begins at (\S+): what was before is not known/;

/** When usage begins, of an answer whose time before is not wholly stored; null where it is. @param {string[]} notes */
function beginOf(notes) {
  return notes.map((note) => BEGINS.exec(note)?.[1]).find(Boolean) ?? null;
}

/** @param {string[]} notes @param {string} tz @returns {string | null} A sentence about it. */
export function unknownBefore(notes, tz) {
  const begin = beginOf(notes);
  return begin && `Usage is stored since ${moment(Date.parse(begin), tz)}: what was before is not known.`;
}

/** Of a time that is not over, a part is compared with a whole. @param {string[]} notes @param {string} tz @returns {string | null} */
export function unfinishedTime(notes, tz) {
  const now = notes.map((note) => UNFINISHED.exec(note)?.[1]).find(Boolean);
  return now ? `This time is not over (it is ${moment(Date.parse(now), tz)}), and what it is compared with is.` : null;
}
