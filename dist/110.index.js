export const id = 110;
export const ids = [110];
export const modules = {

/***/ 3729:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  keepIssue: () => (/* binding */ keepIssue)
});

// EXTERNAL MODULE: ./src/model/error.ts
var model_error = __webpack_require__(88623);
// EXTERNAL MODULE: ./src/services/proxy.ts
var proxy = __webpack_require__(33460);
;// CONCATENATED MODULE: ./src/services/github/errors.ts

/** What GitHub answered when it refused, or that it did not answer. */
class GithubError extends Error {
    /** HTTP status; 500, too, when no answer came. */
    status;
    /** Names in lower case. */
    headers;
    constructor(status, message, headers = {}, cause) {
        super(message, { cause });
        this.name = 'GithubError';
        this.status = status;
        this.headers = headers;
    }
}
/** What Octokit throws, which @actions/github does not export the class of. */
function toGithubError(thrown) {
    if (thrown instanceof GithubError)
        return thrown;
    const { status, message, response } = thrown;
    if (response)
        return new GithubError(status ?? 500, message ?? String(thrown), response.headers, thrown);
    return new GithubError(500, `GitHub could not be reached: ${reasonsOf(thrown).join(': ')}`, {}, thrown);
}
/** Why, from the outside in: what broke a connection is a cause's cause. */
function reasonsOf(thrown) {
    if (!(thrown instanceof Error))
        return typeof thrown === 'string' ? [thrown] : [];
    return [...new Set([thrown.message, ...reasonsOf(thrown.cause)])].filter(Boolean);
}
/** Whether a request is refused only because there were too many. */
function isRateLimit({ status, message, headers }) {
    if (status !== 403 && status !== 429)
        return false;
    return (status === 429 ||
        headers['retry-after'] !== undefined ||
        String(headers['x-ratelimit-remaining']) === '0' ||
        /secondary rate limit|abuse detection/i.test(message));
}
/** Whether GitHub may or may not have done what it was asked. */
function isUncertain({ status }) {
    return status >= 500;
}
const permissionYaml = `permissions:
  id-token: write # for the sign-in to Azure
  issues: write   # lets this job keep the drift issue`;
/** Why the drift issue is not kept, and what to do about it. */
function explainRefusal(error) {
    return `The drift issue is not up to date: ${error.message}\n${adviceFor(error)}`;
}
function adviceFor(error) {
    const { status } = error;
    if (isRateLimit(error))
        return "GitHub's limit lasts longer than this step waits; the next run brings the issue up to date.";
    if (/archived/i.test(error.message))
        return 'An archived repository takes no issues: set drift-issue: false.';
    // 404 for a token that may not even see the repository (docs.github.com "Troubleshooting the REST API").
    if (status === 403 || status === 404)
        return `The token in github-token may not write issues of this repository. Add to the job (or the workflow):\n${permissionYaml.replace(/^/gm, '  ')}`;
    if (status === 401)
        return 'The token in github-token is not valid, or not valid any more. Leave github-token at its default.';
    if (status === 410)
        return 'Turn issues on in the settings of the repository, or set drift-issue: false.';
    return `The next run brings it up to date. If it stays so, check ${(0,proxy/* describeWay */.x)()}.`;
}

// EXTERNAL MODULE: ./node_modules/@actions/github/lib/github.js + 22 modules
var github = __webpack_require__(65564);
// EXTERNAL MODULE: ./src/model/time.ts
var time = __webpack_require__(50816);
;// CONCATENATED MODULE: ./src/services/github/retries.ts

/** All waits of a run together: an issue that is not brought up to date now is so tomorrow. */
const longestWaitMs = 5 * 60_000;
/** For a secondary limit that does not say how long (docs.github.com "Rate limits for the REST API": at least one minute, then longer). */
const blindPauseMs = 60_000;
const mostRetries = 3;
/**
 * What is waited for: rate limits, primary and secondary, as long as GitHub says; and failures of GitHub or of the way to it, but only where
 * the request can be sent twice without harm.
 */
function createPatience(clock) {
    let waitedMs = 0;
    return {
        pauseBefore(failure, method, retries) {
            const pause = pauseOf(failure, method, retries, clock.now());
            if (pause === undefined || waitedMs + pause > longestWaitMs)
                return undefined;
            waitedMs += pause;
            return pause;
        },
    };
}
function pauseOf(failure, method, retries, now) {
    if (isRateLimit(failure)) {
        const { headers } = failure;
        const retryAfter = Number(headers['retry-after']);
        if (retryAfter >= 0)
            return Math.max(1, retryAfter) * 1000;
        const reset = Number(headers['x-ratelimit-reset']);
        if (String(headers['x-ratelimit-remaining']) === '0' && reset > 0)
            return Math.max(1000, reset * 1000 - now + 1000);
        return blindPauseMs * 2 ** retries;
    }
    if (!isUncertain(failure) || method === 'POST' || retries >= mostRetries)
        return undefined;
    return 1000 * 2 ** retries;
}

