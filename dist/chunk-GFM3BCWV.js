import { createRequire as __cr } from 'node:module'; const require = __cr(import.meta.url);import { fileURLToPath as __f } from 'node:url'; const __filename = __f(import.meta.url); const __dirname = __filename.replace(/\/[^/]*$/, '');

// src/model/time.ts
import { setTimeout as delay } from "node:timers/promises";
import { setMaxListeners } from "node:events";
async function abortable(work, signal) {
  signal.throwIfAborted();
  let onAbort;
  const aborted = new Promise((_, reject) => {
    onAbort = () => {
      reject(signal.reason);
    };
    signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    if (onAbort) signal.removeEventListener("abort", onAbort);
  }
}
var systemClock = {
  now: Date.now,
  sleep: (ms, signal) => delay(ms, void 0, { signal }),
  random: Math.random
};
var graceMs = 5e3;
function withGrace(context) {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  const abort = () => {
    controller.abort();
  };
  context.signal.addEventListener("abort", () => setTimeout(abort, graceMs).unref(), { once: true });
  return { ...context, signal: controller.signal };
}
function prefetch(work) {
  let first = work();
  first.catch(() => void 0);
  return () => {
    const taken = first ?? work();
    first = void 0;
    return taken;
  };
}
var firstPauseMs = 1e3;
var longestPauseMs = 15e3;
var growth = 1.25;
var jitter = 0.2;
async function waitFor(look, { clock, deadline, signal, pauseAfter, onPause }) {
  const startedAt = clock.now();
  for (let growing = firstPauseMs; ; growing *= growth) {
    signal.throwIfAborted();
    const seen = await look();
    if (seen !== void 0) return seen;
    const left = deadline - clock.now();
    if (left <= 0) return void 0;
    const pause = Math.min(pauseAfter?.(clock.now() - startedAt) ?? growing, longestPauseMs);
    const jittered = Math.min(pause * (1 + jitter * (2 * clock.random() - 1)), left);
    onPause?.(jittered);
    await clock.sleep(jittered, signal);
  }
}
function createStopwatch(clock) {
  const stages = [];
  const stage = async (name, work) => {
    const startedAt = clock.now();
    try {
      return await work();
    } finally {
      stages.push({ name, startedAt, finishedAt: clock.now() });
    }
  };
  return { stage, stages };
}

export {
  abortable,
  systemClock,
  withGrace,
  prefetch,
  waitFor,
  createStopwatch
};
