import { createRequire as __cr } from 'node:module'; const require = __cr(import.meta.url);import { fileURLToPath as __f } from 'node:url'; const __filename = __f(import.meta.url); const __dirname = __filename.replace(/\/[^/]*$/, '');
import {
  createInputReader,
  modes
} from "./chunk-KDJMMQCH.js";
import {
  describeDriftInFull
} from "./chunk-LXO3Y6KM.js";
import {
  conclude,
  report,
  setInitialOutputs,
  setMergedOutputs,
  startRun,
  version,
  weakest
} from "./chunk-NGG7HUXL.js";
import {
  addToSummary,
  annotateDrift,
  annotateFailures,
  countDrift,
  driftFailure,
  excerpt,
  groupFailures,
  mergeDrifts,
  mostNamed,
  plural,
  printFailures,
  readDrift
} from "./chunk-PUMJZTRB.js";
import "./chunk-LFQK5HDL.js";
import "./chunk-SQRGYAYG.js";
import "./chunk-EROI4AL4.js";
import {
  ActionError,
  getInput,
  isErrorCode,
  toActionError
} from "./chunk-H2XG4JLI.js";
import "./chunk-SCLXKCVA.js";

// src/report/merge/read-reports.ts
import { basename, join, relative } from "node:path";
import { readFileSync, readdirSync } from "node:fs";
function readReports(folder, fleet) {
  const files = findFiles(folder).sort((a, b) => numberOf(a) - numberOf(b) || (a < b ? -1 : 1));
  const read = files.map((file) => {
    const index = numberOf(file);
    const entry = fleet[index];
    return { name: entry === void 0 ? relative(folder, file) : describeEntry(entry), ...readReport(file) };
  });
  const present = new Set(files.map(numberOf));
  const missing = fleet.flatMap((entry, index) => {
    if (present.has(index)) return [];
    const problem = "left no report: its job was cancelled, or failed before it could look";
    return [{ name: describeEntry(entry), problem }];
  });
  return [...read, ...missing];
}
function readReport(file) {
  try {
    const report2 = JSON.parse(readFileSync(file, "utf8"));
    return isReport(report2) ? { report: { ...report2, manifests: report2.manifests ?? [] } } : { problem: `${basename(file)} is no report of attach-acr, schema version 1` };
  } catch (error) {
    return { problem: `its report can't be read: ${error instanceof Error ? error.message : String(error)}` };
  }
}
function isReport(value) {
  if (typeof value !== "object" || value === null) return false;
  const { schemaVersion, pairs, images } = value;
  return schemaVersion === 1 && Array.isArray(pairs) && Array.isArray(images);
}
function findFiles(folder) {
  let entries;
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return findFiles(path);
    return entry.name.endsWith(".json") ? [path] : [];
  });
}
function numberOf(file) {
  const [, digits] = /-(\d+)$/.exec(basename(join(file, ".."))) ?? [];
  return digits === void 0 ? Infinity : Number(digits);
}
function describeEntry(entry) {
  if (typeof entry !== "object" || entry === null) return String(entry);
  return Object.entries(entry).map(
    ([name, value]) => `${name}: ${typeof value === "string" ? value.trim().replace(/\s*\n\s*/g, ", ") : JSON.stringify(value)}`
  ).join(", ");
}