;// CONCATENATED MODULE: ./src/services/github/issues.ts




// Nothing that has not answered after this is going to.
const timeoutMs = 30_000;
const oncePauseMs = 2000;
const mostTries = 3;
/**
 * The client: @actions/github's, which goes to GITHUB_API_URL and through HTTPS_PROXY. It waits for rate limits itself, by the clock and
 * signal of the run, which Octokit's own plugins do not know.
 */
function createIssues({ token, repository, clock, signal, onWait }) {
    const octokit = (0,github/* getOctokit */.Q)(token, { userAgent: 'attach-acr', log: silent });
    const [owner = '', repo = ''] = repository.split('/');
    const place = { owner, repo };
    const patience = createPatience(clock);
    octokit.hook.wrap('request', async (request, options) => {
        for (let retries = 0;; retries += 1) {
            try {
                const limited = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
                const sent = request({ ...options, request: { ...options.request, signal: limited, log: silent } });
                const response = await (0,time/* abortable */.ZC)(Promise.resolve(sent), limited);
                if (typeof response.data === 'string' && /^\s*</.test(response.data))
                    throw new GithubError(response.status, `a web page came in place of GitHub's answer (HTTP ${response.status})`);
                return response;
            }
            catch (error) {
                signal.throwIfAborted();
                const failure = toGithubError(error);
                const pause = patience.pauseBefore(failure, options.method, retries);
                if (pause === undefined)
                    throw failure;
                onWait(failure, pause);
                await clock.sleep(pause, signal);
            }
        }
    });
    /** Does once what must not be done twice: after a failure that says nothing of whether it was done, looks before it tries again. */
    const once = async (work, find) => {
        for (let tries = 1;; tries += 1) {
            try {
                return await work();
            }
            catch (error) {
                if (!(error instanceof GithubError) || !isUncertain(error) || tries === mostTries)
                    throw error;
                onWait(error, oncePauseMs);
                await clock.sleep(oncePauseMs, signal);
                const found = await find();
                if (found !== undefined)
                    return found;
            }
        }
    };
    // The list, not the search: the search's index is behind, and would miss the issue of a minute ago (docs.github.com/rest/search).
    const list = async (label, which) => {
        const parameters = {
            ...place,
            labels: label,
            state: which.state,
            per_page: 100,
            ...(which.state === 'closed' && { since: new Date(which.since).toISOString() }),
        };
        const issues = await octokit.paginate(octokit.rest.issues.listForRepo, parameters);
        // Every pull request is an issue, too.
        return issues.filter(({ pull_request: pull }) => !pull).map(toIssue);
    };
    return {
        list,
        async createLabel(label) {
            try {
                await octokit.rest.issues.createLabel({ ...place, ...label });
            }
            catch (error) {
                if (!(error instanceof GithubError) || error.status !== 422)
                    throw error;
            }
        },
        create({ title, body, label }) {
            return once(async () => toIssue((await octokit.rest.issues.create({ ...place, title, body, labels: [label] })).data), async () => (await list(label, { state: 'open' })).find(issue => issue.body === body));
        },
        async update(number, change) {
            const { data } = await octokit.rest.issues.update({ ...place, issue_number: number, ...change });
            return toIssue(data);
        },
        async comment(number, body) {
            const since = new Date(clock.now() - timeoutMs).toISOString();
            const where = { ...place, issue_number: number };
            await once(async () => {
                await octokit.rest.issues.createComment({ ...where, body });
                return true;
            }, async () => {
                const comments = await octokit.paginate(octokit.rest.issues.listComments, { ...where, since, per_page: 100 });
                return comments.some(comment => comment.body === body) || undefined;
            });
        },
    };
}
function toIssue(issue) {
    const { number, html_url: url, title, body, state, labels, closed_at: closedAt } = issue;
    return {
        number,
        url,
        title,
        body: body ?? '',
        state,
        labels: labels.map(label => (typeof label === 'string' ? label : (label.name ?? ''))),
        ...(closedAt && { closedAt: Date.parse(closedAt) }),
    };
}
const nothing = () => undefined;
/** Octokit would print to standard error what its caller is told of anyway. */
const silent = { debug: nothing, info: nothing, warn: nothing, error: nothing };

