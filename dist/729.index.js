export const id = 729;
export const ids = [729];
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

/***/ 89724:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Jm: () => (/* binding */ identityMarker),
/* harmony export */   Od: () => (/* binding */ scopeOf),
/* harmony export */   S1: () => (/* binding */ readMemory),
/* harmony export */   kY: () => (/* binding */ remember),
/* harmony export */   qQ: () => (/* binding */ hashOf),
/* harmony export */   uu: () => (/* binding */ memoryMarker)
/* harmony export */ });
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(77598);
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__webpack_require__.n(node_crypto__WEBPACK_IMPORTED_MODULE_0__);
/* harmony import */ var _model_resource_id_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(51391);


/** Beyond this, an issue remembers only how many there are: its body holds 65,536 characters. */
const mostHashes = 1500;
/** The hidden first line of a step's issue. */
function identityMarker({ workflow, job, scope }) {
    return `<!-- attach-acr drift workflow=${encode(workflow)} job=${encode(job)} scope=${encode(scope)} -->`;
}
/** A hash of targets × registries as the inputs name them: in any order and letter case, and whatever is found of them. */
function scopeOf({ clusters, kubeletIdentities, registries, subscriptionId }) {
    const names = [
        ...clusters.map(cluster => cluster.kind === 'id'
            ? (0,_model_resource_id_js__WEBPACK_IMPORTED_MODULE_1__/* .formatResourceId */ .bM)(cluster.id)
            : `${subscriptionId}/${cluster.resourceGroup}/${cluster.text}`),
        ...kubeletIdentities.map(({ id }) => (0,_model_resource_id_js__WEBPACK_IMPORTED_MODULE_1__/* .formatResourceId */ .bM)(id)),
    ];
    const servers = registries.map(registry => (registry.kind === 'id' ? (0,_model_resource_id_js__WEBPACK_IMPORTED_MODULE_1__/* .formatResourceId */ .bM)(registry.id) : registry.text));
    return hash([names, servers].map(list => list.map(_model_resource_id_js__WEBPACK_IMPORTED_MODULE_1__/* .normalizeId */ .XB).sort().join('\n')).join('\n×\n'), 16);
}
/** The hidden last line of an issue. */
function memoryMarker({ state, count, hashes }) {
    return `<!-- attach-acr state=${state} count=${count} keys=${hashes ? [...hashes].sort().join(',') : '-'} -->`;
}
/** What an issue remembers; nothing where its body was changed beyond recognition. */
function readMemory(body) {
    const [, state = '', count = '0', keys = '-'] = /<!-- attach-acr state=(\S+) count=(\d+) keys=(\S*) -->/.exec(body) ?? [];
    const hashes = keys === '-' ? undefined : new Set(keys.split(',').filter(Boolean));
    return { state, count: Number(count), hashes };
}
/**
 * What there is to remember of a drift.
 * @param carried hashes of what was not as wanted and could not be looked at now
 */
function remember({ items, unknown, blind, commands }, carried) {
    const own = new Set(items.map(hashOf));
    const hashes = new Set([...own, ...carried]);
    const lines = [
        // Of an error of Azure its code alone: its text may quote what changes from night to night.
        ...items.map(({ key, kind, code, what }) => `drift ${key} ${kind === 'image' || code === 'missing' ? what : code}`),
        ...unknown.map(({ key, code }) => `unknown ${key} ${code}`),
        ...blind.map(text => `blind ${text.split(':')[0] ?? ''}`),
        // The same words may mean another identity.
        ...commands.map(command => `command ${command}`),
        ...carried.map(carry => `carried ${carry}`),
    ];
    return {
        state: hash(lines.sort().join('\n'), 16),
        // Not the number of hashes: of ten thousand short ones, two may be the same.
        count: items.length + hashes.size - own.size,
        hashes: hashes.size > mostHashes ? undefined : hashes,
    };
}
/** The short hash that an issue remembers a thing by. */
function hashOf({ key }) {
    return hash(key, 8);
}
function hash(text, length) {
    return (0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.createHash)('sha256').update(text).digest('hex').slice(0, length);
}
/** Without spaces, and without what would end an HTML comment. */
function encode(text) {
    return encodeURIComponent(text).replaceAll('--', '%2D%2D');
}


/***/ }),

/***/ 33460:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   n: () => (/* binding */ readProxy),
/* harmony export */   x: () => (/* binding */ describeWay)
/* harmony export */ });
/** The proxy that HTTPS requests go through, without its credentials; empty when there is none. */
function readProxy({ HTTPS_PROXY, https_proxy } = process.env) {
    const text = (HTTPS_PROXY || https_proxy) ?? '';
    const { protocol, host } = URL.canParse(text) ? new URL(text) : {};
    if (protocol && host)
        return `${protocol}//${host}`;
    return text && 'that of HTTPS_PROXY';
}
/** What to look at when an answer did not come from whom it was asked of. */
function describeWay() {
    const proxy = readProxy();
    return proxy ? `the proxy ${proxy} (HTTPS_PROXY, NO_PROXY)` : 'the firewall, and whether HTTPS_PROXY must be set';
}


/***/ })

};