// src/report/merge/merge.ts
var longestSummary = 33e4;
async function mergeReports(surroundings) {
  const { log, clock } = surroundings;
  const run = startRun(clock.now(), "check");
  setInitialOutputs(run);
  try {
    const errors = await merge(readMergeInputs(), surroundings);
    for (const failures of groupFailures(errors)) {
      printFailures(failures, log);
      if (failures.first.code !== "DRIFT") annotateFailures(failures);
    }
    return errors;
  } catch (thrown) {
    const result = conclude({ ...run, finishedAt: clock.now(), error: toActionError(thrown) });
    await report(result, log);
    return result.errors;
  }
}
async function merge(inputs, { log, clock, signal }) {
  const { folder, fleet, failOnDrift, driftIssue, token } = inputs;
  const legs = readReports(folder, fleet);
  log.line(`attach-acr ${version} \xB7 merge of ${plural(legs.length, "report")}`);
  const drift = mergeDrifts(legs.map(readLeg));
  const isDrift = drift.items.length > 0;
  const errors = [...blindness(drift, legs), ...isDrift && failOnDrift ? [driftFailure(drift)] : []];
  setMergedOutputs(toMergedReport(legs, isDrift), errors[0]?.code ?? "");
  annotateDrift(drift, failOnDrift);
  await writeSummary(drift, legs);
  if (!isDrift)
    log.line(`${drift.fine.length > 0 ? "\u2713 no drift" : "nothing was looked at"}: ${drift.fine.length} as wanted`);
  if (driftIssue) {
    const { keepIssue } = await import("./keep-G2IYXIYF.js");
    await keepIssue(drift, { token, scope: "fleet", log, clock, signal });
  }
  return errors;
}
function readMergeInputs() {
  const reader = createInputReader();
  const mode = reader.choice("mode", modes);
  if (mode !== "check") reader.reject("merge-reports", `a folder with mode: ${mode}`, "it with mode: check only");
  const inputs = {
    folder: reader.text("merge-reports"),
    fleet: readFleet(getInput("fleet"), (found) => {
      reader.reject("fleet", found, "a JSON list, the one that the matrix was made of");
    }),
    failOnDrift: reader.boolean("fail-on-drift", true),
    driftIssue: reader.boolean("drift-issue", false),
    token: reader.text("github-token")
  };
  if (inputs.driftIssue && !inputs.token) reader.reject("github-token", "nothing", "a token for drift-issue");
  reader.finish();
  return inputs;
}
function readFleet(text, reject) {
  if (!text) return [];
  try {
    const fleet = JSON.parse(text);
    if (Array.isArray(fleet)) return fleet;
    reject("JSON that is no list");
  } catch {
    reject("text that is no JSON");
  }
  return [];
}
function readLeg({ name, report: report2, problem = "" }) {
  if (!report2) return { items: [], unknown: [], fine: [], blind: [`${name}: ${problem}`], commands: [] };
  const drift = readDrift(report2, name);
  return { ...drift, blind: drift.blind.map((reason) => `${name}: ${reason}`) };
}
function blindness({ unknown, blind }, legs) {
  const [first] = blind;
  if (legs.length === 0) {
    return [
      new ActionError("INVALID_INPUT", "There is no report to merge.", {
        fix: "Give the folder in merge-reports that actions/download-artifact has filled, and let the checks upload their report-file."
      })
    ];
  }
  const lines = [...blind, ...unknown.map(({ target, registry, what }) => `${target} on ${registry}: ${what}`)];
  if (lines.length === 0) return [];
  const code = legs.find(({ report: report2 }) => report2?.error)?.report?.error?.code ?? unknown[0]?.code ?? "CANCELLED";
  const message = `${lines.length} could not be looked at${first ? `, the first being ${first}` : ""}.`;
  return [
    new ActionError(isErrorCode(code) ? code : "UNEXPECTED", message, {
      fix: excerpt(lines, mostNamed).map((line) => `  ${line}`).join("\n")
    })
  ];
}
async function writeSummary(drift, legs) {
  const doubt = drift.unknown.length + drift.blind.length;
  const headline = drift.items.length > 0 ? `\u27F3 drift: ${countDrift(drift)} not as wanted` : doubt > 0 ? `\u2717 ${doubt} could not be looked at` : `\u2713 no drift: ${drift.fine.length} as wanted`;
  const detail = drift.items.length + doubt > 0 ? describeDriftInFull(drift, process.env.GITHUB_WORKFLOW ?? "", longestSummary) : "";
  const text = [`### ${headline}`, detail, `Of ${plural(legs.length, "report")}.`].filter(Boolean).join("\n\n");
  await addToSummary(text);
}
function toMergedReport(legs, drift) {
  const reports = legs.flatMap(({ report: report2 }) => report2 ?? []);
  const pairs = reports.flatMap((report2) => report2.pairs);
  const isWhole = legs.every(({ report: report2 }) => report2 && !report2.error);
  return {
    schemaVersion: 1,
    mode: "check",
    attached: isWhole && pairs.length > 0 && pairs.every(({ status }) => status === "attached"),
    changed: false,
    drift,
    verified: isWhole ? weakest(pairs) : "none",
    pairs,
    images: reports.flatMap(({ images }) => images),
    manifests: reports.flatMap(({ manifests }) => manifests),
    plan: reports.flatMap(({ plan }) => plan),
    findings: reports.flatMap(({ findings }) => findings),
    notes: reports.flatMap(({ notes }) => notes),
    error: null,
    requests: reports.reduce((sum, { requests }) => sum + requests, 0),
    durationSeconds: Math.max(0, ...reports.map(({ durationSeconds }) => durationSeconds)),
    legs: legs.map(({ name, report: report2, problem }) => ({ name, error: report2?.error ?? null, problem: problem ?? null }))
  };
}
export {
  mergeReports
};
