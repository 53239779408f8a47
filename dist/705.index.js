export const id = 705;
export const ids = [705];
export const modules = {

/***/ 56161:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   EM: () => (/* binding */ changeComment),
/* harmony export */   IM: () => (/* binding */ driftTitle),
/* harmony export */   V4: () => (/* binding */ reopeningComment),
/* harmony export */   hY: () => (/* binding */ closingComment),
/* harmony export */   nH: () => (/* binding */ countComment),
/* harmony export */   t6: () => (/* binding */ duplicateText),
/* harmony export */   vh: () => (/* binding */ describeDriftInFull),
/* harmony export */   yK: () => (/* binding */ driftBody)
/* harmony export */ });
/* unused harmony export adviseOnDrift */
/* harmony import */ var _model_resource_id_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(51391);
/* harmony import */ var _drift_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(18101);
/* harmony import */ var _text_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(65655);



const mostCommands = 10;
/** A condition on many repositories makes a command as long as a page; such a one is left to `attach`. */
const longestCommand = 1000;
/** What heals the drift, and how to find out who caused it, in Markdown; empty without drift. */
function adviseOnDrift({ items, commands }, workflow) {
    if (items.length === 0)
        return '';
    const codes = [...new Set(items.flatMap(({ kind, code }) => (kind === 'image' || code === 'missing' ? [] : code)))];
    const shown = commands.filter(({ length }) => length <= longestCommand).slice(0, mostCommands);
    const rest = commands.length - shown.length;
    const parts = [
        items.some(isHealable) && `The same step with \`mode: attach\` makes what is missing:\n\n${attachStep(workflow)}`,
        shown.length > 0 && `Or by hand:\n\n${(0,_text_js__WEBPACK_IMPORTED_MODULE_1__/* .fence */ .EU)('sh', shown)}${rest > 0 ? `\n\nand ${rest} more.` : ''}`,
        items.some(isGone) && "What is gone can't be attached: correct the inputs of the step, or create it again.",
        `Who changed it, of the last seven days:\n\n${(0,_text_js__WEBPACK_IMPORTED_MODULE_1__/* .fence */ .EU)('sh', [activityLog])}`,
        ['DRIFT', ...codes].map(code => `- About ${code}: ${(0,_text_js__WEBPACK_IMPORTED_MODULE_1__/* .documentationLink */ .v$)(code)}`).join('\n'),
    ];
    return `### What to do\n\n${parts.filter(Boolean).join('\n\n')}`;
}
const activityLog = `az monitor activity-log list --resource-group <group> --offset 7d --query "[?contains(operationName.value, 'roleAssignments')].[eventTimestamp, caller, operationName.value, resourceId]" --output table`;
/** What `attach` makes. */
function isHealable({ kind, code }) {
    return code === 'missing' || kind === 'image';
}
/** What someone has to create again. */
function isGone({ kind, code }) {
    return kind === 'pair' && /^(CLUSTER|REGISTRY|IDENTITY)_NOT_FOUND$|^NO_KUBELET_IDENTITY$/.test(code);
}
/** Variables: docs.github.com/actions/reference/variables-reference (the repository is empty for a local action). */
function attachStep(workflow) {
    const { GITHUB_ACTION_REPOSITORY: repository, GITHUB_ACTION_REF: ref } = process.env;
    return (0,_text_js__WEBPACK_IMPORTED_MODULE_1__/* .fence */ .EU)('yaml', [
        `- uses: ${repository ? `${repository}${ref ? `@${ref}` : ''}` : './'}`,
        '  with:',
        '    mode: attach',
        `    # and the other inputs of the step in ${workflow}, with an identity that may assign roles`,
    ]);
}
/** GitHub takes 256 characters (its own error says so). */
const longestTitle = 256;
/** Of one cell: what Azure says may be long. */
const longestCell = 400;
/** Of a list in a comment. */
const mostListed = 20;
/** `Drift: 2 of 14 clusters and 1 image not as wanted on contosoacr.azurecr.io`. */
function driftTitle(drift) {
    const registries = [...new Set(drift.items.map(({ registry }) => registry))];
    const where = registries.length > 2 ? `${registries.length} registries` : registries.join(' and ');
    return `Drift: ${(0,_drift_js__WEBPACK_IMPORTED_MODULE_0__/* .countDrift */ .fS)(drift)} not as wanted on ${where}`.slice(0, longestTitle);
}
/**
 * What is not as wanted and what to do about it, in Markdown: worst first, then counts, so that it fits.
 * @param room most characters
 */
