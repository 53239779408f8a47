import { createRequire as __cr } from 'node:module'; const require = __cr(import.meta.url);import { fileURLToPath as __f } from 'node:url'; const __filename = __f(import.meta.url); const __dirname = __filename.replace(/\/[^/]*$/, '');
import {
  countDrift,
  documentationLink,
  fence,
  plural,
  shortGuid
} from "./chunk-PUMJZTRB.js";
import {
  lastSegment,
  parseResourceId
} from "./chunk-H2XG4JLI.js";

// src/report/drift-issue/text.ts
var mostCommands = 10;
var longestCommand = 1e3;
function adviseOnDrift({ items, commands }, workflow) {
  if (items.length === 0) return "";
  const codes = [...new Set(items.flatMap(({ kind, code }) => kind === "image" || code === "missing" ? [] : code))];
  const shown = commands.filter(({ length }) => length <= longestCommand).slice(0, mostCommands);
  const rest = commands.length - shown.length;
  const parts = [
    items.some(isHealable) && `The same step with \`mode: attach\` makes what is missing:

${attachStep(workflow)}`,
    shown.length > 0 && `Or by hand:

${fence("sh", shown)}${rest > 0 ? `

and ${rest} more.` : ""}`,
    items.some(isGone) && "What is gone can't be attached: correct the inputs of the step, or create it again.",
    `Who changed it, of the last seven days:

${fence("sh", [activityLog])}`,
    ["DRIFT", ...codes].map((code) => `- About ${code}: ${documentationLink(code)}`).join("\n")
  ];
  return `### What to do

${parts.filter(Boolean).join("\n\n")}`;
}
var activityLog = `az monitor activity-log list --resource-group <group> --offset 7d --query "[?contains(operationName.value, 'roleAssignments')].[eventTimestamp, caller, operationName.value, resourceId]" --output table`;
function isHealable({ kind, code }) {
  return code === "missing" || kind === "image";
}
function isGone({ kind, code }) {
  return kind === "pair" && /^(CLUSTER|REGISTRY|IDENTITY)_NOT_FOUND$|^NO_KUBELET_IDENTITY$/.test(code);
}
function attachStep(workflow) {
  const { GITHUB_ACTION_REPOSITORY: repository, GITHUB_ACTION_REF: ref } = process.env;
  return fence("yaml", [
    `- uses: ${repository ? `${repository}${ref ? `@${ref}` : ""}` : "./"}`,
    "  with:",
    "    mode: attach",
    `    # and the other inputs of the step in ${workflow}, with an identity that may assign roles`
  ]);
}
var longestTitle = 256;
var longestCell = 400;
var mostListed = 20;
function driftTitle(drift) {
  const registries = [...new Set(drift.items.map(({ registry }) => registry))];
  const where = registries.length > 2 ? `${registries.length} registries` : registries.join(" and ");
  return `Drift: ${countDrift(drift)} not as wanted on ${where}`.slice(0, longestTitle);
}
function describeDriftInFull(drift, workflow, room) {
  const advice = adviseOnDrift(drift, workflow);
  const reasons = drift.blind.slice(0, mostListed).map((reason) => `- ${escapeText(cut(reason))}`);
  const blind = [...reasons, ...moreLines(drift.blind.length)].join("\n");
  const left = room - advice.length - blind.length - 300;
  const unknown = table(drift.unknown, "why", Math.floor(left / 4));
  const items = table(drift.items, "what is not as wanted", left - unknown.length);
  return [
    items,
    unknown && `**Could not be looked at**, and is not counted above:

${unknown}`,
    blind && `**Could not be looked at at all**:

${blind}`,
    advice
  ].filter(Boolean).join("\n\n");
}
function table(items, header, room) {
  if (items.length === 0) return "";
  const name = namesOf(items);
  const lines = [`| what | registry | ${header} |`, "| - | - | - |"];
  let used = lines.join("\n").length;
  let shown = 0;
  for (const item of items) {
    const line = `| ${[name(item), item.registry, cut(item.what)].map(escapeText).join(" | ")} |`;
    if (used + line.length + 600 > room) break;
    lines.push(line);
    used += line.length + 1;
    shown += 1;
  }
  const rest = items.slice(shown);
  return rest.length > 0 ? `${lines.join("\n")}

and ${plural(rest.length, "more", "more")}: ${countCodes(rest)}` : lines.join("\n");
}
function countCodes(items) {
  const counts = /* @__PURE__ */ new Map();
  for (const { kind, code } of items) {
    const what = kind === "image" ? `images (${code})` : code;
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  return [...counts].sort(([, a], [, b]) => b - a).map(([code, count]) => `${count} ${code}`).join(", ");
}
function driftBody(drift, run, room) {
  const head = `**${countDrift(drift)} not as wanted**, found by [${escapeText(run.name)}](${run.url}).

This text is rewritten when the drift changes, and the issue closes itself when it is gone; notes are safe in comments.`;
  return `${head}

${describeDriftInFull(drift, run.workflow, room - head.length - 2)}`;
}
function changeComment({ worse, better, dropped }, run) {
  const gone = dropped > 0 ? `${plural(dropped, "thing")} that was not as wanted is no longer looked at.` : "";
  const parts = [
    worse.length > 0 && `**Worse**: ${worse.length} more not as wanted.
${list(worse, ({ what }) => `: ${escapeText(cut(what))}`)}`,
    better.length > 0 && `**Better**: ${better.length} as wanted again.
${list(better, () => "")}`,
    gone && `**Better**: ${gone}`
  ].filter(Boolean);
  return parts.length > 0 ? `${parts.join("\n\n")}

${foundBy(run)}` : "";
}
function countComment(before, now, run) {
  const change = now > before ? `**Worse**: ${now} not as wanted` : `**Better**: ${now} not as wanted still`;
  return `${change}, after ${before}.

${foundBy(run)}`;
}
function closingComment({ unknown, blind }, run) {
  const left = unknown.length + blind.length;
  const doubt = left > 0 ? `

${left} that this issue did not name could not be looked at.` : "";
  return `All that this issue named is as wanted again.${doubt}

${foundBy(run)}`;
}
function reopeningComment({ items }, run) {
  return `**Worse**: the drift is back, or still there.
${list(items, ({ what }) => `: ${escapeText(cut(what))}`)}

${foundBy(run)}`;
}
function duplicateText(number) {
  return `Two runs at once opened an issue each. #${number} goes on.`;
}
var foundBy = ({ name, url }) => `[${escapeText(name)}](${url})`;
function list(items, more) {
  const name = namesOf(items);
  const lines = items.slice(0, mostListed).map((item) => `- ${escapeText(`${name(item)} on ${item.registry}`)}${more(item)}`);
  return [...lines, ...moreLines(items.length)].join("\n");
}
function moreLines(count) {
  return count > mostListed ? [`- and ${count - mostListed} more`] : [];
}
function namesOf(items) {
  const called = /* @__PURE__ */ new Map();
  for (const { kind, target } of items) {
    if (kind === "image") continue;
    const ids = called.get(lastSegment(target)) ?? /* @__PURE__ */ new Set();
    called.set(lastSegment(target), ids.add(target.toLowerCase()));
  }
  return ({ kind, target }) => {
    if (kind === "image") return target;
    const name = lastSegment(target);
    const id = parseResourceId(target);
    const isAlone = (called.get(name)?.size ?? 0) < 2;
    return isAlone || !id ? name : `${name} (${id.resourceGroup}, subscription ${shortGuid(id.subscriptionId)})`;
  };
}
function cut(text) {
  return text.length > longestCell ? `${text.slice(0, longestCell - 1)}\u2026` : text;
}
function escapeText(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll("@", "&#64;").replace(/([\\*_`[\]|~])/g, "\\$1").replace(/\s*\n\s*/g, " ");
}

export {
  driftTitle,
  describeDriftInFull,
  driftBody,
  changeComment,
  countComment,
  closingComment,
  reopeningComment,
  duplicateText
};