// EXTERNAL MODULE: ./src/services/runner/step-summary.ts
var step_summary = __webpack_require__(11480);
// EXTERNAL MODULE: ./src/report/text.ts
var report_text = __webpack_require__(65655);
// EXTERNAL MODULE: ./src/report/drift-issue/marker.ts
var marker = __webpack_require__(89724);
// EXTERNAL MODULE: ./src/report/drift-issue/text.ts
var drift_issue_text = __webpack_require__(56161);
;// CONCATENATED MODULE: ./src/report/drift-issue/issue.ts


/** What the issues are found by. People without rights in the repository can't set a label, so no one else's text is taken for ours. */
const driftLabel = {
    name: 'attach-acr-drift',
    color: 'd1242f',
    description: 'Clusters or images that are not as wanted; kept by attach-acr',
};
/** GitHub's own limit of a body (its error says so). */
const longestBody = 65_536;
/** How long after it was closed an issue is reopened, in ms. */
const reopenMs = 7 * 24 * 3_600_000;
/**
 * Keeps one issue for one step: opens it on drift, edits it when the drift is another one, closes it when the drift is gone, and touches it in
 * no other case. What could not be looked at neither opens nor closes it.
 *
 * Two runs at once can open an issue each, for GitHub knows no unique title: each looks again afterwards, the oldest stays, and whoever
 * sees another one closes that as its duplicate.
 */
async function keepDriftIssue(drift, keeping) {
    if (drift.items.length + drift.fine.length === 0)
        return { did: 'left' };
    const [kept] = await findOpen(keeping);
    if (drift.items.length > 0)
        return kept ? edit(kept, drift, keeping) : reopenOrOpen(drift, keeping);
    return kept ? closeIfGone(kept, drift, keeping) : { did: 'nothing' };
}
/** The step's open issue, the oldest of them; others are closed as its duplicates. */
async function findOpen({ issues, identity }) {
    const open = await issues.list(driftLabel.name, { state: 'open' });
    const own = open.filter(issue => isOf(issue, identity)).sort((a, b) => a.number - b.number);
    const [kept, ...duplicates] = own;
    for (const { number } of kept ? duplicates : []) {
        const text = (0,drift_issue_text/* duplicateText */.t6)(kept?.number ?? 0);
        // Without its marker it is not found again, and so not reopened.
        await issues.update(number, { body: text, state: 'closed' });
        await issues.comment(number, text);
    }
    return own;
}
function isOf({ body }, identity) {
    return body.includes((0,marker/* identityMarker */.Jm)(identity));
}
async function edit(kept, drift, keeping) {
    const { issues, run } = keeping;
    const before = (0,marker/* readMemory */.S1)(kept.body);
    const { change, carried } = compare(before, drift);
    const now = (0,marker/* remember */.kY)(drift, carried);
    if (now.state === before.state)
        return { did: 'unchanged', issue: kept };
    const issue = await issues.update(kept.number, textOf(drift, now, keeping));
    const comment = change
        ? (0,drift_issue_text/* changeComment */.EM)(change, run)
        : before.count === now.count
            ? ''
            : (0,drift_issue_text/* countComment */.nH)(before.count, now.count, run);
    if (comment)
        await issues.comment(kept.number, comment);
    return { did: 'edited', issue };
}
async function reopenOrOpen(drift, keeping) {
    const { issues, identity, run, now } = keeping;
    const text = textOf(drift, (0,marker/* remember */.kY)(drift, []), keeping);
    const closed = await issues.list(driftLabel.name, { state: 'closed', since: now - reopenMs });
    const [latest] = closed
        .filter(issue => isOf(issue, identity) && (issue.closedAt ?? 0) >= now - reopenMs)
        .sort((a, b) => (b.closedAt ?? 0) - (a.closedAt ?? 0));
    if (latest) {
        const issue = await issues.update(latest.number, { ...text, state: 'open' });
        await issues.comment(latest.number, (0,drift_issue_text/* reopeningComment */.V4)(drift, run));
        return { did: 'reopened', issue };
    }
    await issues.createLabel(driftLabel);
    const opened = await issues.create({ ...text, label: driftLabel.name });
    const [oldest] = await findOpen(keeping);
    return { did: 'opened', issue: oldest ?? opened };
}
async function closeIfGone(kept, drift, keeping) {
    const { issues, run } = keeping;
    const { carried, isSure } = compare((0,marker/* readMemory */.S1)(kept.body), drift);
    if (carried.length > 0 || !isSure)
        return { did: 'left', issue: kept };
    // First the comment: who is told of the end is told why.
    await issues.comment(kept.number, (0,drift_issue_text/* closingComment */.hY)(drift, run));
    return { did: 'closed', issue: await issues.update(kept.number, { state: 'closed' }) };
}
/** What an issue shows, compared with what was found. */
function compare({ hashes }, { items, unknown, fine, blind }) {
    const isAllSeen = unknown.length === 0 && blind.length === 0;
    if (!hashes)
        return { change: undefined, carried: [], isSure: isAllSeen };
    const wasDrift = (item) => hashes.has((0,marker/* hashOf */.qQ)(item));
    const seen = new Set([...items, ...unknown, ...fine].map(marker/* hashOf */.qQ));
    const unseen = [...hashes].filter(known => !seen.has(known));
    const isBlind = blind.length > 0;
    return {
        change: {
            worse: items.filter(item => !wasDrift(item)),
            better: fine.filter(wasDrift),
            dropped: isBlind ? 0 : unseen.length,
        },
        carried: [...unknown.filter(wasDrift).map(marker/* hashOf */.qQ), ...(isBlind ? unseen : [])],
        isSure: true,
    };
}
function textOf(drift, memory, { identity, run }) {
    const [first, last] = [(0,marker/* identityMarker */.Jm)(identity), (0,marker/* memoryMarker */.uu)(memory)];
    const room = longestBody - first.length - last.length - 10;
    return { title: (0,drift_issue_text/* driftTitle */.IM)(drift), body: `${first}\n${(0,drift_issue_text/* driftBody */.yK)(drift, run, room)}\n\n${last}\n` };
}

