export const id = 580;
export const ids = [580];
export const modules = {

/***/ 10580:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  mergeReports: () => (/* binding */ mergeReports)
});

// EXTERNAL MODULE: ./node_modules/@actions/core/lib/core.js + 10 modules
var core = __webpack_require__(57264);
// EXTERNAL MODULE: ./src/errors.ts
var errors = __webpack_require__(83916);
// EXTERNAL MODULE: ./src/excerpt.ts
var excerpt = __webpack_require__(9350);
// EXTERNAL MODULE: ./src/input-reader.ts
var input_reader = __webpack_require__(58915);
// EXTERNAL MODULE: ./src/inputs.ts + 4 modules
var src_inputs = __webpack_require__(46176);
// EXTERNAL MODULE: ./src/report/drift-failure.ts
var drift_failure = __webpack_require__(76754);
// EXTERNAL MODULE: ./src/report/drift-text.ts + 1 modules
var drift_text = __webpack_require__(87815);
// EXTERNAL MODULE: ./src/report/drift.ts
var report_drift = __webpack_require__(18101);
// EXTERNAL MODULE: ./src/report/failures.ts
var report_failures = __webpack_require__(97999);
// EXTERNAL MODULE: ./src/report/format.ts
var format = __webpack_require__(12011);
// EXTERNAL MODULE: ./src/report/outputs.ts + 1 modules
var outputs = __webpack_require__(86906);
// EXTERNAL MODULE: ./src/report/step-summary.ts
var step_summary = __webpack_require__(49211);
// EXTERNAL MODULE: ./src/report/report.ts + 2 modules
var report = __webpack_require__(82577);
// EXTERNAL MODULE: ./src/result.ts
var src_result = __webpack_require__(51666);
// EXTERNAL MODULE: ./src/version.ts + 1 modules
var version = __webpack_require__(71013);
// EXTERNAL MODULE: external "node:fs"
var external_node_fs_ = __webpack_require__(73024);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(76760);
;// CONCATENATED MODULE: ./src/merge-reports/read-reports.ts


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

;// CONCATENATED MODULE: ./src/merge-reports/merge-reports.ts
















/** GitHub refuses the summary of a step above 1 MiB (docs.github.com/actions/reference/workflow-commands-for-github-actions); a character may take three bytes. */
const longestSummary = 330_000;
/**
 * Makes one summary, one report and one issue of the reports of a fleet's checks, and asks nothing of Azure.
 * @returns what fails the step
 */
async function mergeReports(surroundings) {
    const { log, clock } = surroundings;
    const run = (0,src_result/* startRun */.AD)(clock.now(), 'check');
    (0,outputs/* setInitialOutputs */.jF)(run);
    try {
        const errors = await merge(readMergeInputs(), surroundings);
        for (const failures of (0,report_failures/* groupFailures */.BR)(errors)) {
            (0,report_failures/* printFailures */.tD)(failures, log);
            if (failures.first.code !== 'DRIFT')
                (0,report_failures/* annotateFailures */.o)(failures);
        }
        return errors;
    }
    catch (thrown) {
        const result = (0,src_result/* conclude */.Ep)({ ...run, finishedAt: clock.now(), error: (0,errors/* toActionError */.ie)(thrown) });
        await (0,report/* report */.z)(result, log);
        return result.errors;
    }
}
async function merge(inputs, { log, clock, signal }) {
    const { folder, fleet, failOnDrift, driftIssue, token } = inputs;
    const legs = readReports(folder, fleet);
    log.line(`attach-acr ${version/* version */.r} · merge of ${(0,format/* plural */.LS)(legs.length, 'report')}`);
    const drift = (0,report_drift/* mergeDrifts */.T)(legs.map(readLeg));
    const isDrift = drift.items.length > 0;
    const errors = [...blindness(drift, legs), ...(isDrift && failOnDrift ? [(0,drift_failure/* driftFailure */.a)(drift)] : [])];
    (0,outputs/* setMergedOutputs */.HC)(toMergedReport(legs, isDrift), errors[0]?.code ?? '');
    (0,drift_failure/* annotateDrift */.G)(drift, failOnDrift);
    await writeSummary(drift, legs);
    if (!isDrift)
        log.line(`${drift.fine.length > 0 ? '✓ no drift' : 'nothing was looked at'}: ${drift.fine.length} as wanted`);
    if (driftIssue) {
        const { keepIssue } = await Promise.all(/* import() */[__webpack_require__.e(564), __webpack_require__.e(822)]).then(__webpack_require__.bind(__webpack_require__, 20822));
        await keepIssue(drift, { token, scope: 'fleet', log, clock, signal });
    }
    return errors;
}
function readMergeInputs() {
    const reader = (0,input_reader/* createInputReader */.ic)();
    const mode = reader.choice('mode', src_inputs/* modes */.nI);
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
    const drift = (0,report_drift/* readDrift */.k)(report, name);
    return { ...drift, blind: drift.blind.map(reason => `${name}: ${reason}`) };
}
/** What could not be looked at is a failure, as it is in one step: a check that looked away must not be green. */
function blindness({ unknown, blind }, legs) {
    const [first] = blind;
    if (legs.length === 0) {
        return [
            new errors/* ActionError */.lZ('INVALID_INPUT', 'There is no report to merge.', {
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
        new errors/* ActionError */.lZ((0,errors/* isErrorCode */.We)(code) ? code : 'UNEXPECTED', message, {
            fix: (0,excerpt/* excerpt */.K)(lines, excerpt/* mostNamed */.x)
                .map(line => `  ${line}`)
                .join('\n'),
        }),
    ];
}
async function writeSummary(drift, legs) {
    const doubt = drift.unknown.length + drift.blind.length;
    const headline = drift.items.length > 0
        ? `⟳ drift: ${(0,drift_text/* countDrift */.fS)(drift)} not as wanted`
        : doubt > 0
            ? `✗ ${doubt} could not be looked at`
            : `✓ no drift: ${drift.fine.length} as wanted`;
    const detail = drift.items.length + doubt > 0 ? (0,drift_text/* describeDriftInFull */.vh)(drift, process.env.GITHUB_WORKFLOW ?? '', longestSummary) : '';
    const text = [`### ${headline}`, detail, `Of ${(0,format/* plural */.LS)(legs.length, 'report')}.`].filter(Boolean).join('\n\n');
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
        verified: isWhole ? (0,src_result/* weakest */.hB)(pairs) : 'none',
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
