// Amounts of money: exact decimal numbers as text, never binary fractions, never without a currency.

import { grouped, NOT_KNOWN } from "./numbers.js";

const THIN = "\u202f";

/**
 * @param {string | null | undefined} amount
 * @param {string | null | undefined} currency null or `Empty` where nothing says it.
 */
export function money(amount, currency) {
  if (amount === null || amount === undefined) return NOT_KNOWN;
  return `${grouped(rounded(amount))}${THIN}${isNamed(currency) ? currency : "(currency not known)"}`;
}

/** @param {string | null | undefined} currency */
export function isNamed(currency) {
  return Boolean(currency) && currency !== "Empty";
}

/** To cents; small amounts to three digits that count. Rounded half up, on the digits. @param {string} amount */
export function rounded(amount) {
  const [, sign, whole, fraction = ""] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(amount) ?? [];
  if (whole === undefined) return amount;
  const zeros = /^0*/.exec(fraction)?.[0].length ?? 0;
  const places = whole === "0" && zeros < fraction.length && zeros > 0 ? zeros + 3 : 2;
  const kept = BigInt(whole + fraction.padEnd(places + 1, "0").slice(0, places + 1));
  const digits = String((kept + 5n) / 10n).padStart(places + 1, "0");
  return `${sign}${digits.slice(0, -places)}.${digits.slice(-places)}`;
}
