// Live refresh: all questions of a page are asked again every so often, but not while nobody looks.

import { createContext, useEffect, useState } from "../vendor/preact.js";

const EVERY_S = 30;

/** `round` counts up: whoever shows an answer asks again when it changes. */
export const Refresh = createContext({ round: 0 });

/** @param {boolean} isLive @returns {[number, () => void]} The round, and a function that begins the next at once. */
export function useRounds(isLive) {
  const [round, setRound] = useState(0);
  const next = () => setRound((was) => was + 1);
  useEffect(() => {
    if (!isLive) return undefined;
    const timer = setInterval(() => document.hidden || next(), EVERY_S * 1000);
    const onSeen = () => document.hidden || next();
    document.addEventListener("visibilitychange", onSeen);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", onSeen);
    };
  }, [isLive]);
  return [round, next];
}
