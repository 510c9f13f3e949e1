// Asks the HTTP API. It answers two questions of a token at the same time: more wait here, not there.

import { token } from "./credentials.js";

const AT_ONCE = 2;
const TRIES = 3;
const BASE = new URL("../api/v1/", document.baseURI);

let running = 0;
/** @type {(() => void)[]} */
const waiting = [];

/** What the API refused, in its own words. `status` is 0 where it was not reached. */
export class ApiError extends Error {
  /** @param {number} status @param {string} detail */
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

/** @typedef {{columns: string[], rows: Record<string, any>[], notes: string[]}} Answer */

/** @param {object} question The body of `POST /api/v1/query`. @param {AbortSignal} [signal] @returns {Promise<Answer>} */
export async function query(question, signal) {
  return (await ask("query", { body: question, signal })).json();
}

/** @param {string} path As `metrics`. @param {AbortSignal} [signal] */
export async function read(path, signal) {
  return (await ask(path, { signal })).json();
}

/** Have the browser save the answer as CSV. @param {object} question @param {string} name Of the file. */
export async function saveCsv(question, name) {
  await save(await ask("query", { body: question, accept: "text/csv" }), name);
}

/** The same of what is read. @param {string} path @param {string} name Of the file. */
export async function saveFile(path, name) {
  await save(await ask(path, { accept: "text/csv" }), name);
}

/** @param {Response} answer @param {string} name */
async function save(answer, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await answer.blob());
  link.download = `${name}.csv`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** @param {string} path @param {{body?: object, accept?: string, signal?: AbortSignal}} asked */
async function ask(path, asked) {
  await place(asked.signal);
  try {
    for (let tries = 1; ; tries += 1) {
      const answer = await reach(path, asked);
      if (answer.ok) return answer;
      const wait = Number(answer.headers.get("retry-after"));
      if (tries === TRIES || !wait || ![429, 503].includes(answer.status)) throw await refusal(answer);
      await new Promise((go) => setTimeout(go, wait * 1000));
    }
  } finally {
    running -= 1;
    waiting.shift()?.();
  }
}

/** @param {AbortSignal} [signal] */
async function place(signal) {
  while (running >= AT_ONCE) await new Promise((go) => waiting.push(() => go(undefined)));
  if (signal?.aborted) {
    waiting.shift()?.();
    throw new DOMException("nobody waits for it any more", "AbortError");
  }
  running += 1;
}

/** @param {string} path @param {{body?: object, accept?: string, signal?: AbortSignal}} asked */
async function reach(path, { body, accept = "application/json", signal }) {
  /** @type {Record<string, string>} */
  const headers = { accept };
  if (token()) headers.authorization = `Bearer ${token()}`;
  if (body) headers["content-type"] = "application/json";
  const asked = { method: body ? "POST" : "GET", headers, signal, body: body && JSON.stringify(body) };
  try {
    return await fetch(new URL(path, BASE), { ...asked, credentials: "omit" });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(0, "The server does not answer. It may have been stopped, or the network is gone.");
  }
}

/** @param {Response} answer */
async function refusal(answer) {
  const problem = await answer.json().catch(() => ({}));
  return new ApiError(answer.status, problem.detail ?? `the server answered ${answer.status}`);
}
