import { createRequire as __cr } from 'node:module'; const require = __cr(import.meta.url);import { fileURLToPath as __f } from 'node:url'; const __filename = __f(import.meta.url); const __dirname = __filename.replace(/\/[^/]*$/, '');
import {
  groupBy,
  listRoleAssignmentChangesCommand
} from "./chunk-VCT3ERGD.js";
import {
  ActionError,
  core_exports,
  fix,
  joinFixes,
  lastSegment,
  parseResourceId,
  printFix,
  setFailed,
  summary,
  warning
} from "./chunk-H7F75JHY.js";

// src/model/plain-text.ts
function plainText(text) {
  return text.replace(ansiSequence, "").replace(/[\t\n\v\f\r\u0085\u2028\u2029]+/g, " ").replace(invisible, "");
}
var ansiSequence = (
  // eslint-disable-next-line no-control-regex -- they are what is looked for
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|\u001b[ -/]*[0-~]/g
);
var invisible = /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/g;

// src/services/runner/annotations.ts
function annotate(level, message, title) {
  core_exports[level](
    message.split(/\r\n|[\n\r]/).map(plainText).join("\n"),
    { title: plainText(title) }
  );
}
function failStep(message) {
  setFailed(message);
}

// src/report/text.ts
function excerpt(lines, most) {
  return lines.length > most ? [...lines.slice(0, most), `and ${lines.length - most} more, which the report lists`] : lines;
}
var mostNamed = 20;
function documentationLink(code) {
  const page = `docs/troubleshooting.md#${code.toLowerCase()}`;
  const { GITHUB_SERVER_URL: server, GITHUB_ACTION_REPOSITORY: repository, GITHUB_ACTION_REF: ref } = process.env;
  return repository ? `${server ?? "https://github.com"}/${repository}/blob/${ref || "main"}/${page}` : "";
}
function linkCode(code) {
  const link = documentationLink(code);
  return link ? `[${code}](${link})` : code;
}
function formatSeconds(seconds) {
  return seconds < 60 ? `${seconds.toFixed(1)} s` : formatElapsed(seconds * 1e3);
}
function formatElapsed(ms) {
  const seconds = Math.floor(ms / 1e3);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
function shortGuid(guid) {
  return `\u2026${guid.slice(-4)}`;
}
function plural(count, singular, pluralForm = `${singular}s`) {
  return `${count} ${count === 1 ? singular : pluralForm}`;
}
function formatSize(bytes) {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}
function formatResourceScope(scope) {
  if (scope === "/") return "the tenant";
  if (/^\/providers\/Microsoft\.Management\/managementGroups\/[^/]+$/i.test(scope))
    return `management group ${lastSegment(scope)}`;
  if (/^\/subscriptions\/[^/]+$/i.test(scope)) return `subscription \u2026${scope.slice(-4)}`;
  if (/^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+$/i.test(scope)) return `resource group ${lastSegment(scope)}`;
  return lastSegment(scope);
}

// src/services/runner/step-summary.ts
async function addToSummary(markdown) {
  if (!process.env.GITHUB_STEP_SUMMARY) return;
  try {
    await summary.addRaw(markdown, true).write();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    warning(`The job summary could not be written: ${reason}`, { title: "attach-acr" });
  }
}

// src/report/annotations.ts
function groupFailures(errors) {
  return group(
    errors,
    ({ code, fix: fix2 }) => `${code}
${fix2.text}`,
    ({ code }) => code
  );
}
var mostCommands = 10;
function adviceOf({ first, others }) {
  const { commands } = joinFixes(first.fix, ...others.map(({ fix: fix2 }) => fix2));
  return { text: first.fix.text, commands: commands.slice(0, mostCommands) };
}
function printFailures(failures, log) {
  const { first: error, others } = failures;
  log.line(`\u2717 ${error.code}  ${error.message}${azureSays(error)}`);
  for (const line of excerpt(
    others.map((each) => `\u2717 ${each.code}  ${each.message}${azureSays(each)}`),
    mostNamed
  ))
    log.line(line);
  log.line("");
  for (const line of printFix(adviceOf(failures)).split("\n")) log.line(`  ${line}`);
  const link = documentationLink(error.code);
  if (link) log.line(`  Why and alternatives: ${link}`);
  log.line("");
  if (error.code === "UNEXPECTED") log.debug(error.cause instanceof Error ? error.cause.stack ?? "" : "");
}
function azureSays({ azure }) {
  if (!azure) return "";
  const code = azure.code ?? (azure.status === void 0 ? "no answer" : `HTTP ${azure.status}`);
  return `  [Azure: ${code}${azure.correlationId ? `, correlation ${azure.correlationId}` : ""}]`;
}
function annotateFailures({ first: { code, subject, message }, others }) {
  const more = others.length > 0 ? ` And ${others.length} more like it, which log and summary list.` : "";
  annotate("error", `${message}${more}`, `attach-acr: ${code}${subject ? ` on ${subject}` : ""}`);
}
function groupFindings(findings) {
  const warningsFirst = [...findings].sort((a, b) => Number(a.severity === "notice") - Number(b.severity === "notice"));
  return group(
    warningsFirst,
    ({ code, fix: fix2 }) => `${code}
${fix2.text}`,
    ({ code }) => code
  );
}
function annotateFindings(findings) {
  const { first, others } = findings;
  const { code, severity, subject, message } = first;
  const more = others.length > 0 ? `
And ${others.length} more like it, which the summary lists.` : "";
  const name = lastSegment(subject);
  annotate(
    severity,
    `${message}${more}
${printFix(adviceOf(findings))}`,
    `attach-acr: ${code}${name ? ` on ${name}` : ""}`
  );
}
var mostAnnotations = 10;
function group(things, ...keys) {
  const groupings = keys.map((key) => groupBy(things, key));
  const groups = groupings.find(({ size }) => size <= mostAnnotations) ?? groupings.at(-1);
  return [...groups?.values() ?? []].flatMap(([first, ...others]) => first ? [{ first, others }] : []);
}

// src/report/drift-text.ts
var mostCommands2 = 10;
var longestCommand = 1e3;
function countDrift({ items, unknown, fine }) {
  const pairs = items.filter(({ kind }) => kind === "pair");
  const all = targetsOf([...items, ...unknown, ...fine]);
  const lost = targetsOf(pairs.filter(({ isHarmless }) => !isHarmless));
  const harmless = [...targetsOf(pairs)].filter((target) => !lost.has(target));
  const count = (targets) => countTargets(targets, all.size, items);
  const changed = items.filter(({ kind, code }) => kind === "image" && code === "IMAGE_CONFLICT").length;
  const missing = items.filter(({ kind }) => kind === "image").length - changed;
  return [
    lost.size > 0 && `${count([...lost])} can no longer pull from ${namePlaces(pairs.filter((each) => !each.isHarmless))}`,
    harmless.length > 0 && `${count(harmless)} can pull by a broader role only`,
    missing > 0 && `${plural(missing, "image is", "images are")} missing`,
    changed > 0 && plural(changed, "image is another one", "images are other ones")
  ].filter(Boolean).join(" and ");
}
function targetsOf(items) {
  return new Set(items.flatMap(({ kind, target }) => kind === "pair" ? target.toLowerCase() : []));
}
function countTargets(targets, all, items) {
  const [first = ""] = targets;
  if (all === 1) return lastSegment(items.find(({ target }) => target.toLowerCase() === first)?.target ?? first);
  const isClusters = items.every(({ kind, target }) => kind === "image" || !/userAssignedIdentities/i.test(target));
  return `${targets.length} of ${plural(all, isClusters ? "cluster" : "target")}`;
}
function namePlaces(items) {
  const names = [...new Set(items.map(({ registry }) => nameRegistry(registry)))].sort();
  return names.length > 2 ? `${names.length} registries` : names.join(" and ");
}
function nameRegistry(registry) {
  return registry.split(".")[0] ?? registry;
}
function describeDrift(item, nameOf = shortName) {
  const { kind, registry, code, what, isHarmless } = item;
  if (kind === "image") return what || `${item.target} is missing`;
  if (isGone(item)) return `${code}: ${what}`;
  const place = nameRegistry(registry);
  if (isHarmless) return `${nameOf(item)} can pull from ${place} by a broader role only: ${what}`;
  return `${nameOf(item)} can no longer pull from ${place}: ${code === "missing" ? what : `${code}, ${what}`}`;
}
var shortName = ({ kind, target }) => kind === "image" ? target : lastSegment(target);
function namesOf(items) {
  const called = /* @__PURE__ */ new Map();
  for (const { kind, target } of items) {
    if (kind === "image") continue;
    const ids = called.get(lastSegment(target)) ?? /* @__PURE__ */ new Set();
    called.set(lastSegment(target), ids.add(target.toLowerCase()));
  }
  return (item) => {
    const name = shortName(item);
    const id = parseResourceId(item.target);
    const isAlone = (called.get(name)?.size ?? 0) < 2;
    return isAlone || !id ? name : `${name} (${id.resourceGroup}, subscription ${shortGuid(id.subscriptionId)})`;
  };
}
function isGone({ kind, code }) {
  return kind === "pair" && /^(CLUSTER|REGISTRY|IDENTITY)_NOT_FOUND$|^NO_KUBELET_IDENTITY$/.test(code);
}
function repairDrift({ items, commands }) {
  const isMade = ({ kind, code }) => code === "missing" || kind === "image";
  const shown = commands.filter(({ length }) => length <= longestCommand).slice(0, mostCommands2);
  const rest = commands.length - shown.length;
  const byHand = shown.length === 0 ? "." : rest > 0 ? `; the first ${shown.length} of ${commands.length} commands:` : ", or by hand:";
  const refused = items.filter((item) => !isMade(item) && !isGone(item));
  return joinFixes(
    fix(
      [
        ...items.some(isGone) ? ["What is gone can't be attached: correct the inputs, or create it again."] : [],
        ...items.some(isMade) ? [`The same step with mode: attach makes what is missing${byHand}`] : []
      ].join("\n"),
      ...shown
    ),
    ...[...new Map(refused.map(({ code, fix: advice }) => [code, advice])).values()].flatMap((advice) => advice ?? [])
  );
}
function driftFailure(drift) {
  const nameOf = namesOf(drift.items);
  const lines = [...new Set(drift.items.map((item) => describeDrift(item, nameOf)))];
  const [only = ""] = lines;
  if (lines.length === 1) return new ActionError("DRIFT", endSentence(only), { fix: repairDrift(drift) });
  const listed = fix(excerpt(lines, mostNamed).join("\n"));
  return new ActionError("DRIFT", `${countDrift(drift)}.`, { fix: joinFixes(listed, repairDrift(drift)) });
}
function endSentence(text) {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
function annotateDrift({ items }, isFailure, most = mostAnnotations) {
  const level = isFailure ? "error" : "warning";
  const shown = items.length > most ? items.slice(0, Math.max(0, most - 1)) : items;
  const nameOf = namesOf(items);
  for (const item of shown)
    annotate(level, endSentence(describeDrift(item, nameOf)), `attach-acr: DRIFT on ${shortName(item)}`);
  if (shown.length < items.length && most > 0) {
    const rest = items.length - shown.length;
    annotate(
      level,
      `${rest} more that summary and report list: ${countDrift({ items, unknown: [], fine: [] })}.`,
      "attach-acr: DRIFT"
    );
  }
}

// src/report/escape.ts
var gap = "\u200B";
var ownPages = /^https:\/\/(?:learn\.microsoft\.com|docs\.github\.com|www\.githubstatus\.com)\//;
function escapeMarkdown(text) {
  return plainText(text).trim().split(/(https:\/\/[\w./#?=&%-]+)/).map((part, index) => index % 2 === 1 && ownPages.test(part) ? part : escapePart(part)).join("").replace(/^(?=[#+=-])/, "\\").replace(/^(\d+)(?=[.)](?:\s|$))/, "$1\\");
}
function escapePart(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replace(/[\\`*_~[\]|]/g, "\\$&").replace(/:(?=\/\/)/g, "&#58;").replace(/\bw(?=ww\.)/gi, (letter) => `&#${letter.charCodeAt(0)};`).replace(/@(?=[\w-])/g, `@${gap}`).replace(/#(?=\d)/g, `#${gap}`).replace(/GH-(?=\d)/gi, (match) => `${match}${gap}`);
}
function codeSpan(text) {
  const plain = plainText(text).trim();
  if (!plain) return "";
  const ticks = "`".repeat(longestRun(plain) + 1);
  const space = plain.startsWith("`") || plain.endsWith("`") ? " " : "";
  return `${ticks}${space}${plain.replaceAll("|", "\\|")}${space}${ticks}`;
}
function fence(language, lines) {
  const ticks = "`".repeat(Math.max(3, longestRun(lines.join("\n")) + 1));
  return [ticks + language, ...lines, ticks].join("\n");
}
function longestRun(text) {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
}
function escapeLabel(text) {
  return plainText(text).replace(/[#"`<>&;]/g, (character) => `#${character.charCodeAt(0)};`);
}

// src/report/drift-issue/text.ts
function adviseOnDrift(drift, workflow) {
  const { items } = drift;
  if (items.length === 0) return "";
  const { text, commands } = repairDrift(drift);
  const codes = [...new Set(items.flatMap(({ kind, code }) => kind === "image" || code === "missing" ? [] : code))];
  const [changed] = items.flatMap(
    ({ kind, registryId, isHarmless }) => kind === "pair" && !isHarmless ? registryId : []
  );
  const parts = [
    text.split("\n").map(escapeMarkdown).join("\n\n"),
    commands.length > 0 && fence("sh", commands),
    text.includes("mode: attach") && `The step:

${attachStep(workflow)}`,
    changed && `Who changed it, of the last seven days:

${fence("sh", [listRoleAssignmentChangesCommand(changed)])}`,
    `${["DRIFT", ...codes].map(linkCode).join(", ")}: ${documentationLink("DRIFT") ? "what it means" : "see docs/troubleshooting.md of the action"}.`
  ];
  return `### What to do

${parts.filter(Boolean).join("\n\n")}`;
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
  const title = `Drift: ${countDrift(drift)}`;
  return title.length > longestTitle ? `${title.slice(0, longestTitle - 1)}\u2026` : title;
}
var mostRows = 50;
function describeDriftInFull(drift, workflow, room) {
  const advice = adviseOnDrift(drift, workflow);
  const reasons = drift.blind.slice(0, mostListed).map((reason) => `- ${escapeMarkdown(cut(reason))}`);
  const blind = [...reasons, ...moreLines(drift.blind.length)].join("\n");
  const counts = drift.items.length > mostRows ? countTable(drift.items) : "";
  const left = room - advice.length - blind.length - counts.length - 300;
  const unknown = table(drift.unknown, "why", Math.floor(left / 4));
  const items = table(drift.items, "what is missing", left - unknown.length);
  return [
    blind && `**Not looked at at all**, and not counted:

${blind}`,
    counts,
    items,
    unknown && `**Could not be looked at**, and is not counted:

${unknown}`,
    advice
  ].filter(Boolean).join("\n\n");
}
function countTable(items) {
  const groups = groupBy(items, ({ kind, registry, target, code }) => {
    const subscription = kind === "image" ? "" : shortGuid(parseResourceId(target)?.subscriptionId ?? "");
    return [nameRegistry(registry), subscription, kind === "image" ? `image: ${code}` : code].map(cut).join("\n");
  });
  const rows = [...groups].sort(([, a], [, b]) => b.length - a.length);
  const shown = rows.slice(0, mostListed).map(([key, { length }]) => {
    const cells = [...key.split("\n"), String(length)];
    return `| ${cells.map(escapeMarkdown).join(" | ")} |`;
  });
  const rest = rows.length > mostListed ? `

and ${rows.length - mostListed} more such groups` : "";
  return ["| registry | subscription | reason | how many |", "| - | - | - | -: |", ...shown].join("\n") + rest;
}
function table(items, header, room) {
  if (items.length === 0) return "";
  const name = namesOf(items);
  const lines = [`| what | registry | ${header} |`, "| - | - | - |"];
  let used = lines.join("\n").length;
  let shown = 0;
  for (const item of items) {
    const why = item.code === "missing" ? item.what : `${item.code}: ${item.what}`;
    const line = `| ${[name(item), item.registry, cut(why)].map(escapeMarkdown).join(" | ")} |`;
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
  const head = `**${escapeMarkdown(countDrift(drift))}**, found by [${escapeMarkdown(run.name)}](${run.url}).

This text is rewritten when the drift changes, and the issue closes itself when the drift is gone. What you write below the line at its end stays, and so do comments.`;
  return `${head}

${describeDriftInFull(drift, run.workflow, room - head.length - 2)}`;
}
function changeComment({ worse, better, dropped }, run) {
  const gone = dropped > 0 ? `${plural(dropped, "thing")} that had drifted ${dropped === 1 ? "is" : "are"} no longer looked at.` : "";
  const parts = [
    worse.length > 0 && `**Worse**: ${worse.length} more.
${list(worse, describeDrift)}`,
    better.length > 0 && `**Better**: ${better.length} repaired.
${list(better, nameItem)}`,
    gone && `**Better**: ${gone}`
  ].filter(Boolean);
  return parts.length > 0 ? `${parts.join("\n\n")}

${foundBy(run)}` : "";
}
function countComment(before, now, run) {
  const change = now > before ? `**Worse**: ${now} have drifted` : `**Better**: ${now} have still drifted`;
  return `${change}, after ${before}.

${foundBy(run)}`;
}
function closingComment({ unknown, blind }, run) {
  const left = unknown.length + blind.length;
  const doubt = left > 0 ? `

${left} that this issue did not name could not be looked at.` : "";
  return `All that this issue named matches again.${doubt}

${foundBy(run)}`;
}
function reopeningComment({ items }, run) {
  return `**Worse**: the drift is back, or still there.
${list(items, describeDrift)}

${foundBy(run)}`;
}
function duplicateText(number) {
  return `Two runs at once opened an issue each. #${number} goes on.`;
}
var foundBy = ({ name, url }) => `[${escapeMarkdown(name)}](${url})`;
function list(items, describe) {
  const nameOf = namesOf(items);
  const lines = items.slice(0, mostListed).map((item) => `- ${escapeMarkdown(cut(describe(item, nameOf)))}`);
  return [...lines, ...moreLines(items.length)].join("\n");
}
function nameItem(item, nameOf) {
  return `${nameOf(item)} from ${nameRegistry(item.registry)}`;
}
function moreLines(count) {
  return count > mostListed ? [`- and ${count - mostListed} more`] : [];
}
function cut(text) {
  return text.length > longestCell ? `${text.slice(0, longestCell - 1)}\u2026` : text;
}

export {
  plainText,
  annotate,
  failStep,
  excerpt,
  mostNamed,
  linkCode,
  formatSeconds,
  formatElapsed,
  shortGuid,
  plural,
  formatSize,
  formatResourceScope,
  addToSummary,
  groupFailures,
  adviceOf,
  printFailures,
  azureSays,
  annotateFailures,
  groupFindings,
  annotateFindings,
  mostAnnotations,
  countDrift,
  driftFailure,
  annotateDrift,
  escapeMarkdown,
  codeSpan,
  fence,
  escapeLabel,
  driftTitle,
  describeDriftInFull,
  driftBody,
  changeComment,
  countComment,
  closingComment,
  reopeningComment,
  duplicateText
};
