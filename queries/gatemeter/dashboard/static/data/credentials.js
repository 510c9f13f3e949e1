// The token that the API is asked with. It is kept for this tab alone, and never stays in the address.

const KEY = "gatemeter.token";
let inMemory = "";

/** Take `#token=...` out of the address, where a link has brought one along. @returns {boolean} Whether it has. */
export function takeTokenFromAddress() {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (token === null) return false;
  keepToken(token);
  history.replaceState(history.state, "", location.pathname + location.search);
  return true;
}

/** @param {string} token '' forgets it. */
export function keepToken(token) {
  inMemory = token;
  try {
    if (token) sessionStorage.setItem(KEY, token);
    else sessionStorage.removeItem(KEY);
  } catch {
    // Storage is forbidden: the token holds until the page is left.
  }
}

/** @returns {string} '' without one. */
export function token() {
  if (inMemory) return inMemory;
  try {
    return sessionStorage.getItem(KEY) ?? "";
  } catch {
    return "";
  }
}
