import { createRequire as __cr } from 'node:module'; const require = __cr(import.meta.url);import { fileURLToPath as __f } from 'node:url'; const __filename = __f(import.meta.url); const __dirname = __filename.replace(/\/[^/]*$/, '');
import {
  isMerge,
  maskSecretInputs,
  readInputs,
  readMode
} from "./chunk-KDJMMQCH.js";
import {
  announceStart,
  createLogger,
  requestIdToken
} from "./chunk-3RQFIVAF.js";
import {
  conclude,
  report,
  setInitialOutputs,
  startRun
} from "./chunk-NGG7HUXL.js";
import "./chunk-PUMJZTRB.js";
import {
  prefetch,
  systemClock
} from "./chunk-GFM3BCWV.js";
import "./chunk-LFQK5HDL.js";
import "./chunk-SQRGYAYG.js";
import "./chunk-EROI4AL4.js";
import {
  ExitCode,
  setFailed,
  toActionError
} from "./chunk-H2XG4JLI.js";
import "./chunk-SCLXKCVA.js";

// src/index.ts
import { setMaxListeners } from "node:events";
var cancellation = new AbortController();
setMaxListeners(0, cancellation.signal);
for (const name of ["SIGINT", "SIGTERM"]) {
  process.on(name, () => {
    cancellation.abort();
  });
}
try {
  const errors = await step({ log: createLogger(), clock: systemClock, signal: cancellation.signal });
  if (errors.length > 0) process.exitCode = ExitCode.Failure;
} catch (thrown) {
  setFailed(thrown instanceof Error ? thrown.stack ?? thrown.message : String(thrown));
}
if (cancellation.signal.aborted) process.exit();
async function step(surroundings) {
  const { clock, log } = surroundings;
  const run = startRun(clock.now(), readMode());
  maskSecretInputs();
  if (isMerge()) return (await import("./merge-OXPIDJQL.js")).mergeReports(surroundings);
  let requests = 0;
  const countRequest = () => {
    requests += 1;
  };
  try {
    const inputs = readInputs();
    announceStart(inputs, log);
    const { readManifests } = inputs.manifests.length > 0 ? await import("./manifests-OEPU5EZC.js") : {};
    const manifests = await readManifests?.(inputs.manifests) ?? [];
    const { auth } = inputs;
    const signInWith = auth.type === "oidc" ? { ...auth, takeIdToken: prefetch(() => requestIdToken(auth.audience, countRequest)) } : auth;
    setInitialOutputs(run);
    const { main } = await import("./main-Y2P3NPL7.js");
    const requestsSoFar = () => requests;
    return await main({ ...run, inputs }, inputs, {
      ...surroundings,
      manifests,
      signInWith,
      countRequest,
      requestsSoFar
    });
  } catch (thrown) {
    const result = conclude({ ...run, requests, finishedAt: clock.now(), error: toActionError(thrown) });
    await report(result, log);
    return result.errors;
  }
}
