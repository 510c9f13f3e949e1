// A question as long as a part of the page asks it: its answer, its error, and that it is asked again.

import { useContext, useEffect, useState } from "../vendor/preact.js";
import { ApiError, query, read } from "./api.js";
import { Refresh } from "./refresh.js";

const MOST_KEPT = 60;
/** @type {Map<string, any>} Answers of the last pages, shown at once on the way back and then asked for anew. */
const kept = new Map();

/**
 * @typedef {object} Asked
 * @property {any} answer The last answer to this question; null without one.
 * @property {ApiError | null} error
 * @property {boolean} isLoading
 * @property {() => void} retry
 */

/** @param {object | null} question The body of a query; null asks nothing. @returns {Asked} */
export function useQuery(question) {
  return useAnswer(question && JSON.stringify(question), (key, signal) => query(JSON.parse(key), signal));
}

/** @param {string | null} path Below `/api/v1/`; null asks nothing. @returns {Asked} */
export function useRead(path) {
  return useAnswer(path, read);
}

/** @param {string | null} key @param {(key: string, signal: AbortSignal) => Promise<any>} ask @returns {Asked} */
function useAnswer(key, ask) {
  const { round } = useContext(Refresh);
  const [tries, setTries] = useState(0);
  const [state, setState] = useState({ key, answer: recall(key), error: null, isLoading: key !== null });
  useEffect(() => {
    if (key === null) return undefined;
    const stop = new AbortController();
    setState((was) => ({ key, answer: was.key === key ? was.answer : recall(key), error: null, isLoading: true }));
    ask(key, stop.signal).then(
      (answer) => {
        keep(key, answer);
        if (!stop.signal.aborted) setState({ key, answer, error: null, isLoading: false });
      },
      (error) => {
        if (stop.signal.aborted) return;
        if (error.status === 401) dispatchEvent(new CustomEvent("gatemeter:signed-out", { detail: error.message }));
        const shown = error instanceof ApiError ? error : new ApiError(0, String(error));
        setState((was) => ({ ...was, error: shown, isLoading: false }));
      },
    );
    return () => stop.abort();
  }, [key, round, tries]);
  // Between a new question and its first effect the state is still that of the old one.
  const current = state.key === key ? state : { answer: recall(key), error: null, isLoading: true };
  return { ...current, retry: () => setTries(tries + 1) };
}

/** @param {string | null} key */
function recall(key) {
  return (key && kept.get(key)) ?? null;
}

/** @param {string} key @param {any} answer */
function keep(key, answer) {
  kept.delete(key);
  kept.set(key, answer);
  if (kept.size > MOST_KEPT) kept.delete(kept.keys().next().value);
}

/** Forget all answers: they were another token's. */
export function forgetAnswers() {
  kept.clear();
}