;// CONCATENATED MODULE: ./src/report/drift-issue/keep.ts






/**
 * Brings the drift issue up to date and says so in log and summary. Whatever GitHub says, the check stays what it was: a refusal is a warning.
 * Loaded only when it is wanted, for it brings GitHub's client with it.
 */
async function keepIssue(drift, { token, scope, log, clock, signal }) {
    const { identity, run, repository } = readRun(scope);
    const issues = createIssues({
        token,
        repository,
        clock,
        signal,
        onWait: ({ message }, pauseMs) => {
            log.line(`drift issue  ${message} (next try in ${(0,report_text/* formatSeconds */.Xo)(pauseMs / 1000)})`);
        },
    });
    try {
        const kept = await keepDriftIssue(drift, { issues, identity, run, now: clock.now() });
        log.line(`drift issue  ${describe(kept)}`);
        await summarize(kept);
    }
    catch (error) {
        if ((0,model_error/* isAbort */.rV)(error))
            return;
        if (!(error instanceof GithubError))
            log.debug(error instanceof Error ? (error.stack ?? '') : String(error));
        log.warn(explainRefusal(toGithubError(error)));
    }
}
const deeds = {
    opened: 'opened',
    reopened: 'reopened',
    edited: 'edited',
    unchanged: 'is as it was',
    left: 'left as it is, for what it names could not be looked at',
    closed: 'closed',
    nothing: 'there is none',
};
function describe({ did, issue }) {
    return issue ? `#${issue.number} ${deeds[did]}: ${issue.url}` : deeds[did];
}
async function summarize({ did, issue }) {
    if (issue)
        await (0,step_summary/* addToSummary */.D)(`\nDrift issue: [#${issue.number}](${issue.url}) ${deeds[did]}.`);
}
/** The run, as the runner's variables tell it (docs.github.com/actions/reference/variables-reference). */
function readRun(scope) {
    const { env } = process;
    const repository = env.GITHUB_REPOSITORY ?? '';
    // `owner/name/.github/workflows/file.yml@refs/heads/main`; older GitHub Enterprise Servers do not say.
    const [path = ''] = (env.GITHUB_WORKFLOW_REF ?? '').split('@');
    const workflow = path.slice(repository.length + 1) || (env.GITHUB_WORKFLOW ?? '');
    return {
        repository,
        identity: { workflow, job: env.GITHUB_JOB ?? '', scope },
        run: {
            name: `${env.GITHUB_WORKFLOW ?? ''}, run ${env.GITHUB_RUN_NUMBER ?? ''}`,
            url: `${env.GITHUB_SERVER_URL ?? 'https://github.com'}/${repository}/actions/runs/${env.GITHUB_RUN_ID ?? ''}`,
            workflow,
        },
    };
}


/***/ }),

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


/***/ })

};