function describeDriftInFull(drift, workflow, room) {
    const advice = adviseOnDrift(drift, workflow);
    const reasons = drift.blind.slice(0, mostListed).map(reason => `- ${escapeText(cut(reason))}`);
    const blind = [...reasons, ...moreLines(drift.blind.length)].join('\n');
    const left = room - advice.length - blind.length - 300;
    const unknown = table(drift.unknown, 'why', Math.floor(left / 4));
    const items = table(drift.items, 'what is not as wanted', left - unknown.length);
    return [
        items,
        unknown && `**Could not be looked at**, and is not counted above:\n\n${unknown}`,
        blind && `**Could not be looked at at all**:\n\n${blind}`,
        advice,
    ]
        .filter(Boolean)
        .join('\n\n');
}
function table(items, header, room) {
    if (items.length === 0)
        return '';
    const name = namesOf(items);
    const lines = [`| what | registry | ${header} |`, '| - | - | - |'];
    let used = lines.join('\n').length;
    let shown = 0;
    for (const item of items) {
        const line = `| ${[name(item), item.registry, cut(item.what)].map(escapeText).join(' | ')} |`;
        // Room for the counts of the rest.
        if (used + line.length + 600 > room)
            break;
        lines.push(line);
        used += line.length + 1;
        shown += 1;
    }
    const rest = items.slice(shown);
    return rest.length > 0
        ? `${lines.join('\n')}\n\nand ${(0,_text_js__WEBPACK_IMPORTED_MODULE_1__/* .plural */ .LS)(rest.length, 'more', 'more')}: ${countCodes(rest)}`
        : lines.join('\n');
}
/** `9,800 missing, 12 CLUSTER_NOT_FOUND`, most first. */
function countCodes(items) {
    const counts = new Map();
    for (const { kind, code } of items) {
        const what = kind === 'image' ? `images (${code})` : code;
        counts.set(what, (counts.get(what) ?? 0) + 1);
    }
    return [...counts]
        .sort(([, a], [, b]) => b - a)
        .map(([code, count]) => `${count} ${code}`)
        .join(', ');
}
/** The body of the issue, without its hidden lines. */
function driftBody(drift, run, room) {
    const head = `**${(0,_drift_js__WEBPACK_IMPORTED_MODULE_0__/* .countDrift */ .fS)(drift)} not as wanted**, found by [${escapeText(run.name)}](${run.url}).\n\n` +
        'This text is rewritten when the drift changes, and the issue closes itself when it is gone; notes are safe in comments.';
    return `${head}\n\n${describeDriftInFull(drift, run.workflow, room - head.length - 2)}`;
}
/** The comment on an issue whose drift is another one; empty where nothing got worse or better. */
function changeComment({ worse, better, dropped }, run) {
    const gone = dropped > 0 ? `${(0,_text_js__WEBPACK_IMPORTED_MODULE_1__/* .plural */ .LS)(dropped, 'thing')} that was not as wanted is no longer looked at.` : '';
    const parts = [
        worse.length > 0 &&
            `**Worse**: ${worse.length} more not as wanted.\n${list(worse, ({ what }) => `: ${escapeText(cut(what))}`)}`,
        better.length > 0 && `**Better**: ${better.length} as wanted again.\n${list(better, () => '')}`,
        gone && `**Better**: ${gone}`,
    ].filter(Boolean);
    return parts.length > 0 ? `${parts.join('\n\n')}\n\n${foundBy(run)}` : '';
}
/** The comment on a drift that there are too many of to be told apart. */
function countComment(before, now, run) {
    const change = now > before ? `**Worse**: ${now} not as wanted` : `**Better**: ${now} not as wanted still`;
    return `${change}, after ${before}.\n\n${foundBy(run)}`;
}
/** The comment that an issue is closed with. */
function closingComment({ unknown, blind }, run) {
    const left = unknown.length + blind.length;
    const doubt = left > 0 ? `\n\n${left} that this issue did not name could not be looked at.` : '';
    return `All that this issue named is as wanted again.${doubt}\n\n${foundBy(run)}`;
}
/** The comment on an issue that was closed and is open again. */
function reopeningComment({ items }, run) {
    return `**Worse**: the drift is back, or still there.\n${list(items, ({ what }) => `: ${escapeText(cut(what))}`)}\n\n${foundBy(run)}`;
}
/** The comment on, and the body of, an issue that another one was opened beside. */
function duplicateText(number) {
    return `Two runs at once opened an issue each. #${number} goes on.`;
}
const foundBy = ({ name, url }) => `[${escapeText(name)}](${url})`;
function list(items, more) {
    const name = namesOf(items);
    const lines = items
        .slice(0, mostListed)
        .map(item => `- ${escapeText(`${name(item)} on ${item.registry}`)}${more(item)}`);
    return [...lines, ...moreLines(items.length)].join('\n');
}
function moreLines(count) {
    return count > mostListed ? [`- and ${count - mostListed} more`] : [];
}
/** The last segment of a target's ID, with as much before it as tells the targets apart. */
function namesOf(items) {
    const called = new Map();
    for (const { kind, target } of items) {
        if (kind === 'image')
            continue;
        const ids = called.get((0,_model_resource_id_js__WEBPACK_IMPORTED_MODULE_2__/* .lastSegment */ .mp)(target)) ?? new Set();
        called.set((0,_model_resource_id_js__WEBPACK_IMPORTED_MODULE_2__/* .lastSegment */ .mp)(target), ids.add(target.toLowerCase()));
    }
    return ({ kind, target }) => {
        if (kind === 'image')
            return target;
        const name = (0,_model_resource_id_js__WEBPACK_IMPORTED_MODULE_2__/* .lastSegment */ .mp)(target);
        const id = (0,_model_resource_id_js__WEBPACK_IMPORTED_MODULE_2__/* .parseResourceId */ .RQ)(target);
        const isAlone = (called.get(name)?.size ?? 0) < 2;
        return isAlone || !id ? name : `${name} (${id.resourceGroup}, subscription ${(0,_text_js__WEBPACK_IMPORTED_MODULE_1__/* .shortGuid */ .CC)(id.subscriptionId)})`;
    };
}
function cut(text) {
    return text.length > longestCell ? `${text.slice(0, longestCell - 1)}…` : text;
}
/** Text as text in a table, not as HTML or Markdown; and nobody is mentioned by it. */
function escapeText(text) {
    return text
        .replaceAll('&', '&amp;')
        .replaceAll('<', '&lt;')
        .replaceAll('>', '&gt;')
        .replaceAll('@', '&#64;')
        .replace(/([\\*_`[\]|~])/g, '\\$1')
        .replace(/\s*\n\s*/g, ' ');
}


/***/ }),

/***/ 58705:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

// ESM COMPAT FLAG
__webpack_require__.r(__webpack_exports__);

// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  mergeReports: () => (/* binding */ mergeReports)
});

// EXTERNAL MODULE: ./node_modules/@actions/core/lib/core.js + 10 modules
var core = __webpack_require__(57264);
// EXTERNAL MODULE: ./src/inputs/inputs.ts + 3 modules
var inputs_inputs = __webpack_require__(61125);
// EXTERNAL MODULE: ./src/inputs/reader.ts
var inputs_reader = __webpack_require__(9066);
// EXTERNAL MODULE: ./src/model/error.ts
var error = __webpack_require__(88623);
// EXTERNAL MODULE: ./src/model/run.ts
var model_run = __webpack_require__(56092);
// EXTERNAL MODULE: ./src/services/runner/step-summary.ts
var step_summary = __webpack_require__(11480);
// EXTERNAL MODULE: ./src/report/annotations.ts
var annotations = __webpack_require__(856);
// EXTERNAL MODULE: ./src/report/conclude.ts
var conclude = __webpack_require__(74505);
// EXTERNAL MODULE: ./src/report/drift-issue/text.ts
var drift_issue_text = __webpack_require__(56161);
// EXTERNAL MODULE: ./src/report/drift.ts
var report_drift = __webpack_require__(18101);
// EXTERNAL MODULE: ./src/report/outputs.ts
var outputs = __webpack_require__(65468);
// EXTERNAL MODULE: ./src/report/report.ts + 2 modules
var report = __webpack_require__(6424);
// EXTERNAL MODULE: ./src/report/text.ts
var report_text = __webpack_require__(65655);
// EXTERNAL MODULE: ./src/report/version.ts + 1 modules
var version = __webpack_require__(29045);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(76760);
// EXTERNAL MODULE: external "node:fs"
var external_node_fs_ = __webpack_require__(73024);
;// CONCATENATED MODULE: ./src/report/merge/read-reports.ts


/**
 * Reads every report below a folder, in the order of its legs.
 * @param fleet what a report is expected of; the report of entry n is in a folder whose name ends in `-n`
 */
function readReports(folder, fleet) {
    const files = findFiles(folder).sort((a, b) => numberOf(a) - numberOf(b) || (a < b ? -1 : 1));
    const read = files.map((file) => {
        const index = numberOf(file);
        const entry = fleet[index];
        return { name: entry === undefined ? (0,external_node_path_.relative)(folder, file) : describeEntry(entry), ...readReport(file) };
    });
    const present = new Set(files.map(numberOf));
    const missing = fleet.flatMap((entry, index) => {
        if (present.has(index))
            return [];
        const problem = 'left no report: its job was cancelled, or failed before it could look';
        return [{ name: describeEntry(entry), problem }];
    });
    return [...read, ...missing];
}
function readReport(file) {
    try {
        const report = JSON.parse((0,external_node_fs_.readFileSync)(file, 'utf8'));
        // An older version of the action writes no manifests.
        return isReport(report)
            ? { report: { ...report, manifests: report.manifests ?? [] } }
            : { problem: `${(0,external_node_path_.basename)(file)} is no report of attach-acr, schema version 1` };
    }
    catch (error) {
        return { problem: `its report can't be read: ${error instanceof Error ? error.message : String(error)}` };
    }
}
/** What this action wrote itself, or something else altogether. */
function isReport(value) {
    if (typeof value !== 'object' || value === null)
        return false;
    const { schemaVersion, pairs, images } = value;
    return schemaVersion === 1 && Array.isArray(pairs) && Array.isArray(images);
}
/** Every JSON file below a folder; none where there is no such folder. */
function findFiles(folder) {
    let entries;
    try {
        entries = (0,external_node_fs_.readdirSync)(folder, { withFileTypes: true });
    }
    catch {
        return [];
    }
    return entries.flatMap(entry => {
        const path = (0,external_node_path_.join)(folder, entry.name);
        if (entry.isDirectory())
            return findFiles(path);
        return entry.name.endsWith('.json') ? [path] : [];
    });
}
/** The number at the end of the folder's name; Infinity without one. */
function numberOf(file) {
    const [, digits] = /-(\d+)$/.exec((0,external_node_path_.basename)((0,external_node_path_.join)(file, '..'))) ?? [];
    return digits === undefined ? Infinity : Number(digits);
}
/** `subscription-id: …, cluster: *`, or the entry itself. */
function describeEntry(entry) {
    if (typeof entry !== 'object' || entry === null)
        return String(entry);
    return Object.entries(entry)
        .map(([name, value]) => `${name}: ${typeof value === 'string' ? value.trim().replace(/\s*\n\s*/g, ', ') : JSON.stringify(value)}`)
        .join(', ');
}

;// CONCATENATED MODULE: ./src/report/merge/merge.ts















/** GitHub refuses the summary of a step above 1 MiB (docs.github.com/actions/reference/workflow-commands-for-github-actions); a character may take three bytes. */
const longestSummary = 330_000;
/**
 * Makes one summary, one report and one issue of the reports of a fleet's checks, and asks nothing of Azure.
 * @returns what fails the step
 */
async function mergeReports(surroundings) {
    const { log, clock } = surroundings;
    const run = (0,model_run/* startRun */.A)(clock.now(), 'check');
    (0,outputs/* setInitialOutputs */.jF)(run);
    try {
        const errors = await merge(readMergeInputs(), surroundings);
        for (const failures of (0,annotations/* groupFailures */.BR)(errors)) {
            (0,annotations/* printFailures */.tD)(failures, log);
            if (failures.first.code !== 'DRIFT')
                (0,annotations/* annotateFailures */.o)(failures);
        }
        return errors;
    }
    catch (thrown) {
        const result = (0,conclude/* conclude */.E)({ ...run, finishedAt: clock.now(), error: (0,error/* toActionError */.ie)(thrown) });
        await (0,report/* report */.z)(result, log);
        return result.errors;
    }
}
async function merge(inputs, { log, clock, signal }) {
    const { folder, fleet, failOnDrift, driftIssue, token } = inputs;
    const legs = readReports(folder, fleet);
    log.line(`attach-acr ${version/* version */.r} · merge of ${(0,report_text/* plural */.LS)(legs.length, 'report')}`);
    const drift = (0,report_drift/* mergeDrifts */.TE)(legs.map(readLeg));
    const isDrift = drift.items.length > 0;
    const errors = [...blindness(drift, legs), ...(isDrift && failOnDrift ? [(0,report_drift/* driftFailure */.ah)(drift)] : [])];
    (0,outputs/* setMergedOutputs */.HC)(toMergedReport(legs, isDrift), errors[0]?.code ?? '');
    (0,report_drift/* annotateDrift */.Gu)(drift, failOnDrift);
    await writeSummary(drift, legs);
    if (!isDrift)
        log.line(`${drift.fine.length > 0 ? '✓ no drift' : 'nothing was looked at'}: ${drift.fine.length} as wanted`);
    if (driftIssue) {
        const { keepIssue } = await Promise.all(/* import() */[__webpack_require__.e(564), __webpack_require__.e(729)]).then(__webpack_require__.bind(__webpack_require__, 3729));
        await keepIssue(drift, { token, scope: 'fleet', log, clock, signal });
    }
    return errors;
}
function readMergeInputs() {
    const reader = (0,inputs_reader/* createInputReader */.ic)();
    const mode = reader.choice('mode', inputs_inputs/* modes */.nI);
    if (mode !== 'check')
        reader.reject('merge-reports', `a folder with mode: ${mode}`, 'it with mode: check only');
    const inputs = {
        folder: reader.text('merge-reports'),
        fleet: readFleet(core/* getInput */.V4('fleet'), found => {
            reader.reject('fleet', found, 'a JSON list, the one that the matrix was made of');
        }),
        failOnDrift: reader.boolean('fail-on-drift', true),
        driftIssue: reader.boolean('drift-issue', false),
        token: reader.text('github-token'),
    };
    if (inputs.driftIssue && !inputs.token)
        reader.reject('github-token', 'nothing', 'a token for drift-issue');
    reader.finish();
    return inputs;
}
function readFleet(text, reject) {
    if (!text)
        return [];
    try {
        const fleet = JSON.parse(text);
        if (Array.isArray(fleet))
            return fleet;
        reject('JSON that is no list');
    }
    catch {
        reject('text that is no JSON');
    }
    return [];
}
function readLeg({ name, report, problem = '' }) {
    if (!report)
        return { items: [], unknown: [], fine: [], blind: [`${name}: ${problem}`], commands: [] };
    const drift = (0,report_drift/* readDrift */.kR)(report, name);
    return { ...drift, blind: drift.blind.map(reason => `${name}: ${reason}`) };
}
/** What could not be looked at is a failure, as it is in one step: a check that looked away must not be green. */
function blindness({ unknown, blind }, legs) {
    const [first] = blind;
    if (legs.length === 0) {
        return [
            new error/* ActionError */.lZ('INVALID_INPUT', 'There is no report to merge.', {
                fix: 'Give the folder in merge-reports that actions/download-artifact has filled, and let the checks upload their report-file.',
            }),
        ];
    }
    const lines = [...blind, ...unknown.map(({ target, registry, what }) => `${target} on ${registry}: ${what}`)];
    if (lines.length === 0)
        return [];
    const code = legs.find(({ report }) => report?.error)?.report?.error?.code ?? unknown[0]?.code ?? 'CANCELLED';
    const message = `${lines.length} could not be looked at${first ? `, the first being ${first}` : ''}.`;
    return [
        new error/* ActionError */.lZ((0,error/* isErrorCode */.We)(code) ? code : 'UNEXPECTED', message, {
            fix: (0,report_text/* excerpt */.Kb)(lines, report_text/* mostNamed */.xT)
                .map(line => `  ${line}`)
                .join('\n'),
        }),
    ];
}
async function writeSummary(drift, legs) {
    const doubt = drift.unknown.length + drift.blind.length;
    const headline = drift.items.length > 0
        ? `⟳ drift: ${(0,report_drift/* countDrift */.fS)(drift)} not as wanted`
        : doubt > 0
            ? `✗ ${doubt} could not be looked at`
            : `✓ no drift: ${drift.fine.length} as wanted`;
    const detail = drift.items.length + doubt > 0 ? (0,drift_issue_text/* describeDriftInFull */.vh)(drift, process.env.GITHUB_WORKFLOW ?? '', longestSummary) : '';
    const text = [`### ${headline}`, detail, `Of ${(0,report_text/* plural */.LS)(legs.length, 'report')}.`].filter(Boolean).join('\n\n');
    await (0,step_summary/* addToSummary */.D)(text);
}
/** All reports as one. */
function toMergedReport(legs, drift) {
    const reports = legs.flatMap(({ report }) => report ?? []);
    const pairs = reports.flatMap(report => report.pairs);
    const isWhole = legs.every(({ report }) => report && !report.error);
    return {
        schemaVersion: 1,
        mode: 'check',
        attached: isWhole && pairs.length > 0 && pairs.every(({ status }) => status === 'attached'),
        changed: false,
        drift,
        verified: isWhole ? (0,conclude/* weakest */.h)(pairs) : 'none',
        pairs,
        images: reports.flatMap(({ images }) => images),
        manifests: reports.flatMap(({ manifests }) => manifests),
        plan: reports.flatMap(({ plan }) => plan),
        findings: reports.flatMap(({ findings }) => findings),
        notes: reports.flatMap(({ notes }) => notes),
        error: null,
        requests: reports.reduce((sum, { requests }) => sum + requests, 0),
        durationSeconds: Math.max(0, ...reports.map(({ durationSeconds }) => durationSeconds)),
        legs: legs.map(({ name, report, problem }) => ({ name, error: report?.error ?? null, problem: problem ?? null })),
    };
}


/***/ })

};
