// Text that nobody vouches for: names of consumers, routes and models come from logs.

const UNSEEN = /(?! )[\p{C}\p{Z}]/gu;

/** Control characters, changes of direction and odd spaces are seen, as in a terminal: `\u202e`. @param {string} text */
export function escaped(text) {
  return text.replace(UNSEEN, (char) => {
    const code = /** @type {number} */ (char.codePointAt(0));
    if (code < 0x100) return `\\x${hex(code, 2)}`;
    return code < 0x10000 ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`;
  });
}

/** JSON that means the same, in which all characters are seen. @param {string} json */
export function escapedJson(json) {
  return json.replace(/(?![ \n])[\p{C}\p{Z}]/gu, (char) =>
    Array.from({ length: char.length }, (_, place) => `\\u${hex(char.charCodeAt(place), 4)}`).join(""));
}

/** @param {number} code @param {number} digits */
function hex(code, digits) {
  return code.toString(16).padStart(digits, "0");
}
