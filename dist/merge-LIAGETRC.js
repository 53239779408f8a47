import { createRequire as __cr } from 'node:module'; const require = __cr(import.meta.url);import { fileURLToPath as __f } from 'node:url'; const __filename = __f(import.meta.url); const __dirname = __filename.replace(/\/[^/]*$/, '');
import {
  describeDriftInFull
} from "./chunk-B6DW5G7Q.js";
import {
  setMergedOutputs,
  version,
  weakest
} from "./chunk-YVOAE5CG.js";
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
} from "./chunk-BLHKYAO4.js";
import "./chunk-R7QXG2RF.js";
import "./chunk-SYT2YK2R.js";
import "./chunk-UFIS3MP3.js";
import {
  ActionError,
  fix,
  isErrorCode
} from "./chunk-JIP7H5S5.js";
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
    const report = JSON.parse(readFileSync(file, "utf8"));
    return isReport(report) ? { report: { ...report, manifests: report.manifests ?? [] } } : { problem: `${basename(file)} is no report of attach-acr, schema version 1` };
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
async function mergeReports(inputs, { log, clock, signal }) {
  const { reports, fleet, failOnDrift, driftIssue, githubToken } = inputs;
  const legs = readReports(reports, fleet);
  log.line(`attach-acr ${version} \xB7 merge of ${plural(legs.length, "report")}`);
  const drift = mergeDrifts(legs.map(readLeg));
  const isDrift = drift.items.length > 0;
  const errors = [...blindness(drift, legs), ...isDrift && failOnDrift ? [driftFailure(drift)] : []];
  setMergedOutputs(toMergedReport(legs, isDrift), errors[0]?.code ?? "");
  for (const failures of groupFailures(errors)) {
    printFailures(failures, log);
    if (failures.first.code !== "DRIFT") annotateFailures(failures);
  }
  annotateDrift(drift, failOnDrift);
  await writeSummary(drift, legs);
  if (!isDrift && errors.length === 0)
    log.line(`${drift.fine.length > 0 ? "\u2713 no drift" : "nothing was looked at"}: ${drift.fine.length} as wanted`);
  if (driftIssue) {
    const { keepIssue } = await import("./keep-V6MBQTLB.js");
    await keepIssue(drift, { token: githubToken, scope: "fleet", log, clock, signal });
  }
  return errors;
}
function readLeg({ name, report, problem = "" }) {
  if (!report) return { items: [], unknown: [], fine: [], blind: [`${name}: ${problem}`], commands: [] };
  const drift = readDrift(report, name);
  return { ...drift, blind: drift.blind.map((reason) => `${name}: ${reason}`) };
}
function blindness({ unknown, blind }, legs) {
  const [first] = blind;
  if (legs.length === 0) {
    return [
      new ActionError("INVALID_INPUT", "There is no report to merge.", {
        fix: fix(
          "Give the folder in reports that actions/download-artifact has filled, and let the checks upload their report-file."
        )
      })
    ];
  }
  const lines = [...blind, ...unknown.map(({ target, registry, what }) => `${target} on ${registry}: ${what}`)];
  if (lines.length === 0) return [];
  const code = legs.find(({ report }) => report?.error)?.report?.error?.code ?? unknown[0]?.code ?? "CANCELLED";
  const message = `${lines.length} could not be looked at${first ? `, the first being ${first}` : ""}.`;
  return [
    new ActionError(isErrorCode(code) ? code : "UNEXPECTED", message, {
      fix: fix(
        excerpt(lines, mostNamed).map((line) => `  ${line}`).join("\n")
      )
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
  const reports = legs.flatMap(({ report }) => report ?? []);
  const pairs = reports.flatMap((report) => report.pairs);
  const isWhole = legs.every(({ report }) => report && !report.error);
  return {
    schemaVersion: 1,
    mode: "merge",
    attached: isWhole && pairs.length > 0 && pairs.every(({ status }) => status === "attached"),
    changed: false,
    drift,
    verified: isWhole ? weakest(pairs) : "none",
    pairs,
    images: reports.flatMap(({ images }) => images),
    manifests: reports.flatMap(({ manifests }) => manifests),
    plan: reports.flatMap(({ plan }) => plan),
    findings: reports.flatMap(({ findings }) => findings),
    unknown: reports.flatMap(({ unknown }) => unknown),
    notes: reports.flatMap(({ notes }) => notes),
    error: null,
    requests: reports.reduce((sum, { requests }) => sum + requests, 0),
    durationSeconds: Math.max(0, ...reports.map(({ durationSeconds }) => durationSeconds)),
    legs: legs.map(({ name, report, problem }) => ({ name, error: report?.error ?? null, problem: problem ?? null }))
  };
}
export {
  mergeReports
};
