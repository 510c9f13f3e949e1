// Whether the time before is known: usage that is stored since later makes every number of it too small.

import { moment } from "../format/time.js";

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
