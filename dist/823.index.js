export const id = 823;
export const ids = [823];
export const modules = {

/***/ 45823:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  main: () => (/* binding */ main)
});

// EXTERNAL MODULE: ./src/model/error.ts
var model_error = __webpack_require__(88623);
// EXTERNAL MODULE: ./src/model/image.ts
var model_image = __webpack_require__(71444);
// EXTERNAL MODULE: ./src/model/resource-id.ts
var resource_id = __webpack_require__(51391);
// EXTERNAL MODULE: ./src/model/time.ts
var time = __webpack_require__(50816);
// EXTERNAL MODULE: ./src/services/arm/errors.ts + 2 modules
var errors = __webpack_require__(60592);
;// CONCATENATED MODULE: ./src/services/arm/import-errors.ts



/** What the import service says, what we call it, and what to do. The first rule that fits counts. */
const rules = [
    {
        says: /already exists in target registry/i,
        isPlain: true,
        code: 'IMAGE_CONFLICT',
        fix: ({ present }) => present === 'unknown'
            ? `${model_image/* fixes */.Su.conflict} What is there could not be read, as the note says; where it can, the same image is no conflict.`
            : model_image/* fixes */.Su.conflict,
    },
    {
        says: /StatusCode: 429|TOOMANYREQUESTS|Too Many Requests|rate limit|EnforceDockerAuthentication/i,
        code: 'SOURCE_RATE_LIMITED',
        fix: ({ request }) => request.source.host === 'docker.io'
            ? 'Docker Hub limits pulls without an account. Give source-username and source-password (an access token), as secrets.'
            : 'Run the step again later, or give source-username and source-password, as secrets.',
    },
    {
        says: /RFC 7233/i,
        isPlain: true,
        code: 'IMPORT_FAILED',
        fix: () => 'The source registry does not answer range requests, which importing needs. Pull and push the image instead.',
    },
    {
        says: /client with IP|Access to \S+ (was )?denied|aka\.ms\/acr\/firewall|not allowed access/i,
        isPlain: true,
        code: 'IMPORT_FAILED',
        fix: () => 'A firewall stands between the registries. Name a source in Azure by its resource ID, and let trusted services pass:\n' +
            '  az acr update --name <registry> --allow-trusted-services true',
    },
    {
        says: /\b50 manifests|too many manifests|exceeds? the (maximum|limit).*manifest/i,
        isPlain: true,
        code: 'IMPORT_FAILED',
        fix: () => 'An import takes images of up to 50 manifests. Import the platforms that are needed one by one, by digest.',
    },
    {
        says: /manifest unknown|MANIFEST_UNKNOWN|NAME_UNKNOWN|Unable to find manifest|StatusCode: 404|not found/i,
        code: 'IMAGE_NOT_FOUND',
        fix: () => model_image/* fixes */.Su.missing,
    },
    {
        says: /UNAUTHORIZED|authentication required|access (to the resource )?is denied|StatusCode: 40[13]|Invalid message Unauthorized/i,
        code: 'SOURCE_UNAUTHORIZED',
        fix: () => 'Give source-username and source-password (for a token alone, only the password), as secrets. A source in Azure needs neither when it is ' +
            'named by its resource ID and the signed-in identity has AcrPull there.',
    },
];
/** The contract's error for an image that could not be imported. */
function explainImport(thrown, image, caller) {
    const { registry, request } = image;
    const failure = `${(0,model_image/* describeImage */.hu)(image)} could not be imported`;
    const explained = (0,errors/* explain */.WE)(thrown, {
        failure,
        subject: registry.name,
        scope: registry.id,
        action: 'Microsoft.ContainerRegistry/registries/importImage/action',
        notFound: 'REGISTRY_NOT_FOUND',
        caller,
    });
    const said = (0,errors/* azureMessage */.vy)(thrown);
    if ((0,model_error/* isAbort */.rV)(thrown) || !said)
        return explained;
    // Missing permissions, throttling by ARM and the like are told as everywhere.
    const isOfImport = explained.code === 'UNEXPECTED' || (explained.code === 'REGISTRY_NOT_FOUND' && !isOfResource(thrown));
    const rule = rules.find(({ says, isPlain }) => (isOfImport || isPlain) && says.test(said));
    if (!rule && !isOfImport)
        return explained;
    const details = { subject: request.text, cause: thrown, ...(explained.azure && { azure: explained.azure }) };
    const fix = rule?.fix(image) ?? 'What Azure says is above. Try the same with az acr import for more.';
    return new model_error/* ActionError */.lZ(rule?.code ?? 'IMPORT_FAILED', `${failure}: ${said}`, { ...details, fix });
}
/** Whether it is the registry or its resource group that is gone, not an image. */
function isOfResource(thrown) {
    return /^Resource(Group)?NotFound$/i.test((0,errors/* azureCode */.Vy)(thrown) ?? '');
}
const verdicts = [
    'IMAGE_CONFLICT',
    'IMAGE_NOT_FOUND',
    'IMPORT_FAILED',
    'SOURCE_RATE_LIMITED',
    'SOURCE_UNAUTHORIZED',
];
/** Whether the error is the end of the import itself, not of a question about it. */
function isVerdict({ code }) {
    return verdicts.includes(code);
}

;// CONCATENATED MODULE: ./src/services/arm/import-image.ts
/** Has Azure import an image. @throws RestError when Azure refuses to begin */
async function startImport(clients, registry, wanted, abortSignal) {
    const { source, sourceImage, credentials, target, force } = wanted;
    const { username, password } = credentials ?? {};
    const parameters = {
        source: { ...source, sourceImage, ...(password && { credentials: { ...(username && { username }), password } }) },
        ...('tag' in target ? { targetTags: [target.tag] } : { untaggedTargetRepositories: [target.repository] }),
        mode: force ? 'Force' : 'NoForce',
    };
    let isFollowed = true;
    const { registries } = clients.containerRegistry(registry.subscriptionId);
    const poller = registries.importImage(registry.resourceGroup, registry.name, parameters, {
        abortSignal,
        // A 202 that does not say how to go on is success to the SDK's poller.
        onResponse: ({ status, headers }) => {
            const links = ['location', 'azure-asyncoperation', 'operation-location'];
            isFollowed = status !== 202 || links.some(name => headers.has(name));
        },
    });
    await poller.submitted();
    return {
        isFollowed,
        askWhetherDone: async (signal) => {
            await poller.poll({ abortSignal: signal });
            return poller.isDone;
        },
    };
}

// EXTERNAL MODULE: ./node_modules/p-limit/index.js + 1 modules
var p_limit = __webpack_require__(70370);
// EXTERNAL MODULE: ./node_modules/@azure/core-rest-pipeline/dist/esm/index.js + 37 modules
var esm = __webpack_require__(1818);
;// CONCATENATED MODULE: ./src/services/arm/requests.ts



/** What every SDK client is created with, Entra's included. */
function clientOptions(observer) {
    const additionalPolicies = [observer, pauseWhenThrottled, plainAnswers].map(policy => ({
        policy,
        position: 'perRetry',
    }));
    return { userAgentOptions: { userAgentPrefix: 'attach-acr' }, additionalPolicies };
}
/**
 * Makes the SDK's poller see how an import stands: it judges by the HTTP status alone, and takes `200 {"status":"Failed"}` and
 * `200 {"status":"InProgress"}` for success (arm-containerregistry 12.0.0 with core-lro 3).
 */
const importStatusPolicy = {
    name: 'attachAcrImportStatus',
    async sendRequest(request, next) {
        const response = await next(request);
        const isPoll = request.method === 'GET' && /\/operation(Results|Statuses)\//i.test(request.url);
        return isPoll && response.status === 200 ? judgeByBody(response) : response;
    },
};
function judgeByBody(response) {
    const { status, error } = readStatus(response.bodyAsText);
    if (status === undefined || /^succeeded$/i.test(status))
        return response;
    if (/^(failed|canceled|cancelled)$/i.test(status)) {
        const bodyAsText = JSON.stringify({
            error: error ?? { code: `Import${status}`, message: `The import ended as ${status}.` },
        });
        return { ...response, status: 400, bodyAsText };
    }
    if (!response.headers.has('location'))
        response.headers.set('location', response.request.url);
    return { ...response, status: 202 };
}
function readStatus(text) {
    try {
        const body = JSON.parse(text || '{}');
        return body ?? {};
    }
    catch {
        return {}; // not JSON: the HTTP status is all there is
    }
}
// A role assignment takes up to 8 s inside its PUT (recorded); what has not answered after this is not going to.
const timeoutMs = 60_000;
/** The limit that all requests of a run share. */
function createLimit(concurrency) {
    return (0,p_limit/* default */.A)(concurrency);
}
/**
 * Bounds how many requests of all SDK clients together are in flight. It goes before the retry policies: a request that Azure throttles keeps
 * its place while it waits, so that the others do not make it worse.
 */
function createConcurrencyLimit(limit) {
    return { name: 'attachAcrConcurrencyLimit', sendRequest: (request, next) => limit(() => next(request)) };
}
/**
 * Sees every try of every request, after the retry policies, and bounds how long one may take.
 * @param log gets one debug line a try: method, URL without its query (it may be signed), status, milliseconds, correlation ID
 * @param onRequest told of each try
 */
function createRequestObserver(log, onRequest) {
    return {
        name: 'attachAcrRequestObserver',
        sendRequest: async (request, next) => {
            onRequest();
            // Not `request.timeout`: the SDK leaves that timer running when a connection breaks, which would hold the process at its end, and
            // stops it when the headers are there (@typespec/ts-http-runtime, nodeHttpClient).
            const timeout = AbortSignal.timeout(timeoutMs);
            const { abortSignal } = request;
            request.abortSignal = AbortSignal.any([timeout, ...(abortSignal ? [abortSignal] : [])]);
            const started = performance.now();
            const debug = (end) => {
                log.debug(`${request.method} ${request.url.split('?')[0]} ${Math.round(performance.now() - started)} ms ${end}`);
            };
            try {
                const response = await next(request);
                debug(`${response.status} ${response.headers.get('x-ms-correlation-request-id') ?? ''}`);
                return response;
            }
            catch (error) {
                debug(error instanceof Error ? error.message : 'failed');
                const timedOut = timeout.aborted && abortSignal?.aborted !== true;
                // As a connection error, so that the SDK's retry policy takes it for one.
                throw timedOut ? new esm/* RestError */.pj(`no answer within ${timeoutMs / 1000} s`, { code: 'ETIMEDOUT', request }) : error;
            }
            finally {
                if (abortSignal)
                    request.abortSignal = abortSignal;
                else
                    delete request.abortSignal;
            }
        },
    };
}
const retryHeaders = ['retry-after', 'retry-after-ms', 'x-ms-retry-after-ms'];
/** A step that sleeps longer than this is taken for one that hangs; what asks for more is told at once. */
const longestPauseSeconds = 300;
/** The pause that an answer asks for, in seconds, as the SDK reads it; undefined when it asks for none. */
function readRetryAfter(headers, now) {
    for (const name of ['retry-after-ms', 'x-ms-retry-after-ms']) {
        const ms = Number(headers.get(name) ?? NaN);
        if (ms >= 0)
            return ms / 1000;
    }
    const text = headers.get('retry-after') ?? '';
    if (text === '')
        return undefined;
    const seconds = Number(text);
    const until = Date.parse(text);
    return Number.isNaN(seconds) ? (Number.isNaN(until) ? undefined : (until - now) / 1000) : seconds;
}
/**
 * Bounds the pause that a throttled answer asks for, and gives one that does not say when to come back a pause to wait: without one the SDK's retry policy takes it as final
 * (@typespec/ts-http-runtime, throttlingRetryStrategy). Azure Resource Manager says when; Entra and Resource Graph do not always.
 */
const pauseWhenThrottled = {
    name: 'attachAcrPauseWhenThrottled',
    async sendRequest(request, next) {
        const response = await next(request);
        if (response.status !== 429 && response.status !== 503)
            return response;
        const seconds = readRetryAfter(response.headers, Date.now());
        if (seconds === undefined && response.status === 429)
            response.headers.set('retry-after', '2');
        if (seconds !== undefined && seconds > longestPauseSeconds)
            for (const name of retryHeaders)
                response.headers.delete(name);
        return response;
    },
};
/**
 * Makes answers that the SDKs choke on ones that they can tell of: a web page where Azure's JSON should be, as a proxy's login has it, and an
 * error without its body.
 */
const plainAnswers = {
    name: 'attachAcrPlainAnswers',
    async sendRequest(request, next) {
        const response = await next(request);
        const type = response.headers.get('content-type') ?? '';
        if (response.status < 300 && /^text\/html/i.test(type)) {
            throw new esm/* RestError */.pj(`a web page came in place of the answer (HTTP ${response.status})`, { request });
        }
        // arm-containerregistry 12.0.0 and arm-containerservice 25.3.0 read `error` of an undefined body.
        if (response.status >= 400 && /json/i.test(type) && !response.bodyAsText)
            response.bodyAsText = '{}';
        return response;
    },
};
/**
 * Gives a throttled request another round of the SDK's retries as long as others of its kind get through meanwhile: with many requests and
 * Azure's small buckets (10 writes a second) a request can be unlucky more often than the SDK tries, and is no worse than the others.
 * When none gets through any more, the retries are used up.
 */
function createTurnTaking() {
    const served = new Map();
    return {
        name: 'attachAcrTurnTaking',
        async sendRequest(request, next) {
            // Reads, writes and deletes have a bucket each (learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling).
            const kind = `${request.method} ${new URL(request.url).host}`;
            for (;;) {
                const before = served.get(kind);
                const answer = await settle(next(request));
                if (!isThrottled(answer))
                    served.set(kind, (before ?? 0) + 1);
                if (!isThrottled(answer) || served.get(kind) === before) {
                    if ('error' in answer)
                        throw answer.error;
                    return answer.response;
                }
            }
        },
    };
}
async function settle(answer) {
    try {
        return { response: await answer };
    }
    catch (error) {
        return { error };
    }
}
/** Some SDK packages make an error of the answer before this policy sees it. */
function isThrottled(answer) {
    if ('response' in answer)
        return answer.response.status === 429;
    return answer.error instanceof Error && answer.error.statusCode === 429;
}

;// CONCATENATED MODULE: ./src/services/registry/errors.ts


/** Why a registry's content can't be read, and what would let it be. */
function whyUnreadable(error, { name, roleAssignmentMode }) {
    if ((0,errors/* isForbidden */.US)(error))
        return `the firewall of ${name} does not let the runner in`;
    if ((0,errors/* isUnauthorized */.Tk)(error)) {
        const role = roleAssignmentMode === 'ABAC' ? 'Container Registry Repository Reader' : 'AcrPull';
        return `the signed-in identity lacks ${role} on ${name}`;
    }
    return (0,errors/* azureMessage */.vy)(error) || (error instanceof Error ? error.message : String(error));
}
/** The note about an image that can't be read where it is, or is to be. */
function describeUnreadable({ request, registry }, why) {
    return (0,model_image/* shortDigest */.VK)(`the digest of ${(0,model_image/* nameOf */.Vb)(request)} on ${registry.name} can't be read: ${why}`);
}

;// CONCATENATED MODULE: ./src/apply/attachments.ts
/** Azure imports the image alone: that signatures and attestations stay behind is said, never silent. */
async function noteAttachments({ sources, azureSources, signal }, { request: { text, source, isProbe }, sourceRegistry, sourceDigest }) {
    // Why a source was not resolved is a note already, and it can't be asked this either.
    if (sourceDigest === undefined || isProbe)
        return [];
    const { repository } = source;
    const found = sourceRegistry
        ? await azureSources.findAttachments({ host: sourceRegistry.loginServer, repository }, sourceDigest, signal)
        : source.host
            ? await sources.findAttachments(source, sourceDigest, signal)
            : { why: 'the signed-in identity may not see its registry' };
    if (found === 'none' || signal.aborted)
        return [];
    if (found === 'some')
        return [
            `${text} has signatures or attestations, which an import does not copy; cosign copy or oras copy --recursive does`,
        ];
    return [`not known: whether ${text} has signatures or attestations, which an import does not copy (${found.why})`];
}

;// CONCATENATED MODULE: ./src/apply/image-errors.ts


/** The job was cancelled while Azure was importing, or before it had answered (with what was thrown then). */
function explainInterrupted(image, cause) {
    return new model_error/* ActionError */.lZ('CANCELLED', `The job was cancelled before Azure was done: ${(0,model_image/* describeImage */.hu)(image)} may be imported or not.`, { fix: 'Run the job again: what is there by then is not imported again.', cause });
}
/** Azure has taken the import on, and whether it came to its end is not known. */
function explainOpen(image, waitedMs, shown, cause) {
    const { registry, sourceDigest } = image;
    const why = shown.kind === 'unreadable'
        ? `what is there can't be read (${shown.why})`
        : cause
            ? `Azure does not tell how it stands (${cause.azure?.message ?? cause.message})`
            : `it is not there after ${waitedMs / 1000} s`;
    const fix = 'The import is not lost and may still finish. Look whether it has' +
        `${sourceDigest ? ` (${sourceDigest})` : ''}, then run the step again, with a longer timeout if it is a large image:\n  ${showCommand(image)}`;
    const details = { subject: registry.name, fix, ...(cause?.azure && { azure: cause.azure }), cause };
    return new model_error/* ActionError */.lZ('IMPORT_FAILED', `${(0,model_image/* describeImage */.hu)(image)}: Azure has taken the import on, but ${why}.`, details);
}
/** Azure says that the image is imported, and it isn't there. */
function explainAbsent(image) {
    return new model_error/* ActionError */.lZ('IMPORT_FAILED', `${(0,model_image/* describeImage */.hu)(image)}: Azure says that it is imported, but the registry does not have it.`, { subject: image.registry.name, fix: `Run the step again. What the registry has:\n  ${listCommand(image)}` });
}
/** Another image is there than the one that was imported. */
function explainMismatch(image, arrived) {
    return new model_error/* ActionError */.lZ('IMAGE_DIGEST_MISMATCH', `${(0,model_image/* describeImage */.hu)(image)}: ${image.sourceDigest ?? ''} was asked for, and ${arrived} is there.`, {
        subject: image.registry.name,
        fix: 'Something else wrote the tag meanwhile. Run the step again, with force-import: true if the source is to win. ' +
            `What the registry has:\n  ${listCommand(image)}`,
    });
}
function showCommand({ request, registry }) {
    return `az acr repository show --name ${registry.name} --image ${(0,model_image/* nameOf */.Vb)(request)}`;
}
function listCommand({ request, registry }) {
    return `az acr manifest list-metadata --registry ${registry.name} --name ${request.repository} --orderby time_desc`;
}
/** What the action imports for itself could also be something that is there. */
function adviseProbeImage(error) {
    const { code, message, fix = '', subject, azure, cause } = error;
    const advice = 'Or name an image in probe-image that the registry has; then nothing needs to be imported for verify: pull.';
    return new model_error/* ActionError */.lZ(code, message, {
        fix: [fix, advice].filter(Boolean).join('\n'),
        cause,
        ...(subject && { subject }),
        ...(azure && { azure }),
    });
}

;// CONCATENATED MODULE: ./src/apply/read-back.ts




/**
 * Looks until the registry shows the image, or can't be read. This decides, for Azure's word alone is not enough (arm-containerregistry 12.0.0).
 * @param isDone whether Azure says that it is imported; without that, and without a digest to compare, only a change is a sign
 */
async function readBack({ content, signal }, image, wait, { isDone }) {
    const { registry, request, sourceDigest, present } = image;
    const isWanted = (digest) => {
        if (sourceDigest !== undefined)
            return digest === sourceDigest;
        return isDone || present === 'no' || (present !== 'unknown' && present.digest !== digest);
    };
    let last = { kind: 'nothing' };
    const look = async () => {
        try {
            const reference = request.tag || (sourceDigest ?? '');
            const { digest } = await content.read(registry.loginServer, request.repository, reference, signal);
            // Replicas of a registry may show the old image for a moment.
            last = { kind: 'other', digest };
            if (!isWanted(digest))
                return undefined;
            return { kind: 'there', content: await content.read(registry.loginServer, request.repository, digest, signal) };
        }
        catch (error) {
            if ((0,model_error/* isAbort */.rV)(error))
                throw error;
            return (0,errors/* isNotFound */.c4)(error) ? undefined : { kind: 'unreadable', why: whyUnreadable(error, registry) };
        }
    };
    return (await (0,time/* waitFor */.fm)(look, wait)) ?? last;
}

;// CONCATENATED MODULE: ./src/apply/images.ts











/** How long a registry may take to show what it has imported. */
const readBackMs = 5000;
/** How long the registry is looked at when Azure does not tell any more how an import stands. */
const untoldMs = 10_000;
/** How soon Azure is asked again how an import stands, so that at most a tenth of its time is lost; small images take some seconds. */
const pauseAfter = (elapsedMs) => Math.max(250, elapsedMs / 10);
/** How long the last answer of all may take. */
const lastAnswerMs = 5000;
/** Imports what is planned, at most `concurrency` at once. Never throws: what failed or was cancelled is a result too. */
async function applyImages(azure, planned, inputs, clock, progress) {
    const means = { azure, writing: (0,time/* withGrace */.pj)(azure), inputs, clock, limit: createLimit(inputs.concurrency) };
    return Promise.all(planned.map(async (each) => {
        const { image, plan } = each;
        if (plan.kind !== 'import')
            return (0,model_image/* settle */.G9)(each);
        const result = await importImage(image, plan.force, means);
        progress.onDone(result);
        return result;
    }));
}
async function importImage(image, force, means) {
    const { azure, clock, limit } = means;
    const failed = (error, changed) => {
        return { image, status: 'failed', changed, digest: '', notes: image.notes, error };
    };
    let startedAt = clock.now();
    let told;
    try {
        told = await limit(() => {
            startedAt = clock.now();
            return runImport(image, force, means);
        });
        if (told.kind === 'interrupted')
            return failed(explainInterrupted(image), true);
        if (told.kind === 'failed')
            return (await findOther(image, told.error, means)) ?? failed(told.error, false);
        const shown = told.kind === 'open' ? told.shown : await look(image, clock.now() + readBackMs, means, { isDone: true });
        const isProven = shown.kind === 'there' || (shown.kind === 'unreadable' && told.kind === 'done');
        if (!isProven)
            return failed(explainUnproven(image, told, shown, means), true);
        const content = shown.kind === 'there' ? shown.content : { digest: '' };
        const unreadable = shown.kind === 'unreadable' ? [describeUnreadable(image, shown.why)] : [];
        const notes = [...new Set([...image.notes, ...unreadable, ...(await noteAttachments(azure, image))])];
        return { image, status: 'imported', changed: true, ...content, seconds: (clock.now() - startedAt) / 1000, notes };
    }
    catch (thrown) {
        if (!(0,model_error/* isAbort */.rV)(thrown))
            throw thrown;
        return failed(explainInterrupted(image, thrown), told?.kind !== 'failed');
    }
}
function look(image, deadline, { azure, clock }, { isDone } = { isDone: false }) {
    return readBack(azure, image, { clock, deadline, signal: azure.signal }, { isDone });
}
/** Begins an import and waits for its end, `timeout` at most. */
async function runImport(image, force, means) {
    const { azure, writing, inputs, clock } = means;
    const deadline = clock.now() + inputs.timeoutMs;
    const late = AbortSignal.timeout(inputs.timeoutMs + lastAnswerMs);
    let stage = 'before';
    try {
        azure.signal.throwIfAborted();
        const registry = (0,resource_id/* parseResourceId */.RQ)(image.registry.id);
        if (!registry)
            throw new Error(`not a registry's resource ID: ${image.registry.id}`);
        stage = 'asked';
        const begun = await startImport(azure.clients, registry, toImport(image, inputs, force), writing.signal);
        stage = 'accepted';
        if (!begun.isFollowed)
            return { kind: 'open', shown: await look(image, deadline, means) };
        const asking = AbortSignal.any([azure.signal, late]);
        const ask = async () => (await begun.askWhetherDone(asking)) || undefined;
        const isDone = await (0,time/* waitFor */.fm)(ask, { clock, deadline, signal: azure.signal, pauseAfter });
        return isDone ? { kind: 'done' } : { kind: 'open', shown: await look(image, clock.now(), means) };
    }
    catch (thrown) {
        if (azure.signal.aborted && (0,model_error/* isAbort */.rV)(thrown)) {
            if (stage === 'accepted')
                return { kind: 'interrupted' };
            return { kind: 'failed', error: stage === 'asked' ? explainInterrupted(image, thrown) : (0,model_error/* cancelled */.KW)(thrown) };
        }
        const explained = explainImport(thrown, image, azure.caller);
        const error = image.request.isProbe ? adviseProbeImage(explained) : explained;
        if (stage !== 'accepted' || isVerdict(error))
            return { kind: 'failed', error };
        // Only the registry can tell now, and it may not be done yet.
        const until = late.aborted ? clock.now() : Math.min(deadline, clock.now() + untoldMs);
        return { kind: 'open', shown: await look(image, until, means), ...(!late.aborted && { cause: error }) };
    }
}
function explainUnproven(image, told, shown, { inputs }) {
    if (told.kind === 'open')
        return explainOpen(image, inputs.timeoutMs, shown, told.cause);
    return shown.kind === 'other' ? explainMismatch(image, shown.digest) : explainAbsent(image);
}
/** An image that another run has imported meanwhile, or this one at a try whose answer was lost, is no conflict. */
async function findOther(image, { code }, means) {
    // Of what the action imports for itself, any that is there will do, also one that the runner can't see.
    if (code === 'IMAGE_CONFLICT' && image.request.isProbe)
        return { image, status: 'present', changed: false, digest: '', notes: image.notes };
    if (code !== 'IMAGE_CONFLICT' || image.sourceDigest === undefined)
        return undefined;
    const shown = await look(image, means.clock.now(), means);
    if (shown.kind !== 'there')
        return undefined;
    return { image, status: 'present', changed: false, ...shown.content, notes: image.notes };
}
function toImport({ request, sourceRegistry, sourceDigest }, { sourceCredentials }, force) {
    const { source, repository, tag } = request;
    const resourceId = sourceRegistry?.id ?? (source.registryId && (0,resource_id/* formatResourceId */.bM)(source.registryId));
    // By digest, so that a tag that moves meanwhile can't leave half of each (Azure/azure-cli issue 29974).
    const sourceImage = sourceDigest ? `${source.repository}@${sourceDigest}` : `${source.repository}:${source.tag}`;
    const isFor = !resourceId && source.host === sourceCredentials?.host;
    return {
        source: resourceId ? { resourceId } : { registryUri: source.host },
        sourceImage,
        ...(isFor && { credentials: sourceCredentials }),
        target: tag ? { tag: `${repository}:${tag}` } : { repository },
        force,
    };
}

// EXTERNAL MODULE: ./src/model/plan.ts
var model_plan = __webpack_require__(67978);
;// CONCATENATED MODULE: ./src/services/graph/directory.ts
// Microsoft Graph v1.0: learn.microsoft.com/graph/api. A role in Azure gives no right here; each operation names the application permission it needs.
/** The object ID of the service principal of an application; undefined when there is none. Needs Application.Read.All. */
async function findServicePrincipal({ graph }, applicationId, abortSignal) {
    const filter = encodeURIComponent(`appId eq '${applicationId}'`);
    const [found] = await graph.list(`/v1.0/servicePrincipals?$filter=${filter}&$select=id`, abortSignal);
    return found?.id;
}
/** The object IDs of all members of a group, nested groups' members too. Needs GroupMember.Read.All. */
async function listTransitiveMembers({ graph }, groupId, abortSignal) {
    const members = await graph.list(`/v1.0/groups/${groupId}/transitiveMembers?$select=id&$top=999`, abortSignal);
    return members.map(({ id }) => id);
}
/** Makes a principal a member. Needs GroupMember.ReadWrite.All, or ownership of the group. */
async function addGroupMember({ graph }, groupId, objectId, abortSignal) {
    const reference = { '@odata.id': `${graph.endpoint}/v1.0/directoryObjects/${objectId}` };
    await graph.post(`/v1.0/groups/${groupId}/members/$ref`, reference, abortSignal);
}
/** Takes a direct member out. Needs GroupMember.ReadWrite.All, or ownership of the group. */
async function removeGroupMember({ graph }, groupId, objectId, abortSignal) {
    await graph.delete(`/v1.0/groups/${groupId}/members/${objectId}/$ref`, abortSignal);
}
/** Which of the object IDs the directory knows, as far as the caller may read them; at most 1,000 a request. Needs Directory.Read.All. */
async function findExisting({ graph }, objectIds, abortSignal) {
    const found = new Set();
    for (let start = 0; start < objectIds.length; start += 1000) {
        const ids = objectIds.slice(start, start + 1000);
        const { value } = await graph.post('/v1.0/directoryObjects/getByIds?$select=id', { ids }, abortSignal);
        for (const { id } of value)
            found.add(id.toLowerCase());
    }
    return found;
}
const collections = {
    ServicePrincipal: 'servicePrincipals',
    Group: 'groups',
    User: 'users',
};
/** Reads one object of the directory; a type that has no collection here is one that is not to be read. */
async function getObject({ graph }, principalType, objectId, abortSignal) {
    await graph.get(`/v1.0/${collections[principalType] ?? 'directoryObjects'}/${objectId}?$select=id`, abortSignal);
}

;// CONCATENATED MODULE: ./src/services/graph/errors.ts


/** The contract's error for what Microsoft Graph refused: a role in Azure gives no right there, so 403 is the usual answer. */
function explainGraph(thrown, attempt) {
    const { failure, subject, caller, refused, needs, command } = attempt;
    const error = (0,errors/* explain */.WE)(thrown, { failure, subject, scope: 'Microsoft Graph', action: needs, caller });
    if (!(0,errors/* isForbidden */.US)(thrown))
        return error;
    return new model_error/* ActionError */.lZ(refused, `${failure}: ${caller.name} (object ID ${caller.objectId}) lacks a permission in Microsoft Graph, where roles in Azure do not count.`, {
        subject,
        cause: thrown,
        ...(error.azure && { azure: error.azure }),
        fix: `It needs ${needs}, which an administrator of the tenant can give. Or someone who may does it once by hand:\n  ${command}`,
    });
}

;// CONCATENATED MODULE: ./src/apply/group-members.ts





/** Makes the target's pull identity a member; that it is one already is success. */
async function joinGroup({ clients, signal }, { target, groupId }) {
    try {
        await addGroupMember(clients, groupId, target.identity.objectId, signal);
        return { changed: true };
    }
    catch (error) {
        // The code, Request_BadRequest, says nothing; only the text does (recorded: graph_group_owner_add_again_400).
        if (!/already exist/i.test((0,errors/* azureMessage */.vy)(error)))
            throw error;
        return { changed: false };
    }
}
/** Takes the target's pull identity out; that it is no direct member is success. */
async function leaveGroup({ clients, signal }, { target, groupId }) {
    try {
        await removeGroupMember(clients, groupId, target.identity.objectId, signal);
        return { changed: true };
    }
    catch (error) {
        if (!(0,errors/* isNotFound */.c4)(error))
            throw error;
        return { changed: false };
    }
}
/** Whether Microsoft Graph does not know the group or the identity yet: both may be seconds old. */
function isMembershipPending(thrown) {
    return /objects? being referenced (do|does) not exist|reference-property objects are not present/i.test((0,errors/* azureMessage */.vy)(thrown));
}
/** The contract's error for a membership that could not be changed. */
function explainMembership(error, operation, caller) {
    const { target, groupId, operation: kind } = operation;
    const verb = kind === 'add-group-member' ? 'add' : 'remove';
    const failure = (0,model_plan/* describeFailure */.Ic)(operation);
    const explained = explainGraph(error, {
        failure,
        subject: target.name,
        caller,
        refused: 'GROUP_ACCESS_DENIED',
        needs: 'the application permission GroupMember.ReadWrite.All, or ownership of the group',
        command: `az ad group member ${verb} --group ${groupId} --member-id ${target.identity.objectId}`,
    });
    if (!isMembershipPending(error))
        return explained;
    return new model_error/* ActionError */.lZ('PRINCIPAL_NOT_FOUND', `${failure}: Microsoft Graph knows no such group or identity.`, {
        subject: target.name,
        cause: error,
        ...(explained.azure && { azure: explained.azure }),
        fix: `One of them was deleted, or belongs to another tenant. See which:\n  az ad group show --group ${groupId}\n  az ad sp show --id ${target.identity.objectId}`,
    });
}

// EXTERNAL MODULE: ./node_modules/uuid/dist-node/v5.js + 6 modules
var v5 = __webpack_require__(73604);
;// CONCATENATED MODULE: ./src/model/repository-condition.ts
const content = 'Microsoft.ContainerRegistry/registries/repositories/content/read';
const metadata = 'Microsoft.ContainerRegistry/registries/repositories/metadata/read';
const repository_condition_name = '@Request[Microsoft.ContainerRegistry/registries/repositories:name]';
/**
 * The condition that limits Container Registry Repository Reader to some repositories.
 * Form: learn.microsoft.com/azure/container-registry/container-registry-rbac-abac-repository-permissions.
 */
function repositoryCondition(patterns) {
    const clauses = patterns.map(pattern => pattern.endsWith('/*')
        ? `${repository_condition_name} StringStartsWithIgnoreCase '${pattern.slice(0, -1)}'`
        : `${repository_condition_name} StringEqualsIgnoreCase '${pattern}'`);
    return `((!(ActionMatches{'${content}'}) AND !(ActionMatches{'${metadata}'})) OR (${clauses.join(' OR ')}))`;
}
const attribute = String.raw `@(?:Request|Resource)\[Microsoft\.ContainerRegistry\/registries\/repositories:name\]`;
const value = String.raw `'[^']*'|\{[^}]*\}`;
const nameTest = new RegExp(String.raw `${attribute}\s*(?:ForAnyOfAnyValues:)?(StringEquals|StringStartsWith|StringLike)(?:IgnoreCase)?\s*(${value})`, 'gi');
const actionTest = /!\s*\(\s*ActionMatches\s*\{\s*'([^']*)'\s*\}\s*\)/gi;
/**
 * The repositories that a condition allows to pull from; undefined when it is not of a form that can be understood, whatever it means.
 * Understood is "another action, or one of these names and prefixes", in any order, spacing and letter case.
 */
function readRepositoryCondition(condition) {
    const patterns = [];
    let formula = condition
        .replace(nameTest, (_, operator, values) => {
        const texts = [...values.matchAll(/'([^']*)'/g)].map(([, text = '']) => text);
        const isLike = operator.toLowerCase() === 'stringlike';
        // Of the wildcards, only one at the end makes a prefix.
        if (isLike && texts.some(text => /[*?\\]/.test(text.replace(/\*$/, ''))))
            return '?';
        const suffix = operator.toLowerCase() === 'stringstartswith' ? '*' : '';
        patterns.push(...texts.map(text => `${text}${suffix}`));
        return 'R';
    })
        .replace(actionTest, (_, action) => [content, metadata].some(known => known.toLowerCase() === action.toLowerCase()) ? 'A' : '?')
        .replace(/\band\b|&&/gi, '&')
        .replace(/\bor\b|\|\|/gi, '|')
        .replace(/\s/g, '');
    // "A" is another action, "R" one of the repositories: join each kind, until only "A or R" is left.
    for (let longer = ''; longer !== formula;) {
        longer = formula;
        formula = formula
            .replace(/\(([AR])\)/g, '$1')
            .replace(/A&A/g, 'A')
            .replace(/R\|R/g, 'R');
    }
    return /^\(?A\|R\)?$/.test(formula) ? patterns : undefined;
}
/** Whether everything that the wanted patterns name is allowed: by the same name, or by a prefix of it. */
function coversRepositories(allowed, wanted) {
    return wanted.every(pattern => allowed.some(other => covers(other.toLowerCase(), pattern.toLowerCase())));
}
function covers(allowed, wanted) {
    return allowed === wanted || (allowed.endsWith('*') && wanted.startsWith(allowed.slice(0, -1)));
}

;// CONCATENATED MODULE: ./src/model/role-assignment.ts



/** Whether an assignment reaches every wanted repository: it has no condition, or one that is understood and allows them. */
function coversAll({ condition }, { repositories }) {
    if (!condition)
        return true;
    const allowed = readRepositoryCondition(condition);
    return allowed !== undefined && repositories.length > 0 && coversRepositories(allowed, repositories);
}
// Namespace of the names below; any fixed UUID does, but it must never change.
const namespace = '9d3c1f5e-6a0b-5c2d-8e47-1b2f3a4c5d6e';
/** The name (GUID) of an assignment: the same for the same scope, principal and role, so that two runs at once make one assignment. */
function roleAssignmentName(scope, principalId, roleId) {
    return (0,v5/* default */.Ay)([scope, principalId, roleId].map(resource_id/* normalizeId */.XB).join('\n'), namespace);
}
/** Another name, as stable as the first, for when that one is taken by an assignment of something else. */
function otherRoleAssignmentName(name) {
    return (0,v5/* default */.Ay)(name, namespace);
}
/** Whether an assignment is of exactly that scope, principal and role: assignments are told apart by these three, never by name. */
function isAssignmentOf(assignment, { scope, principalId, roleId }) {
    return assignment.roleId === roleId && (0,resource_id/* sameId */.s)(assignment.scope, scope) && (0,resource_id/* sameId */.s)(assignment.principalId, principalId);
}
/** The resource ID of an assignment. */
function roleAssignmentId(scope, name) {
    return `${scope}/providers/Microsoft.Authorization/roleAssignments/${name}`;
}
/** Where a registry's assignments and roles are listed. */
function placeOf({ id, subscriptionId }) {
    return { scope: id, subscriptionId };
}

;// CONCATENATED MODULE: ./src/services/arm/role-assignments.ts



/**
 * Lists what a principal holds at and above a scope, itself or through groups (nested ones too).
 * The answer has a few hundred bytes a role. Not for group IDs: Azure answers with nothing.
 * Source: learn.microsoft.com/azure/role-based-access-control/role-assignments-list-rest.
 */
function listAssignedTo(clients, place, principalId, signal) {
    return list(clients, place, `atScope() and assignedTo('${principalId}')`, signal);
}
/** Lists everything that is assigned at and above a scope: 170 to 250 kB on real subscriptions (recorded), and it does not tell who is in a group. */
function listAtScope(clients, place, signal) {
    return list(clients, place, 'atScope()', signal);
}
/** Lists what a principal, which may be a group, holds itself at, above and below a scope. */
function listOfPrincipal(clients, place, principalId, signal) {
    return list(clients, place, `principalId eq '${principalId}'`, signal);
}
async function list(clients, { scope, subscriptionId }, filter, abortSignal) {
    const { roleAssignments } = clients.authorization(subscriptionId);
    const assignments = [];
    for await (const assignment of roleAssignments.listForScope(sdkScope(scope), { filter, abortSignal })) {
        assignments.push(toRoleAssignment(assignment));
    }
    return assignments;
}
/**
 * Creates the assignment, or updates the one of that name, scope, principal and role: both answer alike.
 * The principal type is always sent: without it a new identity is not found in the directory yet, and callers whose own grant is limited to
 * service principals are refused (learn.microsoft.com/azure/role-based-access-control/troubleshooting).
 */
async function createRoleAssignment(clients, { scope, subscriptionId, name, roleId, principalId, principalType, condition }, abortSignal) {
    const parameters = {
        roleDefinitionId: `/subscriptions/${subscriptionId}/providers/Microsoft.Authorization/roleDefinitions/${roleId}`,
        principalId,
        principalType,
        ...(condition && { condition, conditionVersion: '2.0' }),
    };
    const { roleAssignments } = clients.authorization(subscriptionId);
    const created = await roleAssignments.create(sdkScope(scope), name, parameters, { abortSignal });
    return toRoleAssignment({ ...created, id: created.id ?? roleAssignmentId(scope, name) });
}
/** Deletes an assignment by its ID. @returns false when there was none (204). */
async function deleteRoleAssignment(clients, subscriptionId, id, abortSignal) {
    let status = 0;
    const onResponse = (response) => {
        status = response.status;
    };
    await clients.authorization(subscriptionId).roleAssignments.deleteById(sdkScope(id), { abortSignal, onResponse });
    return status !== 204;
}
/** Of a `RoleAssignmentExists` message: the name of the assignment that is there, which Azure prints without dashes; undefined in older messages. */
function readExistingName(message) {
    const [, hex] = /\bis ([0-9a-f]{32})\b/i.exec(message.replaceAll('-', '')) ?? [];
    return hex?.toLowerCase().replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
/** A scope as arm-authorization 9.0.0 wants it: it puts a slash before it, and with its own one the path would begin with two. */
function sdkScope(scope) {
    return scope.replace(/^\//, '');
}
function toRoleAssignment(assignment) {
    return {
        id: assignment.id ?? '',
        scope: assignment.scope ?? '',
        principalId: assignment.principalId ?? '',
        principalType: assignment.principalType ?? '',
        roleId: (0,resource_id/* lastSegment */.mp)(assignment.roleDefinitionId ?? '').toLowerCase(),
        ...(assignment.condition && { condition: assignment.condition }),
    };
}

;// CONCATENATED MODULE: ./src/apply/role-assignments.ts



/**
 * Creates or updates the assignment; that it exists already, under whatever name, is success.
 * @throws the SDK's `RoleAssignmentExists` error while Azure says so but does not list it yet.
 */
async function assignRole({ clients, signal }, operation) {
    const { scope, principalId, role, registry } = operation;
    const place = placeOf(registry);
    const create = (name) => createRoleAssignment(clients, { ...operation, ...place, name, roleId: role.id }, signal);
    try {
        const { id } = await create(operation.name).catch((error) => {
            if (operation.operation === 'update-role-assignment' || !isNameTaken(error))
                throw error;
            return create(otherRoleAssignmentName(operation.name));
        });
        return { roleAssignmentId: id, changed: true };
    }
    catch (error) {
        const isThere = (0,errors/* azureCode */.Vy)(error) === 'RoleAssignmentExists';
        // Azure may have made it and failed to say so (Azure/AKS issue 3566); an update can't be told from what was there.
        const mayBeThere = operation.operation === 'create-role-assignment' && (0,errors/* isUncertain */.cp)(error);
        if (!isThere && !mayBeThere)
            throw error;
        const existing = isThere && error instanceof Error ? readExistingName(error.message) : undefined;
        if (existing)
            return { roleAssignmentId: roleAssignmentId(scope, existing), changed: false };
        // Older services do not name it, and it may be too new to be listed.
        const listed = await listOfPrincipal(clients, place, principalId, signal).catch((reason) => {
            throw mayBeThere ? error : reason;
        });
        const found = listed.find(assignment => isAssignmentOf(assignment, { scope, principalId, roleId: role.id }));
        if (!found)
            throw error;
        return { roleAssignmentId: found.id, changed: mayBeThere };
    }
}
/** Whether the name belongs to an assignment of another principal, role or scope (azure-cli issue 13368 has the second wording). */
function isNameTaken(error) {
    return (0,errors/* azureCode */.Vy)(error) === 'RoleAssignmentUpdateNotPermitted' || /hash conflict/i.test((0,errors/* azureMessage */.vy)(error));
}
/** Deletes the assignment; that it is gone already is success. */
async function deleteAssignment({ clients, signal }, { assignment, registry }) {
    try {
        const changed = await deleteRoleAssignment(clients, registry.subscriptionId, assignment.id, signal);
        return { roleAssignmentId: assignment.id, changed };
    }
    catch (error) {
        if (!(0,errors/* isNotFound */.c4)(error))
            throw error;
        return { roleAssignmentId: assignment.id, changed: false };
    }
}

;// CONCATENATED MODULE: ./src/apply/apply.ts







/**
 * Writes what is listed, side by side. One failure never stops the rest.
 * Never throws: what failed or was cancelled is an outcome too.
 */
async function apply(azure, operations, limits, progress) {
    const writing = (0,time/* withGrace */.pj)(azure);
    return Promise.all(operations.map(async (operation) => {
        const outcome = await write(azure, writing, operation, limits, progress);
        progress.onDone(outcome);
        return outcome;
    }));
}
async function write(azure, writing, operation, { clock, deadline }, progress) {
    let refusal;
    const look = () => perform(writing, operation).catch((error) => {
        if (isForeign(operation, azure) || !((0,errors/* heals */.yG)(error) || isMembershipPending(error)))
            throw error;
        refusal = error;
        return undefined;
    });
    const onPause = (pauseMs) => {
        progress.onWait(operation, explainWrite(refusal, operation, azure), pauseMs);
    };
    try {
        const written = await (0,time/* waitFor */.fm)(look, { clock, deadline, signal: azure.signal, onPause });
        if (!written)
            throw refusal;
        return { operation, ...written, finishedAt: clock.now() };
    }
    catch (thrown) {
        const wasUnderWay = (0,model_error/* isAbort */.rV)(thrown) && writing.signal.aborted;
        const error = wasUnderWay ? interrupted(thrown, operation) : explainWrite(thrown, operation, azure);
        return { operation, changed: false, finishedAt: clock.now(), error };
    }
}
/** Whether the identity is known to be of another tenant: waiting for the directory does not help then. */
function isForeign(operation, { tenantId }) {
    const identityTenant = 'target' in operation ? operation.target.tenantId : undefined;
    return identityTenant !== undefined && tenantId !== '' && !(0,resource_id/* sameId */.s)(identityTenant, tenantId);
}
function perform(azure, operation) {
    switch (operation.operation) {
        case 'create-role-assignment':
        case 'update-role-assignment':
            return assignRole(azure, operation);
        case 'delete-role-assignment':
            return deleteAssignment(azure, operation);
        case 'add-group-member':
            return joinGroup(azure, operation);
        case 'remove-group-member':
            return leaveGroup(azure, operation);
    }
}
const actions = {
    'create-role-assignment': 'Microsoft.Authorization/roleAssignments/write',
    'update-role-assignment': 'Microsoft.Authorization/roleAssignments/write',
    'delete-role-assignment': 'Microsoft.Authorization/roleAssignments/delete',
};
function explainWrite(error, operation, { caller }) {
    if ('groupId' in operation)
        return explainMembership(error, operation, caller);
    const { name, id } = operation.registry;
    return (0,errors/* explain */.WE)(error, {
        failure: (0,model_plan/* describeFailure */.Ic)(operation),
        subject: name,
        scope: id,
        notFound: 'REGISTRY_NOT_FOUND',
        action: actions[operation.operation],
        ...readAssigned(operation),
        caller,
    });
}
function readAssigned(operation) {
    if (operation.operation === 'delete-role-assignment') {
        const { role, assignment } = operation;
        return { assignment: { ...assignment, role } };
    }
    if (!('principalType' in operation))
        return {};
    const { role, principalType } = operation;
    return { assignment: { roleId: role.id, role: role.name, principalType } };
}
function interrupted(cause, operation) {
    const text = (0,model_plan/* describeOperation */.R8)(operation);
    const message = `The job was cancelled before Azure had answered: ${text} may be ${(0,model_plan/* describeEffect */.xU)(operation)} or not.`;
    const fix = 'Run the job again: it takes what is there and writes only what is missing.';
    return new model_error/* ActionError */.lZ('CANCELLED', message, { fix, cause });
}

// EXTERNAL MODULE: ./node_modules/@azure/arm-containerregistry/dist/esm/index.js + 33 modules
var dist_esm = __webpack_require__(69751);
;// CONCATENATED MODULE: ./src/services/arm/registries.ts


/** Reads one registry. */
async function getRegistry(clients, id, abortSignal) {
    return toRegistry(await clients.containerRegistry(id.subscriptionId).registries.get(id.resourceGroup, id.name, { abortSignal }));
}
/** Reads all registries of a subscription. */
async function listRegistries(clients, subscriptionId, abortSignal) {
    const registries = [];
    for await (const registry of clients.containerRegistry(subscriptionId).registries.list({ abortSignal }))
        registries.push(toRegistry(registry));
    return registries;
}
/**
 * Creates a registry and waits until Azure has done so.
 * @param signals for the write itself, and for the wait after it
 * @param onAccepted told when Azure has accepted it
 */
async function createRegistry(clients, { subscriptionId, resourceGroup, name }, { sku, location, roleAssignmentMode }, signals, onAccepted) {
    const parameters = {
        location,
        sku: { name: sku },
        roleAssignmentMode: roleAssignmentMode === 'ABAC' ? 'AbacRepositoryPermissions' : 'LegacyRegistryPermissions',
    };
    const { registries } = clients.containerRegistry(subscriptionId);
    const poller = registries.create(resourceGroup, name, parameters, { abortSignal: signals.writing });
    await poller.submitted();
    onAccepted();
    return toRegistry(await poller.pollUntilDone({ abortSignal: signals.waiting }));
}
function toRegistry(registry) {
    const id = registry.id ?? '';
    return {
        id,
        name: registry.name ?? '',
        subscriptionId: (0,resource_id/* parseResourceId */.RQ)(id)?.subscriptionId ?? '',
        loginServer: registry.loginServer ?? '',
        sku: registry.sku.name,
        // Absent in answers of older API versions, which know no other mode than LegacyRegistryPermissions.
        roleAssignmentMode: is(registry.roleAssignmentMode, 'AbacRepositoryPermissions') ? 'ABAC' : 'RBAC',
        adminUserEnabled: registry.adminUserEnabled ?? false,
        publicNetworkAccess: !is(registry.publicNetworkAccess, 'Disabled'),
        firewall: is(registry.networkRuleSet?.defaultAction, 'Deny'),
        armTokensAccepted: !is(registry.policies?.azureADAuthenticationAsArmPolicy?.status, 'disabled'),
        exists: true,
    };
}
/** Whether an answer has a value, in whatever letter case: Azure's services do not agree on theirs. */
function is(answer, value) {
    return answer?.toLowerCase() === value.toLowerCase();
}

;// CONCATENATED MODULE: ./src/services/arm/subscriptions.ts
/** The IDs of all enabled subscriptions that the caller can see. */
async function listSubscriptionIds(clients, abortSignal) {
    const subscriptions = await clients.resourceManager.list('/subscriptions?api-version=2022-12-01', abortSignal);
    return subscriptions.filter(({ state }) => state !== 'Disabled').map(({ subscriptionId }) => subscriptionId);
}
/** The region of a resource group. */
async function getResourceGroupLocation(clients, subscriptionId, resourceGroup, abortSignal) {
    const path = `/subscriptions/${subscriptionId}/resourcegroups/${encodeURIComponent(resourceGroup)}?api-version=2021-04-01`;
    return (await clients.resourceManager.get(path, abortSignal)).location;
}

;// CONCATENATED MODULE: ./src/apply/registries.ts







/** Creates registries side by side and waits until Azure has done so. Never throws: what failed or was cancelled is an outcome too. */
async function createRegistries(azure, operations, clock, progress) {
    return Promise.all(operations.map(async (operation) => {
        const end = await create(azure, operation, clock);
        progress.onDone(end.outcome);
        return end;
    }));
}
async function create(azure, operation, clock) {
    // Once Azure has accepted it, something was written, whatever comes of it.
    const written = { changed: false };
    const onAccepted = () => {
        written.changed = true;
    };
    const { signal: writing } = (0,time/* withGrace */.pj)(azure);
    try {
        const created = await registries_perform(azure, operation, writing, onAccepted);
        return { outcome: { operation, ...written, finishedAt: clock.now() }, created };
    }
    catch (thrown) {
        const wasUnderWay = (0,model_error/* isAbort */.rV)(thrown) && (written.changed || writing.aborted);
        const error = wasUnderWay
            ? registries_interrupted(thrown, operation, written)
            : explainCreation(thrown, operation, written, azure);
        return { outcome: { operation, ...written, finishedAt: clock.now(), error }, created: error };
    }
}
async function registries_perform({ clients, signal }, { registry, sku, location }, writing, onAccepted) {
    const id = (0,resource_id/* parseResourceId */.RQ)(registry.id);
    if (!id)
        throw new Error(`not a registry's resource ID: ${registry.id}`);
    const region = location || (await getResourceGroupLocation(clients, id.subscriptionId, id.resourceGroup, signal));
    const wanted = { sku, location: region, roleAssignmentMode: registry.roleAssignmentMode };
    return createRegistry(clients, id, wanted, { writing, waiting: signal }, onAccepted);
}
function explainCreation(thrown, operation, { changed }, { caller }) {
    const { id, name } = operation.registry;
    const error = (0,errors/* explain */.WE)(thrown, {
        failure: (0,model_plan/* describeFailure */.Ic)(operation),
        subject: name,
        scope: id.replace(/\/providers\/.*$/, ''),
        action: 'Microsoft.ContainerRegistry/registries/write',
        notFound: 'INVALID_INPUT',
        caller,
    });
    if (!changed || error.code !== 'UNEXPECTED')
        return error;
    // The reasons to give up later are Azure's own, and many.
    return new model_error/* ActionError */.lZ('AZURE_UNAVAILABLE', `${error.message} Azure had accepted it, and gave up later.`, {
        subject: name,
        fix: `Run the step again; if it stays so, what there is of it:\n  az acr show --name ${name} --subscription ${operation.registry.subscriptionId}`,
        ...(error.azure && { azure: error.azure }),
        cause: thrown,
    });
}
function registries_interrupted(cause, operation, { changed }) {
    const what = (0,model_plan/* describeOperation */.R8)(operation);
    return new model_error/* ActionError */.lZ('CANCELLED', changed
        ? `The job was cancelled while Azure created ${what}, which Azure goes on with.`
        : `The job was cancelled before Azure had answered: ${what} may be created or not.`, {
        fix: 'Run the job again: it takes what is there and writes only what is missing.',
        subject: operation.registry.name,
        cause,
    });
}

// EXTERNAL MODULE: ./src/model/run.ts
var run = __webpack_require__(56092);
// EXTERNAL MODULE: ./src/model/roles.ts
var model_roles = __webpack_require__(51584);
// EXTERNAL MODULE: ./node_modules/@azure/core-auth/dist/esm/index.js + 4 modules
var core_auth_dist_esm = __webpack_require__(98365);
;// CONCATENATED MODULE: ./src/services/arm/context.ts



/** The value, or the contract's error in its place; a cancelled job throws. */
async function attempt(work, what) {
    try {
        return await work;
    }
    catch (error) {
        if ((0,model_error/* isAbort */.rV)(error))
            throw error;
        return (0,errors/* explain */.WE)(error, what);
    }
}
/** How a request for a registry's assignments is explained when it fails. */
function readingAssignments(azure, { id, name }) {
    return {
        failure: `The role assignments at ${name} could not be read`,
        subject: name,
        scope: id,
        action: 'Microsoft.Authorization/roleAssignments/read',
        caller: azure.caller,
    };
}

;// CONCATENATED MODULE: ./src/model/registry.ts

/** The role that lets an identity pull and nothing else, which depends on what the registry honours. */
function pullRole({ roleAssignmentMode }) {
    return roleAssignmentMode === 'ABAC' ? model_roles/* builtInRoles */.xU.repositoryReader : model_roles/* builtInRoles */.xU.acrPull;
}

;// CONCATENATED MODULE: ./src/services/arm/role-definitions.ts



const builtIn = new Map(Object.values(model_roles/* builtInRoles */.xU).map(role => [role.id, role]));
/** The definition of a role by its GUID: without a request for the well-known ones, else asked for at the registry, where the caller may read. */
async function getRoleDefinition(clients, { scope, subscriptionId }, roleId, abortSignal) {
    const known = builtIn.get(roleId);
    if (known)
        return known;
    const { roleDefinitions } = clients.authorization(subscriptionId);
    return toRoleDefinition(await roleDefinitions.get(sdkScope(scope), roleId, { abortSignal }));
}
/** The definition of a role by its display name, in any letter case; undefined when there is none. */
async function findRoleDefinition(clients, { scope, subscriptionId }, roleName, abortSignal) {
    const known = [...builtIn.values()].find(({ name }) => name.toLowerCase() === roleName.toLowerCase());
    if (known)
        return known;
    const { roleDefinitions } = clients.authorization(subscriptionId);
    const filter = `roleName eq '${roleName.replaceAll("'", "''")}'`;
    for await (const role of roleDefinitions.list(sdkScope(scope), { filter, abortSignal })) {
        return toRoleDefinition(role);
    }
    return undefined;
}
function toRoleDefinition({ name = '', roleName = name, permissions = [] }) {
    return {
        id: name.toLowerCase(),
        name: roleName,
        permissions: permissions.map(({ actions = [], notActions = [], dataActions = [], notDataActions = [] }) => ({
            actions,
            notActions,
            dataActions,
            notDataActions,
        })),
    };
}

;// CONCATENATED MODULE: ./src/observe/roles.ts







/** The role that is wanted at a registry, or why it can't be: it must let its holder pull there. */
async function findRole(azure, registry, { role: reference, repositories, mode }) {
    const { name, roleAssignmentMode } = registry;
    const role = reference.kind === 'auto' ? pullRole(registry) : await readRole(azure, registry, reference);
    if (role instanceof model_error/* ActionError */.lZ)
        return role;
    if (repositories.length > 0 && roleAssignmentMode === 'RBAC') {
        return invalid(`${name} is in RBAC mode: its roles can't be limited to repositories.`, name, [
            'Leave repositories empty, or switch the registry to ABAC mode first:',
            `  az acr update --name ${name} --role-assignment-mode rbac-abac`,
        ]);
    }
    if (mode === 'detach' || (0,model_roles/* canPull */.iZ)(role, roleAssignmentMode))
        return role;
    return invalid(`${role.name} does not let anyone pull from ${name}, which is in ${roleAssignmentMode} mode.`, name, [
        `Use role: auto, which takes ${pullRole(registry).name} there.`,
    ]);
}
async function readRole(azure, registry, reference) {
    const { clients, signal, caller } = azure;
    const { name: registryName, subscriptionId } = registry;
    const asked = reference.kind === 'id' ? reference.id : reference.name;
    const reading = reference.kind === 'id'
        ? getRoleDefinition(clients, placeOf(registry), reference.id, signal).catch((error) => {
            if ((0,errors/* isNotFound */.c4)(error))
                return undefined;
            throw error;
        })
        : findRoleDefinition(clients, placeOf(registry), reference.name, signal);
    const role = await attempt(reading, {
        failure: `The role ${asked} could not be read`,
        subject: registryName,
        scope: registry.id,
        action: 'Microsoft.Authorization/roleDefinitions/read',
        caller,
    });
    return (role ??
        invalid(`There is no role ${asked} in subscription ${subscriptionId}.`, registryName, [
            'Check the spelling, or give the GUID. What there is:',
            `  az role definition list --subscription ${subscriptionId} --query "[].roleName" --output tsv`,
        ]));
}
function invalid(message, subject, fix) {
    return new model_error/* ActionError */.lZ('INVALID_INPUT', message, { subject, fix: fix.join('\n') });
}
/** A book that knows the wanted roles already, and what was read before. */
function createRoleBook({ clients, signal }, registries, definitions = new Map()) {
    const known = new Map(definitions);
    for (const lookup of registries)
        if ('found' in lookup)
            known.set(lookup.found.role.id, lookup.found.role);
    const notes = new Set();
    const requested = new Map();
    const request = async (roleId, registry) => {
        try {
            known.set(roleId, await getRoleDefinition(clients, placeOf(registry), roleId, signal));
        }
        catch (error) {
            if ((0,model_error/* isAbort */.rV)(error))
                throw error;
            // A role that was deleted lets nobody pull; that is no want of knowledge.
            if (!(0,errors/* isNotFound */.c4)(error))
                notes.add(unreadable(roleId, registry, error));
        }
    };
    const read = async (assignments, registry) => {
        const unknown = assignments.map(({ roleId }) => roleId).filter(roleId => !known.has(roleId));
        await Promise.all(unknown.map(roleId => {
            const reading = requested.get(roleId) ?? request(roleId, registry);
            requested.set(roleId, reading);
            return reading;
        }));
    };
    return {
        known,
        notes,
        read,
        async letPull(assignments, registry) {
            await read(assignments, registry);
            return assignments.some(({ roleId }) => {
                const role = known.get(roleId);
                return role !== undefined && (0,model_roles/* canPull */.iZ)(role, registry.roleAssignmentMode);
            });
        },
    };
}
function unreadable(roleId, { name }, error) {
    const why = (0,errors/* isForbidden */.US)(error) ? 'it may not be read' : error instanceof Error ? error.message : String(error);
    return `not known: what the role ${roleId} allows that is assigned at ${name} or above it, so it counts as one that does not pull (${why})`;
}

;// CONCATENATED MODULE: ./src/observe/inspect.ts









/**
 * Looks at who else holds pull roles at the registries of these pairs: a cluster's own identity in place of its kubelet identity, and
 * principals that are gone. It costs a long list a registry and up to two requests to Microsoft Entra, so it is meant for pairs that are not
 * as wanted, where it tells why.
 */
async function inspect(azure, observed, pairs, mode) {
    const registries = new Set(pairs.flatMap(({ registry }) => 'found' in registry && registry.found.registry.exists ? registry.found.registry : []));
    const book = createRoleBook(azure, observed.registries, observed.roles);
    const unread = [];
    const listed = await Promise.all([...registries].map(async (registry) => {
        const everyone = await listEveryone(azure, observed, registry);
        if (everyone instanceof model_error/* ActionError */.lZ) {
            unread.push(`not looked for at ${registry.name}: who else holds pull roles (${everyone.message})`);
            return [];
        }
        await book.read(everyone.filter(({ scope }) => (0,resource_id/* sameId */.s)(scope, registry.id)), registry);
        return everyone.flatMap((assignment) => {
            const role = book.known.get(assignment.roleId);
            if (!role || (0,model_roles/* mayMoreThanPull */.lF)(role) || !((0,model_roles/* canPull */.iZ)(role, 'RBAC') || (0,model_roles/* canPull */.iZ)(role, 'ABAC')))
                return [];
            return [{ assignment, role: role.name, registry, isHonoured: (0,model_roles/* canPull */.iZ)(role, registry.roleAssignmentMode) }];
        });
    }));
    const grants = listed.flat();
    const orphans = await findOrphans(azure, observed, grants);
    const wrong = mode === 'detach' ? [] : findWrongIdentities(pairs, grants);
    return { findings: [...wrong, ...orphans.findings], notes: [...unread, ...book.notes, ...orphans.notes] };
}
function listEveryone(azure, { everyone }, registry) {
    const known = everyone.get((0,resource_id/* normalizeId */.XB)(registry.id));
    if (known)
        return known;
    return attempt(listAtScope(azure.clients, placeOf(registry), azure.signal), readingAssignments(azure, registry));
}
/** Clusters whose own (control plane) identity was given the role that their kubelet identity lacks. */
function findWrongIdentities(pairs, grants) {
    return pairs.flatMap(({ target, registry, access }) => {
        if (access || 'error' in target || 'error' in registry)
            return [];
        const { controlPlaneObjectId, name, id, identity } = target.found;
        const grant = grants.find(({ assignment, registry: at, isHonoured }) => isHonoured &&
            controlPlaneObjectId !== undefined &&
            at === registry.found.registry &&
            (0,resource_id/* sameId */.s)(assignment.principalId, controlPlaneObjectId));
        if (!grant)
            return [];
        const message = `The cluster's own identity of ${name} holds ${grant.role} on ${registry.found.registry.name}, but nodes pull with the kubelet ` +
            `identity ${identity.name}, which does not.`;
        const fix = `Once the kubelet identity has it, the other grant can go:\n  az role assignment delete --ids ${grant.assignment.id}`;
        return [{ code: 'WRONG_IDENTITY_GRANTED', severity: 'warning', subject: id, message, fix }];
    });
}
/** Pull roles at the registries themselves whose principal the directory no longer knows. */
async function findOrphans(azure, { targets, group }, grants) {
    const alive = targets.flatMap(target => 'found' in target ? [target.found.identity.objectId, target.found.controlPlaneObjectId ?? ''] : []);
    if (group && !group.error)
        alive.push(group.id);
    const suspects = grants.filter(({ assignment, registry }) => (0,resource_id/* sameId */.s)(assignment.scope, registry.id) && !alive.some(objectId => (0,resource_id/* sameId */.s)(objectId, assignment.principalId)));
    if (suspects.length === 0)
        return { findings: [], notes: [] };
    try {
        const principals = [...new Set(suspects.map(({ assignment }) => assignment.principalId))];
        const existing = await findExisting(azure.clients, principals, azure.signal);
        const missing = suspects.filter(({ assignment }) => !existing.has((0,resource_id/* normalizeId */.XB)(assignment.principalId)));
        const gone = await Promise.all(missing.map(({ assignment }) => isGone(azure, assignment)));
        const unknown = gone.filter(answer => answer === undefined).length;
        return {
            findings: missing.filter((_, index) => gone[index]).map(toOrphan),
            notes: unknown > 0
                ? [`not known: whether the principals of ${unknown} pull roles are gone (Microsoft Graph may not be asked)`]
                : [],
        };
    }
    catch (error) {
        if ((0,model_error/* isAbort */.rV)(error))
            throw error;
        const why = (0,errors/* isForbidden */.US)(error) ? 'Microsoft Graph may not be asked' : 'Microsoft Graph could not be asked';
        return { findings: [], notes: [`not looked for: pull roles of principals that are gone (${why})`] };
    }
}
/** Undefined when it can't be known: what the caller may not read looks the same as what is gone, until it is asked for by itself. */
async function isGone({ clients, signal }, { principalType, principalId }) {
    try {
        await getObject(clients, principalType, principalId, signal);
        return false;
    }
    catch (error) {
        if ((0,model_error/* isAbort */.rV)(error))
            throw error;
        return (0,errors/* isNotFound */.c4)(error) ? true : undefined;
    }
}
function toOrphan({ assignment, role, registry }) {
    return {
        code: 'ORPHANED_ASSIGNMENT',
        severity: 'warning',
        subject: registry.id,
        message: `${role} on ${registry.name} is held by ${assignment.principalId}, which the directory no longer knows: the identity was deleted.`,
        fix: `az role assignment delete --ids ${assignment.id}`,
    };
}

// EXTERNAL MODULE: ./src/model/az-commands.ts
var az_commands = __webpack_require__(10673);
// EXTERNAL MODULE: ./src/model/manifest.ts
var manifest = __webpack_require__(89452);
;// CONCATENATED MODULE: ./src/observe/manifests.ts







/**
 * Looks whether each image of the manifests that lives in one of the registries exists there. Only a cancelled job throws.
 * @param nodesDecide whether nodes pull the images afterwards: then it does no harm that the runner can't read the registry
 */
async function checkManifests(azure, images, { registries }, nodesDecide) {
    const existing = registries.flatMap(lookup => 'found' in lookup && lookup.found.registry.exists ? lookup.found.registry : []);
    return Promise.all(findInRegistries(images, existing).map(async (check) => {
        const { image, registry, repository, reference } = check;
        try {
            await azure.content.read(registry.loginServer, repository, reference, azure.signal);
            return { ...check, status: 'present' };
        }
        catch (error) {
            if ((0,model_error/* isAbort */.rV)(error))
                throw error;
            if ((0,errors/* isNotFound */.c4)(error))
                return { ...check, status: 'missing', error: missing(check) };
            return {
                ...check,
                status: 'unknown',
                ...(!nodesDecide && { error: manifests_unreadable(azure, image, registry, error) }),
            };
        }
    }));
}
function missing({ image, registry: { name }, repository }) {
    return new model_error/* ActionError */.lZ('IMAGE_NOT_FOUND', `${image.text} does not exist. It is named in ${(0,manifest/* describePlace */.d)(image)}.`, {
        subject: name,
        fix: `Push or import it before the deployment, or correct the manifest. What the registry has:\n  az acr repository show-tags --name ${name} --repository ${repository} --output table`,
    });
}
function manifests_unreadable(azure, image, registry, error) {
    const { caller } = azure;
    const failure = `Whether ${image.text} exists could not be read: ${whyUnreadable(error, registry)}. It is named in ${(0,manifest/* describePlace */.d)(image)}.`;
    const command = (0,az_commands/* createRoleAssignmentCommand */.jX)({ ...caller, role: pullRole(registry).name, scope: registry.id });
    const fix = (0,errors/* isUnauthorized */.Tk)(error)
        ? `Give it the role, or set verify: pull, which lets the nodes tell:\n  ${command.replaceAll('\n', '\n  ')}`
        : 'Let the runner through to the registry, or set verify: pull, which lets the nodes tell:\n' +
            `  az acr network-rule list --name ${registry.name} --output table`;
    const code = (0,errors/* isUnauthorized */.Tk)(error) || (0,errors/* isForbidden */.US)(error) ? 'AUTHORIZATION_FAILED' : 'AZURE_UNAVAILABLE';
    return new model_error/* ActionError */.lZ(code, failure, { subject: registry.name, fix, cause: error });
}
/** The images of manifests that live in one of these registries, each once. */
function findInRegistries(images, registries) {
    const found = images.flatMap(image => {
        const host = image.text.split('/', 1)[0]?.toLowerCase();
        const registry = registries.find(({ loginServer }) => loginServer.toLowerCase() === host);
        if (!registry)
            return [];
        const { repository = '', tag = '', digest = '' } = (0,model_image/* parseImageSource */.AB)(image.text) ?? {};
        return [{ image, registry, repository, reference: digest || tag }];
    });
    return [...new Map([...found].reverse().map(each => [each.image.text, each])).values()].reverse();
}
/** That some images were left alone, if any were. */
function noteElsewhere(images, checked) {
    const count = new Set(images.map(({ text }) => text)).size;
    const others = count - checked.length;
    return others > 0
        ? [`${others} of ${count} images of the manifests live in other registries, and were not looked at`]
        : [];
}

;// CONCATENATED MODULE: ./src/model/observed.ts

/**
 * Whether Azure Resource Manager counts a pair's pull identity as a member of a group, itself or through nested ones: it lists what a member
 * holds through it. Undefined when the pair's role assignments tell nothing.
 */
function isCounted({ assignments, groupsKnown, groupAssignments, }, groupId) {
    if (assignments.some(({ principalId }) => (0,resource_id/* sameId */.s)(principalId, groupId)))
        return true;
    return groupsKnown && groupAssignments.length > 0 ? false : undefined;
}

;// CONCATENATED MODULE: ./src/observe/group.ts





/**
 * Who is in the wanted group. Azure Resource Manager counts what a member holds through it, which tells members without Microsoft Graph; but
 * it is behind with new ones. So Graph, which needs a permission of its own, is asked where someone is not counted.
 */
async function findGroup(azure, id, objectIds, pairs) {
    const counted = pairs.flatMap(({ target, ...pair }) => 'found' in target && isCounted(pair, id) ? (0,resource_id/* normalizeId */.XB)(target.found.identity.objectId) : []);
    if (objectIds.every(objectId => counted.includes((0,resource_id/* normalizeId */.XB)(objectId))))
        return { id, members: new Set(counted) };
    try {
        const listed = await listTransitiveMembers(azure.clients, id, azure.signal);
        return { id, members: new Set([...counted, ...listed.map(resource_id/* normalizeId */.XB)]) };
    }
    catch (error) {
        if ((0,model_error/* isAbort */.rV)(error))
            throw error;
        return { id, members: undefined, ...((0,errors/* isNotFound */.c4)(error) && { error: noGroup(id) }) };
    }
}
function noGroup(id) {
    return new model_error/* ActionError */.lZ('PRINCIPAL_NOT_FOUND', `There is no group ${id} in the tenant.`, {
        subject: id,
        fix: `Give the object ID of a security group:\n  az ad group show --group <name> --query id --output tsv`,
    });
}

;// CONCATENATED MODULE: ./src/model/memoize.ts
/** A function that makes the value of each key once, however often it is asked for. */
function memoize(make) {
    const known = new Map();
    return key => once(known, key, () => make(key));
}
/** The value that is known of a key, or the one that is made now and known from then on. */
function once(known, key, make) {
    const value = known.get(key) ?? make();
    known.set(key, value);
    return value;
}

;// CONCATENATED MODULE: ./src/services/arm/resource-graph.ts
const path = '/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01';
/** Finds registries by name or login server in every subscription that the caller can read, in one query. */
async function queryRegistries(clients, namesOrLoginServers, abortSignal) {
    // The inputs were checked to be letters, digits, dots and dashes: nothing in them ends a string literal.
    const conditions = namesOrLoginServers.map(text => text.includes('.') ? `tostring(properties.loginServer) =~ '${text}'` : `name =~ '${text}'`);
    const query = `resources | where type =~ 'microsoft.containerregistry/registries' and (${conditions.join(' or ')}) ` +
        '| project id, name, loginServer = tostring(properties.loginServer)';
    const found = [];
    let $skipToken;
    do {
        const options = { resultFormat: 'objectArray', ...($skipToken && { $skipToken }) };
        const result = await clients.resourceManager.post(path, { query, options }, abortSignal);
        found.push(...result.data.map(({ id, name, loginServer = '' }) => ({ id, name, loginServer })));
        $skipToken = result.$skipToken;
    } while ($skipToken);
    return found;
}

;// CONCATENATED MODULE: ./src/observe/lookup.ts


/** The only one of the resources that have the name; several are an error that lists them. */
function pickByName(asked, kind, called) {
    const [found, ...others] = called;
    if (found && others.length === 0)
        return { asked, found };
    const error = new model_error/* ActionError */.lZ('AMBIGUOUS_NAME', `${called.length} ${kind} are called ${asked}: ${called.map(({ id }) => id).join(', ')}.`, {
        subject: asked,
        fix: `Give one of these resource IDs instead of the name${kind === 'clusters' ? ', or resource-group' : ''}:\n${called.map(({ id }) => `  ${id}`).join('\n')}`,
    });
    return { asked, error };
}
/** How a list request is explained when it fails. */
function listing(azure, kind, subscriptionId, resourceGroup = '') {
    const scope = `/subscriptions/${subscriptionId}${resourceGroup && `/resourceGroups/${resourceGroup}`}`;
    return {
        failure: `The ${kind} of ${resourceGroup || `subscription ${subscriptionId}`} could not be listed`,
        subject: resourceGroup || subscriptionId,
        scope,
        action: kind === 'clusters'
            ? 'Microsoft.ContainerService/managedClusters/read'
            : 'Microsoft.ContainerRegistry/registries/read',
        notFound: kind === 'clusters' ? 'CLUSTER_NOT_FOUND' : 'REGISTRY_NOT_FOUND',
        caller: azure.caller,
    };
}
/** Without the second mention of a resource that was named in two ways. */
function distinct(lookups) {
    const seen = new Set();
    return lookups.filter(lookup => {
        if ('error' in lookup)
            return true;
        const id = (0,resource_id/* normalizeId */.XB)(lookup.found.id);
        return !seen.has(id) && seen.add(id);
    });
}

;// CONCATENATED MODULE: ./src/observe/registries.ts








/**
 * Finds every registry that was asked for, each once.
 * Names and login servers are looked up in the given subscription first, one request that answers with everything; what is not there is looked
 * for everywhere: Azure Resource Graph finds it, Azure Resource Manager decides. Where Resource Graph may not be asked, or is behind, all
 * subscriptions that the caller can see are listed.
 */
async function findRegistries(azure, inputs) {
    const list = memoize(subscriptionId => attempt(listRegistries(azure.clients, subscriptionId, azure.signal), listing(azure, 'registries', subscriptionId)));
    const lookups = await Promise.all(inputs.registries.map(reference => reference.kind === 'id' ? readRegistry(azure, reference, inputs) : findHere(reference, inputs, list)));
    const elsewhere = lookups.flatMap((lookup, index) => (lookup ? [] : (inputs.registries[index] ?? [])));
    const foundElsewhere = elsewhere.length > 0 ? await findElsewhere(azure, elsewhere, inputs.subscriptionId, list) : [];
    return distinct(lookups.flatMap(lookup => lookup ?? foundElsewhere.shift() ?? []));
}
/** Undefined when it is not in the given subscription, or none was given. */
async function findHere({ text, kind }, { subscriptionId }, list) {
    if (!subscriptionId)
        return undefined;
    const listed = await list(subscriptionId);
    if (!(listed instanceof model_error/* ActionError */.lZ))
        return pick(text, kind, listed);
    // Who may not list the subscription may still see the registry.
    return listed.code === 'AUTHORIZATION_FAILED' ? undefined : { asked: text, error: listed };
}
async function findElsewhere(azure, references, searched, list) {
    const indexed = await queryRegistries(azure.clients, references.map(({ text }) => text), azure.signal).catch((error) => {
        if ((0,model_error/* isAbort */.rV)(error))
            throw error;
        return []; // denied or unavailable: the subscriptions are listed instead
    });
    const read = memoize(async (id) => {
        const parsed = (0,resource_id/* parseResourceId */.RQ)(id);
        const registry = parsed && (await attempt(getRegistry(azure.clients, parsed, azure.signal), reading(azure, parsed)));
        return registry instanceof model_error/* ActionError */.lZ ? undefined : registry;
    });
    return Promise.all(references.map(async ({ text, kind }) => {
        const ids = indexed.filter(registry => isCalled(registry, text, kind)).map(({ id }) => id);
        const registries = (await Promise.all(ids.map(read))).filter(registry => registry !== undefined);
        return pick(text, kind, registries) ?? (await findByListing(azure, { text, kind }, searched, list));
    }));
}
async function findByListing(azure, { text, kind }, searched, list) {
    const visible = await attempt(listSubscriptionIds(azure.clients, azure.signal), listing(azure, 'registries', searched));
    const subscriptions = visible instanceof model_error/* ActionError */.lZ ? [] : visible.filter(id => !(0,resource_id/* sameId */.s)(id, searched));
    const lists = await Promise.all(subscriptions.map(list));
    const found = pick(text, kind, lists.flatMap(listed => (listed instanceof model_error/* ActionError */.lZ ? [] : listed)));
    // Not to be found is known only where every list was read; what may not be listed is as good as not there.
    const unread = [visible, ...lists].find(isFailure);
    return (found ?? {
        asked: text,
        error: unread ?? notFound(text, searched ? [searched, ...subscriptions] : subscriptions),
    });
}
function isFailure(listed) {
    return listed instanceof model_error/* ActionError */.lZ && listed.code !== 'AUTHORIZATION_FAILED';
}
function notFound(asked, subscriptions) {
    const where = subscriptions.length === 1
        ? `subscription ${subscriptions[0] ?? ''}`
        : `any of the ${subscriptions.length} subscriptions that the signed-in identity can see${subscriptions.length <= 5 ? ` (${subscriptions.join(', ')})` : ''}`;
    const list = subscriptions.map(id => `\n  ${id}`).join('');
    return new model_error/* ActionError */.lZ('REGISTRY_NOT_FOUND', `The registry ${asked} is not in ${where}, or the signed-in identity may not see it.`, {
        subject: asked,
        fix: `Check the spelling, or give the resource ID:\n  az acr show --name ${asked.split('.')[0] ?? ''} --query id --output tsv\nSearched:${list || ' nothing, for no subscription can be seen'}`,
    });
}
function pick(text, kind, registries) {
    const called = registries.filter(registry => isCalled(registry, text, kind));
    return called.length > 0 ? pickByName(text, 'registries', called) : undefined;
}
function isCalled({ name, loginServer }, text, kind) {
    return (kind === 'name' ? name : loginServer).toLowerCase() === text.toLowerCase();
}
async function readRegistry(azure, { text: asked, id }, inputs) {
    const found = await attempt(getRegistry(azure.clients, id, azure.signal), reading(azure, id));
    if (!(found instanceof model_error/* ActionError */.lZ))
        return { asked, found };
    const { createRegistry: creation, mode } = inputs;
    if (found.code !== 'REGISTRY_NOT_FOUND' || !creation || mode === 'detach')
        return { asked, error: found };
    return { asked, found: planned(id, creation.sku, inputs.repositories.length > 0 ? 'ABAC' : 'RBAC') };
}
/** A registry that does not exist yet, as it will be created: in the mode that can do what is wanted, whatever Azure's default is by then. */
function planned(id, sku, roleAssignmentMode) {
    return {
        id: (0,resource_id/* formatResourceId */.bM)(id),
        name: id.name,
        subscriptionId: id.subscriptionId,
        loginServer: '',
        sku,
        roleAssignmentMode,
        adminUserEnabled: false,
        publicNetworkAccess: true,
        firewall: false,
        armTokensAccepted: true,
        exists: false,
    };
}
function reading(azure, id) {
    return {
        failure: `The registry ${id.name} could not be read`,
        subject: id.name,
        scope: (0,resource_id/* formatResourceId */.bM)(id),
        action: 'Microsoft.ContainerRegistry/registries/read',
        notFound: 'REGISTRY_NOT_FOUND',
        caller: azure.caller,
    };
}

;// CONCATENATED MODULE: ./src/observe/images.ts







/** Reads, for every image and registry, what the source is and what the registry has: one request each, side by side. */
async function observeImages(azure, registries, inputs) {
    const find = createFinder(azure, registries, inputs);
    const observed = await Promise.all(inputs.images.map(async (request) => {
        const reading = registries.map(registry => readPresent(azure, request, registry));
        const [found, present] = await Promise.all([findSource(azure, request, find), Promise.all(reading)]);
        return registries.map((registry, index) => compose(request, registry, found, present[index] ?? 'no'));
    }));
    return observed.flat();
}
function compose(request, registry, { sourceRegistry, resolved }, read) {
    const name = (0,model_image/* formatImageSource */.Sp)(request.source);
    const notes = [];
    if (resolved.kind === 'unknown')
        notes.push(`${name} could not be resolved to a digest beforehand: ${resolved.why}`);
    const found = { request, registry, ...(sourceRegistry && { sourceRegistry }), ...digestOf(resolved), notes };
    const details = { subject: request.text, fix: model_image/* fixes */.Su.missing };
    const missing = new model_error/* ActionError */.lZ('IMAGE_NOT_FOUND', `The image ${name} does not exist.`, details);
    const error = resolved.kind === 'missing' && { error: missing };
    if (read === 'no')
        return { ...found, present: 'no', ...error };
    if ('why' in read) {
        notes.push(describeUnreadable({ request, registry }, read.why));
        return { ...found, present: 'unknown', ...error };
    }
    // What was imported once stays good when its source is deleted.
    if (error)
        notes.push(`${name} does not exist any more; what is in the registry stays`);
    return { ...found, present: read };
}
function digestOf(resolved) {
    return resolved.kind === 'found' ? { sourceDigest: resolved.digest } : {};
}
async function readPresent({ content, signal }, { repository, tag, source }, registry) {
    if (!registry.exists)
        return 'no';
    try {
        return await content.read(registry.loginServer, repository, tag || source.digest, signal);
    }
    catch (error) {
        if ((0,model_error/* isAbort */.rV)(error))
            throw error;
        if ((0,errors/* isNotFound */.c4)(error))
            return 'no';
        return { why: whyUnreadable(error, registry) };
    }
}
/** The source's registry and its digest: by Azure's data plane where the signed-in identity sees the registry, else by the distribution protocol. */
async function findSource(azure, { source }, find) {
    const sourceRegistry = await find(source);
    const found = sourceRegistry && { sourceRegistry };
    if (source.digest)
        return { ...found, resolved: { kind: 'found', digest: source.digest } };
    if (!sourceRegistry) {
        if (source.host)
            return { resolved: await azure.sources.resolve(source, azure.signal) };
        return { resolved: { kind: 'unknown', why: 'the signed-in identity may not see its registry' } };
    }
    try {
        const { digest } = await azure.content.read(sourceRegistry.loginServer, source.repository, source.tag, azure.signal);
        return { ...found, resolved: { kind: 'found', digest } };
    }
    catch (error) {
        if ((0,model_error/* isAbort */.rV)(error))
            throw error;
        const why = whyUnreadable(error, sourceRegistry);
        return { ...found, resolved: (0,errors/* isNotFound */.c4)(error) ? { kind: 'missing' } : { kind: 'unknown', why } };
    }
}
/** Each registry is looked up once, however many images come from it. */
function createFinder(azure, registries, inputs) {
    const asked = new Map();
    const lookUp = (reference) => once(asked, reference.text, () => findOne(azure, reference, inputs));
    return async ({ host, registryId }) => {
        if (registryId) {
            const id = (0,resource_id/* formatResourceId */.bM)(registryId);
            return registries.find(registry => (0,resource_id/* sameId */.s)(registry.id, id)) ?? lookUp({ kind: 'id', text: id, id: registryId });
        }
        // With credentials of its own, it is asked and imported from as the registry of any other maker.
        if (!host.endsWith(inputs.cloud.registrySuffix) || host === inputs.sourceCredentials?.host)
            return undefined;
        return registries.find(({ loginServer }) => loginServer === host) ?? lookUp({ kind: 'login-server', text: host });
    };
}
/** Undefined when the caller can't see it. */
async function findOne(azure, reference, inputs) {
    const [lookup] = await findRegistries(azure, { ...inputs, registries: [reference] });
    return lookup && 'found' in lookup && lookup.found.exists ? lookup.found : undefined;
}

// EXTERNAL MODULE: ./node_modules/@azure/arm-containerservice/dist/esm/index.js + 39 modules
var arm_containerservice_dist_esm = __webpack_require__(77744);
;// CONCATENATED MODULE: ./src/services/arm/clusters.ts

/** Reads one cluster. */
async function getCluster(clients, id, abortSignal) {
    return toCluster(await clients.containerService(id.subscriptionId).managedClusters.get(id.resourceGroup, id.name, { abortSignal }));
}
/** Reads all clusters of a resource group or, when that is empty, of the subscription. */
async function listClusters(clients, subscriptionId, resourceGroup, abortSignal) {
    const { managedClusters } = clients.containerService(subscriptionId);
    const pages = resourceGroup
        ? managedClusters.listByResourceGroup(resourceGroup, { abortSignal })
        : managedClusters.list({ abortSignal });
    const clusters = [];
    for await (const cluster of pages)
        clusters.push(toCluster(cluster));
    return clusters;
}
function toCluster(cluster) {
    const { resourceId, clientId, objectId } = cluster.identityProfile?.kubeletidentity ?? {};
    // Managed identity clusters say "msi" where others have an application ID.
    const servicePrincipal = cluster.servicePrincipalProfile?.clientId;
    const hasManagedIdentity = cluster.identity?.type !== undefined && cluster.identity.type !== 'None';
    const usesServicePrincipal = servicePrincipal && servicePrincipal.toLowerCase() !== 'msi' && !hasManagedIdentity;
    const [userAssigned] = Object.values(cluster.identity?.userAssignedIdentities ?? {});
    const controlPlane = cluster.identity?.principalId ?? userAssigned?.principalId;
    return {
        id: cluster.id ?? '',
        name: cluster.name ?? '',
        location: cluster.location,
        provisioningState: cluster.provisioningState ?? '',
        powerState: cluster.powerState?.code ?? '',
        ...(objectId && { kubeletIdentity: { resourceId: resourceId ?? '', clientId: clientId ?? '', objectId } }),
        ...(cluster.identity?.tenantId && { tenantId: cluster.identity.tenantId }),
        ...(controlPlane && { controlPlaneObjectId: controlPlane }),
        ...(usesServicePrincipal && { servicePrincipalClientId: servicePrincipal }),
        access: toAccess(cluster),
    };
}
function toAccess({ apiServerAccessProfile, aadProfile, agentPoolProfiles = [] }) {
    return {
        isPrivate: apiServerAccessProfile?.enablePrivateCluster ?? false,
        runCommandDisabled: apiServerAccessProfile?.disableRunCommand ?? false,
        // Azure/azure-cli `acs/custom.py`: only clusters with managed Entra integration want a token for Run Command.
        usesEntra: aadProfile?.managed ?? false,
        pools: agentPoolProfiles.map(({ name, osType, count }) => ({ name, os: osType ?? 'Linux', count: count ?? 0 })),
    };
}

;// CONCATENATED MODULE: ./src/services/arm/identities.ts

/** Reads one user-assigned identity. */
async function getIdentity(clients, id, abortSignal) {
    const { name, location, properties, ...rest } = await clients.resourceManager.get(`${(0,resource_id/* formatResourceId */.bM)(id)}?api-version=2023-01-31`, abortSignal);
    return {
        id: rest.id,
        name,
        location,
        objectId: properties.principalId,
        clientId: properties.clientId,
        tenantId: properties.tenantId,
    };
}

;// CONCATENATED MODULE: ./src/observe/targets.ts










/** Finds every target that was asked for, each once, with the identity that its nodes pull with. */
async function findTargets(azure, inputs) {
    const [clusters, identities] = await Promise.all([
        findClusters(azure, inputs),
        Promise.all(inputs.kubeletIdentities.map(reference => readIdentity(azure, reference))),
    ]);
    return [...clusters, ...distinct(identities)];
}
async function findClusters(azure, { clusters, subscriptionId }) {
    const list = memoize(resourceGroup => attempt(listClusters(azure.clients, subscriptionId, resourceGroup, azure.signal), listing(azure, 'clusters', subscriptionId, resourceGroup)));
    const lookups = await Promise.all(clusters.map(reference => findCluster(azure, reference, subscriptionId, list)));
    return Promise.all(distinct(lookups.flat()).map(async (lookup) => 'error' in lookup ? lookup : toTarget(azure, lookup.asked, lookup.found)));
}
async function findCluster(azure, reference, subscriptionId, list) {
    const asked = reference.text;
    if (reference.kind === 'id')
        return [await readCluster(azure, asked, reference.id)];
    const { resourceGroup } = reference;
    if (reference.kind === 'name' && resourceGroup) {
        const type = 'Microsoft.ContainerService/managedClusters';
        return [await readCluster(azure, asked, { subscriptionId, resourceGroup, type, name: reference.text })];
    }
    const listed = await list(resourceGroup);
    if (listed instanceof model_error/* ActionError */.lZ)
        return [{ asked, error: listed }];
    if (reference.kind === 'all' && listed.length > 0)
        return listed.map(found => ({ asked: found.id, found }));
    const called = listed.filter(({ name }) => name.toLowerCase() === asked.toLowerCase());
    if (called.length > 0)
        return [pickByName(asked, 'clusters', called)];
    const where = resourceGroup ? `resource group ${resourceGroup}` : `subscription ${subscriptionId}`;
    const what = reference.kind === 'all' ? 'There is no cluster in' : `The cluster ${asked} is not in`;
    const error = new model_error/* ActionError */.lZ('CLUSTER_NOT_FOUND', `${what} ${where}, or the signed-in identity may not see it.`, {
        subject: asked === '*' ? where : asked,
        fix: `Check the spelling, subscription-id and resource-group. What there is:\n  az aks list --subscription ${subscriptionId} --query "[].id" --output tsv`,
    });
    return [{ asked, error }];
}
async function readCluster(azure, asked, id) {
    const found = await attempt(getCluster(azure.clients, id, azure.signal), {
        failure: `The cluster ${id.name} could not be read`,
        subject: id.name,
        scope: (0,resource_id/* formatResourceId */.bM)(id),
        action: 'Microsoft.ContainerService/managedClusters/read',
        notFound: 'CLUSTER_NOT_FOUND',
        caller: azure.caller,
    });
    return found instanceof model_error/* ActionError */.lZ ? { asked, error: found } : { asked, found };
}
async function toTarget(azure, asked, cluster) {
    const { id, name, location, provisioningState, powerState, controlPlaneObjectId, tenantId, access } = cluster;
    const identity = await findPullIdentity(azure, cluster);
    if (identity instanceof model_error/* ActionError */.lZ)
        return { asked, error: identity };
    const found = {
        kind: 'cluster',
        id,
        name,
        location,
        state: provisioningState === 'Succeeded' ? powerState : provisioningState,
        isStopped: powerState.toLowerCase() === 'stopped',
        identity,
        access,
        ...(tenantId && { tenantId }),
        ...(controlPlaneObjectId && { controlPlaneObjectId }),
    };
    return { asked, found };
}
async function findPullIdentity(azure, cluster) {
    const { id, name, provisioningState, kubeletIdentity, servicePrincipalClientId: clientId } = cluster;
    if (kubeletIdentity) {
        const { objectId, clientId, resourceId } = kubeletIdentity;
        return { objectId, clientId, name: (0,resource_id/* lastSegment */.mp)(resourceId) };
    }
    if (clientId)
        return findClusterServicePrincipal(azure, cluster, clientId);
    return new model_error/* ActionError */.lZ('NO_KUBELET_IDENTITY', `${name} has no kubelet identity (provisioning state: ${provisioningState || 'unknown'}).`, {
        subject: name,
        fix: 'A cluster gets it while it is created. Wait until that is done, or repair a creation that failed:\n' +
            `  ${(0,az_commands/* aksCommand */.$o)('wait', id, '--created')}\n  ${(0,az_commands/* aksCommand */.$o)('update', id)}\n` +
            'To give access before a cluster exists, create its identity first and name it in kubelet-identity.',
    });
}
/** Clusters of old use an application: role assignments want the object ID of its service principal, which only Microsoft Graph knows. */
async function findClusterServicePrincipal(azure, { name, id }, clientId) {
    const failure = `The service principal ${clientId}, with which ${name} pulls, could not be looked up`;
    try {
        const objectId = await findServicePrincipal(azure.clients, clientId, azure.signal);
        if (objectId)
            return { objectId, clientId, name: `service principal …${clientId.slice(-4)}` };
        return new model_error/* ActionError */.lZ('IDENTITY_NOT_FOUND', `${failure}: the tenant has no service principal of that application.`, {
            subject: name,
            fix: `The cluster can't pull either. Give it a new one, or managed identities:\n  ${(0,az_commands/* aksCommand */.$o)('update', id, '--enable-managed-identity')}`,
        });
    }
    catch (error) {
        if ((0,model_error/* isAbort */.rV)(error))
            throw error;
        return explainGraph(error, {
            failure,
            subject: name,
            caller: azure.caller,
            refused: 'AUTHORIZATION_FAILED',
            needs: 'the application permission Application.Read.All',
            command: `az ad sp show --id ${clientId} --query id --output tsv`,
        });
    }
}
async function readIdentity(azure, { text: asked, id }) {
    const found = await attempt(getIdentity(azure.clients, id, azure.signal), {
        failure: `The user-assigned identity ${id.name} could not be read`,
        subject: id.name,
        scope: (0,resource_id/* formatResourceId */.bM)(id),
        action: 'Microsoft.ManagedIdentity/userAssignedIdentities/read',
        notFound: 'IDENTITY_NOT_FOUND',
        caller: azure.caller,
    });
    if (found instanceof model_error/* ActionError */.lZ)
        return { asked, error: found };
    const { id: identityId, name, location, objectId, clientId, tenantId } = found;
    return {
        asked,
        found: {
            kind: 'kubelet-identity',
            id: identityId,
            name,
            location,
            state: '',
            isStopped: false,
            tenantId,
            identity: { objectId, clientId, name },
        },
    };
}

;// CONCATENATED MODULE: ./src/observe/observe.ts










/**
 * Reads how Azure is now: targets and registries side by side, then what the pull identities hold at each registry.
 * What can't be found or read is kept as its pairs' error; only a cancelled job throws.
 */
async function observe(azure, inputs) {
    const [targets, registries] = await Promise.all([findTargets(azure, inputs), findRegistriesWithRole(azure, inputs)]);
    return observePairs(azure, targets, registries, inputs);
}
/** Everything as it is once registries were created. */
async function observeAgain(azure, { targets, registries }, ends, inputs) {
    const now = async (lookup) => {
        const end = ends.find(({ outcome }) => 'found' in lookup && outcome.operation.registry === lookup.found.registry);
        return end ? withRole(azure, lookup.asked, end.created, inputs) : lookup;
    };
    return observePairs(azure, targets, await Promise.all(registries.map(now)), inputs);
}
async function withRole(azure, asked, registry, inputs) {
    if (registry instanceof model_error/* ActionError */.lZ)
        return { asked, error: registry };
    const role = await findRole(azure, registry, inputs);
    return role instanceof model_error/* ActionError */.lZ ? { asked, error: role } : { asked, found: { registry, role } };
}
/** Reads what the pull identities hold at each registry, and which images are there. */
async function observePairs(azure, targets, registries, inputs) {
    const objectIds = distinctIds(targets.flatMap(target => ('found' in target ? target.found.identity.objectId : [])));
    const found = registries.flatMap(lookup => ('found' in lookup ? lookup.found.registry : []));
    const [lists, images] = await Promise.all([
        Promise.all(registries.map(registry => listAt(azure, registry, objectIds, inputs.group))),
        inputs.mode === 'detach' ? [] : observeImages(azure, found, inputs),
    ]);
    const roles = createRoleBook(azure, registries);
    const how = { roles, withGroups: inputs.mode === 'detach' || inputs.group !== '' };
    const pairs = await Promise.all(targets.flatMap(target => registries.map((registry, index) => observePair(azure, target, registry, lists[index], how))));
    const group = inputs.group ? await findGroup(azure, inputs.group, objectIds, pairs) : undefined;
    const everyone = keepComplete(registries, lists);
    return {
        targets,
        registries,
        pairs,
        everyone,
        roles: roles.known,
        images,
        notes: [...roles.notes],
        ...(group && { group }),
    };
}
async function findRegistriesWithRole(azure, inputs) {
    const registries = await findRegistries(azure, inputs);
    return Promise.all(registries.map(async (lookup) => ('error' in lookup ? lookup : withRole(azure, lookup.asked, lookup.found, inputs))));
}
/**
 * Lists assignments once a registry, not once a pair.
 *
 * For one pull identity `assignedTo` is asked, although it has to wait for the cluster's answer: with 300 inherited assignments the plain
 * list is two hundred times the size, and it can't tell who is in a group. For several, the plain list costs one request instead of one
 * each, and groups are asked about only where they matter. `npm run bench` measures both.
 */
async function listAt(azure, lookup, objectIds, group) {
    const [only, ...more] = objectIds;
    if ('error' in lookup || !lookup.found.registry.exists || !only) {
        return { assignments: [], ofGroup: [], isEveryones: false };
    }
    const { registry } = lookup.found;
    const place = placeOf(registry);
    const { clients, signal } = azure;
    const reading = async () => {
        if (more.length > 0) {
            const assignments = await listAtScope(clients, place, signal);
            return {
                assignments,
                ofGroup: assignments.filter(({ principalId }) => (0,resource_id/* sameId */.s)(principalId, group)),
                isEveryones: true,
            };
        }
        const [assignments, ofGroup] = await Promise.all([
            listAssignedTo(clients, place, only, signal),
            group ? listOfPrincipal(clients, place, group, signal) : [],
        ]);
        // The group's list goes below the registry too.
        return { assignments, ofGroup: ofGroup.filter(({ scope }) => isAtOrAbove(scope, registry.id)), isEveryones: false };
    };
    return attempt(reading(), readingAssignments(azure, registry));
}
async function observePair(azure, target, registry, list, how) {
    const pair = { target, registry, assignments: [], groupsKnown: false, groupAssignments: [] };
    if ('error' in target || 'error' in registry || !list)
        return pair;
    if (list instanceof model_error/* ActionError */.lZ)
        return { ...pair, error: list };
    const held = await selectHeld(azure, target.found, registry.found.registry, list, how);
    if (held instanceof model_error/* ActionError */.lZ)
        return { ...pair, error: held };
    await how.roles.read([...held.assignments, ...list.ofGroup], registry.found.registry);
    return { ...pair, ...held, groupAssignments: list.ofGroup };
}
/**
 * Of what was listed at a registry: what the target's pull identity holds, itself or through a group. Groups are asked about only where they
 * matter: where the identity has no access of its own, or all of it is wanted.
 */
async function selectHeld(azure, { identity: { objectId } }, registry, { assignments, isEveryones }, { roles, withGroups }) {
    if (!isEveryones)
        return { assignments, groupsKnown: true };
    const own = assignments.filter(({ principalId }) => (0,resource_id/* sameId */.s)(principalId, objectId));
    if (!withGroups && (await roles.letPull(own, registry)))
        return { assignments: own, groupsKnown: false };
    if (!(await roles.letPull(assignments.filter(mayBeGroup), registry)))
        return { assignments: own, groupsKnown: false };
    const reading = listAssignedTo(azure.clients, placeOf(registry), objectId, azure.signal);
    const held = await attempt(reading, readingAssignments(azure, registry));
    return held instanceof model_error/* ActionError */.lZ ? held : { assignments: held, groupsKnown: true };
}
function keepComplete(registries, lists) {
    const everyone = new Map();
    registries.forEach((lookup, index) => {
        const list = lists[index];
        if ('found' in lookup && list && !(list instanceof model_error/* ActionError */.lZ) && list.isEveryones) {
            everyone.set((0,resource_id/* normalizeId */.XB)(lookup.found.registry.id), list.assignments);
        }
    });
    return everyone;
}
/** Group, ForeignGroup, or not told. */
function mayBeGroup({ principalType }) {
    return principalType === '' || /group$/i.test(principalType);
}
function isAtOrAbove(scope, resourceId) {
    const [above, below] = [(0,resource_id/* normalizeId */.XB)(scope), (0,resource_id/* normalizeId */.XB)(resourceId)];
    // Management groups contain subscriptions, which an ID does not tell: Azure lists only those that do.
    return below === above || below.startsWith(`${above}/`) || !above.startsWith('/subscriptions/');
}
function distinctIds(ids) {
    return [...new Set(ids.map(resource_id/* normalizeId */.XB))];
}

;// CONCATENATED MODULE: ./src/plan/findings.ts




/** What is worth knowing of what was observed, each thing once. */
function findFindings({ targets, registries, roles }, pairs, wish) {
    const inPairs = pairs.flatMap(pair => {
        if ('error' in pair.target || 'error' in pair.registry || pair.error)
            return [];
        const subject = { pair, target: pair.target.found, registry: pair.registry.found.registry, roles };
        return wish.mode === 'detach'
            ? findResidual(subject, wish)
            : [...findRoles(subject), ...findGroupLatency(subject, wish)];
    });
    const ofResources = wish.mode === 'detach'
        ? []
        : [
            ...targets.flatMap(target => ('found' in target ? findStopped(target.found) : [])),
            ...registries.flatMap(lookup => ('found' in lookup ? findRegistrySettings(lookup.found.registry) : [])),
        ];
    return distinctFindings([...inPairs, ...ofResources]);
}
function distinctFindings(findings) {
    const byKey = new Map(findings.map(finding => [`${finding.code} ${(0,resource_id/* normalizeId */.XB)(finding.subject)} ${finding.message}`, finding]));
    return [...byKey.values()];
}
function findStopped({ id, name, isStopped }) {
    if (!isStopped)
        return [];
    const message = `${name} is stopped: it can be given access, but nothing can pull until it runs.`;
    return [{ code: 'CLUSTER_STOPPED', severity: 'warning', subject: id, message, fix: (0,az_commands/* aksCommand */.$o)('start', id) }];
}
function findRegistrySettings(registry) {
    const { id: subject, name, exists } = registry;
    if (!exists)
        return [];
    const findings = [];
    const add = (code, message, fix) => {
        findings.push({ code, severity: 'warning', subject, message, fix });
    };
    if (!registry.publicNetworkAccess) {
        add('PUBLIC_ACCESS_DISABLED', `${name} is reached through private endpoints only: a role alone does not let a cluster pull that has no way to one.`, `az acr private-endpoint-connection list --registry-name ${name} --output table`);
    }
    else if (registry.firewall) {
        add('FIREWALL', `${name} lets in listed addresses only: the clusters' outbound addresses must be among them.`, `az acr network-rule list --name ${name} --output table`);
    }
    if (!registry.armTokensAccepted) {
        add('ARM_AUDIENCE_DISABLED', `${name} accepts no tokens for Azure Resource Manager: kubelets of current clusters use the registry's own, older tools such as az aks check-acr fail.`, `az acr config authentication-as-arm show --registry ${name}`);
    }
    if (registry.adminUserEnabled) {
        add('ADMIN_USER_ENABLED', `${name} has its admin user enabled: one shared password that pulls and pushes everything, which no cluster with a pull role needs.`, `az acr update --name ${name} --admin-enabled false`);
    }
    return findings;
}
/** Roles of the pull identity that do more than they should, or nothing at all. */
function findRoles({ pair, target, registry, roles }) {
    const wanted = 'found' in pair.registry ? pair.registry.found.role : pullRole(registry);
    return pair.assignments.flatMap((assignment) => {
        const role = roles.get(assignment.roleId);
        if (!role || role.id === wanted.id)
            return [];
        const holder = (0,resource_id/* sameId */.s)(assignment.principalId, target.identity.objectId)
            ? `${target.identity.name}, with which ${target.name} pulls,`
            : `The group ${assignment.principalId}, through which ${target.name} pulls,`;
        const held = `${holder} holds ${role.name} at ${assignment.scope}`;
        const remove = `If nothing else needs it:\n  az role assignment delete --ids ${assignment.id}`;
        const finding = { severity: 'warning', fix: remove };
        if ((0,model_roles/* canPull */.iZ)(role, registry.roleAssignmentMode)) {
            if (!(0,model_roles/* mayMoreThanPull */.lF)(role))
                return [];
            const message = `${held}: every pod on the nodes can use it, and pulling from ${registry.name} needs only ${wanted.name}.`;
            return [{ ...finding, code: 'EXCESS_ROLE', subject: target.id, message }];
        }
        if (registry.roleAssignmentMode !== 'ABAC' || !(0,model_roles/* canPull */.iZ)(role, 'RBAC'))
            return [];
        const message = `${held}, but ${registry.name} is in ABAC mode, which does not honour it for pulling; ${wanted.name} takes its place.`;
        return [{ ...finding, code: 'ROLE_IGNORED_BY_ABAC', subject: registry.id, message }];
    });
}
function findGroupLatency({ pair: { access }, target }, { group }) {
    const through = group || (access?.grantedBy === 'group' ? access.assignment.principalId : '');
    if (!through)
        return [];
    return [
        {
            code: 'GROUP_LATENCY',
            severity: 'warning',
            subject: target.id,
            message: `${target.name} ${group && access?.grantedBy !== 'group' ? 'is to pull' : 'pulls'} through the group ${through}: after a change of its ` +
                'members a node can be refused for hours, up to a day, for as long as its token lasts; nothing can renew it earlier.',
            fix: 'A role assigned to the pull identity itself works within minutes: leave group empty. For a new cluster, create its kubelet ' +
                'identity and make it a member (input kubelet-identity) a day before.',
        },
    ];
}
/** Access through the group that was to be left, of pull identities that are in it through another group only and therefore stay. */
function findNestedResidual({ roles }, pairs, outcomes, wish) {
    const stayed = new Set(outcomes.flatMap(({ operation, changed, error }) => (changed || error ? [] : operation)));
    const findings = pairs.flatMap(pair => {
        const leave = pair.operations.find(({ operation }) => operation === 'remove-group-member');
        if (!leave || !stayed.has(leave) || 'error' in pair.target || 'error' in pair.registry)
            return [];
        const assignments = pair.assignments.filter(({ principalId }) => (0,resource_id/* sameId */.s)(principalId, wish.group));
        const subject = { target: pair.target.found, registry: pair.registry.found.registry, roles };
        return findResidual({ ...subject, pair: { ...pair, assignments, operations: [] } }, wish);
    });
    return distinctFindings(findings);
}
/** What still lets the target pull once everything planned is gone. */
function findResidual({ pair, target, registry, roles }, { group }) {
    const gone = new Set(pair.operations.flatMap(operation => operation.operation === 'delete-role-assignment' ? (0,resource_id/* normalizeId */.XB)(operation.assignment.id) : []));
    const leaves = pair.operations.some(({ operation }) => operation === 'remove-group-member');
    return pair.assignments.flatMap((assignment) => {
        const role = roles.get(assignment.roleId);
        const isGone = gone.has((0,resource_id/* normalizeId */.XB)(assignment.id)) || (leaves && (0,resource_id/* sameId */.s)(assignment.principalId, group));
        if (!role || isGone || !(0,model_roles/* canPull */.iZ)(role, registry.roleAssignmentMode))
            return [];
        return [
            {
                code: 'RESIDUAL_ACCESS',
                severity: 'warning',
                subject: target.id,
                message: `${target.name} can still pull from ${registry.name}: ${describeHold(assignment, role, target)} at ${assignment.scope}.`,
                fix: `This step deletes only pull roles assigned at the registry itself. If this one is to go:\n  az role assignment delete --ids ${assignment.id}`,
            },
        ];
    });
}
function describeHold({ principalId }, role, target) {
    const own = (0,resource_id/* sameId */.s)(principalId, target.identity.objectId);
    return own ? `${target.identity.name} holds ${role.name}` : `the group ${(0,resource_id/* lastSegment */.mp)(principalId)} holds ${role.name}`;
}

;// CONCATENATED MODULE: ./src/plan/access.ts



const ranks = ['direct', 'inherited', 'group', 'broader-role'];
/** The best of the assignments that let the target pull all that is wanted; null when there is none. */
function findAccess(target, registry, assignments, { roles, wanted }) {
    const found = assignments.flatMap((assignment) => {
        const role = roles.get(assignment.roleId);
        if (!role || !(0,model_roles/* canPull */.iZ)(role, registry.roleAssignmentMode) || !coversAll(assignment, wanted))
            return [];
        const grantedBy = classify(target, registry, assignment, role.id === wanted.role.id ? null : role);
        return [{ grantedBy, assignment, role: role.name }];
    });
    return found.sort((a, b) => ranks.indexOf(a.grantedBy) - ranks.indexOf(b.grantedBy))[0] ?? null;
}
/** @param otherRole the assignment's role, when it is not the wanted one */
function classify(target, registry, assignment, otherRole) {
    if (otherRole && (0,model_roles/* mayMoreThanPull */.lF)(otherRole))
        return 'broader-role';
    if (!(0,resource_id/* sameId */.s)(assignment.principalId, target.identity.objectId))
        return 'group';
    return (0,resource_id/* sameId */.s)(assignment.scope, registry.id) ? 'direct' : 'inherited';
}

;// CONCATENATED MODULE: ./src/plan/images.ts

/** Decides what each image needs. Pure. */
function planImage(image, { forceImport }) {
    const { error, present, sourceDigest, request } = image;
    if (error)
        return { kind: 'failed' };
    // Whichever pause image is there will do.
    if (request.isProbe && typeof present === 'object')
        return { kind: 'present' };
    if (present === 'no') {
        const reason = request.isProbe ? 'not in the registry, for probe pods to pull' : 'not in the registry';
        return { kind: 'import', force: false, reason };
    }
    if (present === 'unknown') {
        return { kind: 'import', force: forceImport, reason: 'whether it is in the registry could not be read' };
    }
    if (sourceDigest === undefined) {
        return forceImport
            ? { kind: 'import', force: true, reason: 'the source could not be compared, and force-import is set' }
            : { kind: 'present' };
    }
    if (present.digest === sourceDigest)
        return { kind: 'present' };
    const reason = `${(0,model_image/* nameOf */.Vb)(request)} is ${present.digest}, and ${request.text} is ${sourceDigest}`;
    return forceImport ? { kind: 'import', force: true, reason } : { kind: 'conflict', reason };
}

;// CONCATENATED MODULE: ./src/plan/plan.ts










/**
 * What is to be written so that what is wanted becomes true, and nothing else; and what is worth knowing. Pure: no clock, no network.
 * For `check` it is the same as for `attach`: what attach would write is the drift.
 */
function makePlan(observed, wish) {
    const making = startMaking(observed, wish);
    const pairs = observed.pairs.map(pair => planPair(pair, making));
    const operations = [...new Set(pairs.flatMap(pair => pair.operations))];
    const images = observed.images.map(image => ({ image, plan: planImage(image, wish) }));
    return { pairs, operations, images, findings: findFindings(observed, pairs, wish), notes: [...making.notes] };
}
/** The plan anew, once the registries that it creates are there or have failed, with their creation kept in it. */
function planAfterCreation(before, observed, wish) {
    const plan = makePlan(observed, wish);
    const pairs = plan.pairs.map((pair, index) => ({
        ...pair,
        operations: [...(before.pairs[index]?.operations.filter(model_plan/* isCreation */._u) ?? []), ...pair.operations],
    }));
    return { ...plan, pairs, operations: [...new Set(pairs.flatMap(pair => pair.operations))] };
}
/** The plan with a direct assignment for each pair whose group did not take effect in time; everything else stays as it was. */
function planDirectly(plan, late, observed, wish) {
    const making = startMaking(observed, wish);
    const pairs = plan.pairs.map(pair => {
        const context = late.includes(pair) && contextOf(pair, making);
        if (!context)
            return pair;
        return { ...pair, operations: [...pair.operations, planDirect(context, 'the group did not take effect in time')] };
    });
    return { ...plan, pairs, operations: [...new Set(pairs.flatMap(pair => pair.operations))] };
}
function startMaking(observed, wish) {
    return { observed, wish, share: createSharing(), notes: new Set() };
}
/** Operations that serve several pairs, such as a group's one role assignment, are made once. */
function createSharing() {
    const made = new Map();
    return (key, make) => {
        const operation = made.get(key) ?? make();
        made.set(key, operation);
        return operation;
    };
}
function planPair(pair, making) {
    const { observed, wish } = making;
    const idle = { ...pair, access: null, operations: [] };
    const context = contextOf(pair, making);
    if (pair.error || !context)
        return idle;
    if (observed.group?.error)
        return { ...idle, error: observed.group.error };
    const { target, registry, wanted } = context;
    const access = findAccess(target, registry, pair.assignments, { roles: observed.roles, wanted });
    try {
        const operations = wish.mode === 'detach' ? planDetach(context) : planAttach(context, access);
        return { ...pair, access, operations };
    }
    catch (error) {
        if (error instanceof model_error/* ActionError */.lZ)
            return { ...idle, access, error };
        throw error;
    }
}
/** Undefined for a pair of which something was not found. */
function contextOf(pair, making) {
    if ('error' in pair.target || 'error' in pair.registry)
        return undefined;
    const { registry, role } = pair.registry.found;
    return {
        ...making,
        pair,
        target: pair.target.found,
        registry,
        wanted: { role, repositories: making.wish.repositories },
    };
}
function planAttach(context, access) {
    const { registry, wish, share } = context;
    const creation = registry.exists
        ? []
        : [share(`create ${registry.id}`, () => plan_createRegistry(registry, wish))];
    if (wish.group)
        return [...creation, ...planGroup(context)];
    if (access && access.grantedBy !== 'broader-role')
        return [];
    const reason = access
        ? `pulls only through ${access.role}, which may do more; taking that away must not break it`
        : reasonFor(context.pair.assignments, context);
    return [...creation, planDirect(context, reason)];
}
function planDirect(context, reason) {
    const { pair, target, registry, share } = context;
    const principalId = target.identity.objectId;
    const principal = { principalId, principalType: 'ServicePrincipal' };
    // Clusters may share their kubelet identity.
    return share(`assign ${(0,resource_id/* normalizeId */.XB)(registry.id)} ${(0,resource_id/* normalizeId */.XB)(principalId)}`, () => plan_assign(context, principal, pair.assignments, reason));
}
/** The group holds the role and the pull identity is a member, whatever else the identity holds. */
function planGroup(context) {
    const { pair, target, registry, wanted, observed, wish, share, notes } = context;
    const { group: groupId } = wish;
    const operations = [];
    const held = pair.groupAssignments.some(assignment => assignment.roleId === wanted.role.id && coversAll(assignment, wanted));
    if (!held) {
        const principal = { principalId: groupId, principalType: 'Group' };
        const reason = 'the group has no pull role at the registry or above it';
        operations.push(share(`assign ${(0,resource_id/* normalizeId */.XB)(registry.id)} ${groupId}`, () => plan_assign(context, principal, pair.groupAssignments, reason)));
    }
    const member = isMember(pair, target, observed);
    // What can't be known is no drift; attach asks for it all the same, for being a member already is success.
    if (member === undefined && wish.mode === 'check') {
        notes.add(`not known: whether ${target.name} is in group ${groupId}, for Microsoft Graph may not be asked`);
    }
    else if (member !== true) {
        const reason = member === false ? 'the pull identity is not in the group' : 'it is not known to be in the group';
        operations.push(share(`join ${(0,resource_id/* normalizeId */.XB)(target.id)}`, () => ({ operation: 'add-group-member', target, groupId, reason })));
    }
    return operations;
}
/** Undefined when it is not known. */
function isMember(pair, { identity }, { group }) {
    if (!group)
        return false;
    const counted = isCounted(pair, group.id);
    return counted === true || (group.members?.has((0,resource_id/* normalizeId */.XB)(identity.objectId)) ?? counted);
}
function plan_createRegistry(registry, { createRegistry: creation }) {
    return {
        operation: 'create-registry',
        registry,
        sku: registry.sku,
        location: creation?.location ?? '',
        reason: 'the registry does not exist',
    };
}
function reasonFor(assignments, { registry, wanted, observed }) {
    const pulling = assignments.filter(({ roleId }) => {
        const role = observed.roles.get(roleId);
        return role && (0,model_roles/* canPull */.iZ)(role, registry.roleAssignmentMode);
    });
    if (pulling.length === 0)
        return 'no pull role at the registry or above it';
    return wanted.repositories.length > 0
        ? 'what it holds does not reach all of the repositories'
        : 'what it holds is limited by a condition, which is taken away';
}
/** A new assignment or, where the same role is there with a narrower condition, that one with a wider condition: Azure allows one of each. */
function plan_assign({ target, registry, wanted: { role, repositories } }, principal, held, reason) {
    const { principalId } = principal;
    const key = { scope: registry.id, principalId, roleId: role.id };
    const narrower = held.find(assignment => isAssignmentOf(assignment, key));
    const allowed = narrower?.condition === undefined ? [] : readRepositoryCondition(narrower.condition);
    if (allowed === undefined && repositories.length > 0)
        throw unreadableCondition(registry, narrower);
    const reached = [...new Set([...(allowed ?? []), ...repositories])];
    return {
        operation: narrower ? 'update-role-assignment' : 'create-role-assignment',
        target,
        registry,
        scope: registry.id,
        ...principal,
        role: { id: role.id, name: role.name },
        name: narrower ? (0,resource_id/* lastSegment */.mp)(narrower.id) : roleAssignmentName(registry.id, principalId, role.id),
        ...(repositories.length > 0 && { condition: repositoryCondition(reached) }),
        reason,
    };
}
function unreadableCondition({ name }, assignment) {
    const id = assignment?.id ?? '';
    return new model_error/* ActionError */.lZ('INVALID_INPUT', `The input repositories can't be added to the role assignment on ${name}: its condition is not one of repository names and prefixes alone.`, {
        subject: name,
        fix: `Change the condition by hand, or delete the assignment and run the step again:\n  az role assignment delete --ids ${id}`,
    });
}
/** Exactly the pull roles that the pull identity itself holds at the registry itself. */
function planDetach({ pair, target, registry, wanted, observed, wish, share }) {
    const operations = pair.assignments.flatMap((assignment) => {
        const isDirect = (0,resource_id/* sameId */.s)(assignment.scope, registry.id) && (0,resource_id/* sameId */.s)(assignment.principalId, target.identity.objectId);
        if (!isDirect || !isPullRole(assignment, wanted, observed.roles))
            return [];
        const role = observed.roles.get(assignment.roleId)?.name ?? assignment.roleId;
        const reason = 'a pull role assigned at the registry itself';
        return [
            share(`delete ${(0,resource_id/* normalizeId */.XB)(assignment.id)}`, () => ({
                operation: 'delete-role-assignment',
                target,
                registry,
                assignment,
                role,
                reason,
            })),
        ];
    });
    const { group: groupId } = wish;
    if (groupId && isMember(pair, target, observed) !== false) {
        const reason = 'the pull identity is, or may be, in the group';
        operations.push(share(`leave ${(0,resource_id/* normalizeId */.XB)(target.id)}`, () => ({ operation: 'remove-group-member', target, groupId, reason })));
    }
    return operations;
}
/** Whether a role is there for pulling: the wanted one, or one that allows nothing else, in whichever mode it counts. */
function isPullRole({ roleId }, { role: wantedRole }, roles) {
    const role = roles.get(roleId);
    if (!role)
        return false;
    return role.id === wantedRole.id || (!(0,model_roles/* mayMoreThanPull */.lF)(role) && ((0,model_roles/* canPull */.iZ)(role, 'RBAC') || (0,model_roles/* canPull */.iZ)(role, 'ABAC')));
}

// EXTERNAL MODULE: ./src/report/conclude.ts
var conclude = __webpack_require__(74505);
// EXTERNAL MODULE: ./src/report/drift-issue/marker.ts
var marker = __webpack_require__(89724);
// EXTERNAL MODULE: ./src/report/drift.ts
var drift = __webpack_require__(18101);
// EXTERNAL MODULE: ./src/report/narration.ts
var narration = __webpack_require__(37808);
// EXTERNAL MODULE: ./src/report/progress.ts
var report_progress = __webpack_require__(18991);
// EXTERNAL MODULE: ./src/report/report-json.ts
var report_json = __webpack_require__(97901);
// EXTERNAL MODULE: ./src/report/report.ts + 2 modules
var report = __webpack_require__(6424);
// EXTERNAL MODULE: ./node_modules/@azure/arm-authorization/dist/index.js
var dist = __webpack_require__(71043);
// EXTERNAL MODULE: ./node_modules/@azure-rest/core-client/dist/esm/index.js + 6 modules
var core_client_dist_esm = __webpack_require__(26255);
;// CONCATENATED MODULE: ./src/services/arm/rest.ts


/** @param endpoint without a trailing slash; also what the token is for */
function createRestClient(credential, endpoint, options) {
    const client = (0,core_client_dist_esm/* getClient */.KU)(endpoint, credential, {
        ...options,
        credentials: { scopes: [`${endpoint}/.default`] },
    });
    const send = async (method, path, abortSignal, body) => {
        const resource = client.pathUnchecked(path);
        const response = await resource[method]({ abortSignal, skipUrlEncoding: true, ...(body !== undefined && { body }) });
        if (!response.status.startsWith('2'))
            throw (0,core_client_dist_esm/* createRestError */.t$)(response);
        return response.body;
    };
    return {
        endpoint,
        get: async (path, abortSignal) => (await send('get', path, abortSignal)),
        post: async (path, body, abortSignal) => (await send('post', path, abortSignal, body)),
        delete: async (path, abortSignal) => {
            await send('delete', path, abortSignal);
        },
        list: async (path, abortSignal) => {
            const items = [];
            for (let next = path; next;) {
                const page = (await send('get', next, abortSignal));
                items.push(...page.value);
                next = page.nextLink ?? page['@odata.nextLink'];
            }
            return items;
        },
    };
}

;// CONCATENATED MODULE: ./src/services/arm/clients.ts








/**
 * Endpoint and token scope are always given: left to itself, arm-containerservice asks for a public-cloud token in every cloud
 * (arm-containerservice 25.3.0, `containerServiceContext.js`).
 */
function createClients(credential, cloud, { limit, observer }) {
    const scopes = [resourceManagerScope(cloud)];
    const common = clientOptions(observer);
    // A request keeps its place while it waits for its turn.
    const perCall = [limit, createTurnTaking()].map(policy => ({ policy, position: 'perCall' }));
    common.additionalPolicies.push(...perCall);
    const forRegistries = {
        ...common,
        additionalPolicies: [...common.additionalPolicies, { policy: importStatusPolicy, position: 'perCall' }],
    };
    const options = { ...common, endpoint: cloud.resourceManager, credentials: { scopes } };
    const forAuthorization = { ...options, $host: cloud.resourceManager, credentialScopes: scopes };
    return {
        authorization: memoize(id => new dist/* AuthorizationManagementClient */.IK(credential, id, forAuthorization)),
        containerService: memoize(id => new arm_containerservice_dist_esm/* ContainerServiceClient */.u(credential, id, options)),
        containerRegistry: memoize(id => new dist_esm/* ContainerRegistryManagementClient */.PG(credential, id, { ...options, ...forRegistries })),
        resourceManager: createRestClient(credential, cloud.resourceManager, common),
        graph: createRestClient(credential, cloud.graph, common),
    };
}
/** The scope of an Azure Resource Manager token. */
function resourceManagerScope(cloud) {
    return `${cloud.resourceManager}/.default`;
}

// EXTERNAL MODULE: ./node_modules/@azure/identity/dist/esm/index.js + 155 modules
var identity_dist_esm = __webpack_require__(23952);
// EXTERNAL MODULE: ./node_modules/jose/dist/webapi/util/decode_jwt.js + 4 modules
var decode_jwt = __webpack_require__(49937);
// EXTERNAL MODULE: ./src/services/runner/id-token.ts
var id_token = __webpack_require__(12570);
// EXTERNAL MODULE: ./src/services/runner/secrets.ts
var secrets = __webpack_require__(9370);
// EXTERNAL MODULE: ./src/services/proxy.ts
var proxy = __webpack_require__(33460);
;// CONCATENATED MODULE: ./src/services/entra/errors.ts



/** What Entra's codes mean here and what to do (learn.microsoft.com/entra/identity-platform/reference-error-codes). */
const explanations = {
    700016: {
        reason: 'the tenant has no application with that client-id',
        fix: ({ clientId }) => `Check client-id and tenant-id. In the right tenant this finds it:\n  az ad sp show --id ${clientId}`,
    },
    700024: {
        reason: "the ID token's time range does not include now",
        fix: () => "Check the clock of the runner; GitHub's ID tokens live about five minutes.",
    },
    700027: {
        reason: "the signature of the ID token could not be verified with its issuer's keys",
        fix: () => "The issuer's keys must be reachable from the internet; a GitHub Enterprise Server needs its OIDC discovery document exposed.",
    },
    700223: {
        reason: 'the tenant does not allow workload identity federation for this application',
        fix: () => 'Ask an administrator of the tenant to allow the issuer in its app management policy.',
    },
    90002: {
        reason: 'there is no such tenant in this cloud',
        fix: () => 'Check tenant-id, and environment if the tenant is in a national cloud. The tenant of the signed-in user:\n  az account show --query tenantId --output tsv',
    },
    900023: {
        reason: 'the tenant-id is not a valid one',
        fix: () => 'The tenant of the signed-in user:\n  az account show --query tenantId --output tsv',
    },
    500011: {
        reason: 'the tenant does not know the resource that a token was asked for',
        fix: () => 'Check that environment names the cloud of the tenant.',
    },
    53003: {
        reason: 'a Conditional Access policy blocks it',
        fix: () => 'Ask an administrator of the tenant to let this workload identity sign in from the addresses of the runners.',
    },
};
// No federated credential fits: 70021 is the older code for all, 70025 is that there is none at all, then issuer, audience, subject.
const mismatchCodes = ['70021', '70025', '700211', '700212', '700213'];
/** The contract's error for a refused or failed sign-in. `presented` is what the ID token claimed; the token itself is never shown. */
function explainSignIn(thrown, auth, presented, answer) {
    if ((0,model_error/* isAbort */.rV)(thrown))
        return (0,model_error/* cancelled */.KW)(thrown);
    const text = thrown instanceof Error ? thrown.message : String(thrown);
    const { status, failure } = answer;
    const code = /AADSTS(\d+)/.exec(text)?.[1] ?? answer.code;
    const correlationId = /Correlation ID: ([0-9a-f-]{36})/i.exec(text)?.[1];
    const message = firstSentences(text);
    const azure = {
        message,
        ...(status !== undefined && { status }),
        ...(code && { code: `AADSTS${code}` }),
        ...(correlationId && { correlationId }),
    };
    const details = { subject: auth.clientId, cause: thrown, azure };
    if (code && mismatchCodes.includes(code)) {
        const refused = `Microsoft Entra refuses the ID token of this job: no federated credential of ${auth.clientId} fits it.`;
        return new model_error/* ActionError */.lZ('FEDERATED_CREDENTIAL_MISMATCH', refused, { ...details, fix: fixMismatch(auth, presented) });
    }
    if (status === 429) {
        return new model_error/* ActionError */.lZ('THROTTLED', 'Microsoft Entra asked to slow down for longer than the retries last.', {
            ...details,
            fix: 'Run the step again in some minutes, and fewer of them at once.',
        });
    }
    const isRefusal = status !== undefined && status >= 400 && status < 500 && (answer.isEntras === true || code !== undefined);
    if (!isRefusal) {
        const what = status === undefined ? (failure ?? message) : `It answered with HTTP ${status}. ${message}`;
        return new model_error/* ActionError */.lZ('AZURE_UNAVAILABLE', `Microsoft Entra could not be asked for a token. ${what}`, {
            ...details,
            fix: `Check that the runner reaches Microsoft Entra (${(0,proxy/* describeWay */.x)()}) and https://azure.status.microsoft, then run the step again.`,
        });
    }
    const known = code ? explanations[code] : undefined;
    const reason = (known?.reason ?? message).replace(/\.$/, '');
    const lookUp = code
        ? `What Microsoft Entra means by it: https://login.microsoftonline.com/error?code=${code}`
        : 'Check client-id, tenant-id and environment.';
    return new model_error/* ActionError */.lZ('SIGN_IN_FAILED', `Signing in as ${auth.clientId} to tenant ${auth.tenantId} failed: ${reason}.`, {
        ...details,
        fix: known?.fix(auth) ?? lookUp,
    });
}
/** The contract's error for a failed sign-in through the Azure CLI or a managed identity. */
function explainOtherSignIn(thrown, { type }) {
    if ((0,model_error/* isAbort */.rV)(thrown))
        return (0,model_error/* cancelled */.KW)(thrown);
    const message = firstSentences(thrown instanceof Error ? thrown.message : String(thrown));
    const [how, fix] = type === 'azure-cli'
        ? [
            'through the Azure CLI',
            'Add azure/login before this step, in the same job. Who is signed in:\n  az account show',
        ]
        : [
            'as a managed identity',
            'The runner must be on Azure and have the identity: a system-assigned one, or the user-assigned one that client-id names.' +
                // learn.microsoft.com/azure/virtual-machines/instance-metadata-service: requests with a proxy in between are not supported.
                ((0,proxy/* readProxy */.n)() &&
                    `\nIts token comes from 169.254.169.254, which is only reached without a proxy, and the runner uses ${(0,proxy/* readProxy */.n)()}: add 169.254.169.254 to NO_PROXY.`),
        ];
    return new model_error/* ActionError */.lZ('SIGN_IN_FAILED', `Signing in ${how} failed. ${message}`, {
        cause: thrown,
        fix,
    });
}
function fixMismatch(auth, presented) {
    const commands = (0,az_commands/* createFederatedCredentialCommands */.c1)({ clientId: auth.clientId, ...presented });
    // Immutable subjects carry the owner's and the repository's ID: repo:OWNER@ID/REPOSITORY@ID:… (GitHub changelog 2026-04-23).
    const immutable = /^repo:[^:/]+@\d+\/[^:]+@\d+:/.test(presented.subject);
    return [
        'The token says:',
        `  issuer    ${presented.issuer}`,
        `  subject   ${presented.subject}`,
        `  audience  ${presented.audience}`,
        immutable
            ? "This repository uses immutable subjects (with IDs): a credential for 'repo:owner/name:…' without IDs does not fit it."
            : "The subject changes with branch, tag, pull request and environment, and once the repository uses immutable subjects ('repo:owner@id/name@id:…').",
        'All three must be equal to the letter. The credential that fits, for an app registration:',
        commands.app.replace(/^/gm, '  '),
        'or, where client-id is of a user-assigned managed identity:',
        commands.identity.replace(/^/gm, '  '),
        'A credential that was just created can take some minutes to work.',
    ].join('\n');
}
/** Entra's own words, without the trace that follows them. */
function firstSentences(text) {
    const description = /AADSTS\d+: .*/s.exec(text)?.[0] ?? text;
    return description
        .replace(/\s+Trace ID:.*/s, '')
        .replace(/\s+/g, ' ')
        .trim()
        .slice(0, 500);
}

;// CONCATENATED MODULE: ./src/services/entra/sign-in.ts










/**
 * Signs in to Microsoft Entra ID and gets the first Azure Resource Manager token.
 * @throws ActionError `OIDC_UNAVAILABLE`, `FEDERATED_CREDENTIAL_MISMATCH`, `SIGN_IN_FAILED`, `AZURE_UNAVAILABLE`.
 */
async function signIn(auth, cloud, observer, signal) {
    const options = { ...clientOptions(observer), authorityHost: cloud.authorityHost };
    let subject = '';
    const credential = cacheTokens(async (scopes, tokenOptions) => {
        if (auth.type !== 'oidc')
            return getTokenAs(auth, options, signal, scopes, tokenOptions);
        // One credential a request: the SDK asks for the assertion twice a request and again on its cache hits (identity 4.13.1), and an
        // ID token is soon too old to be presented again.
        const idToken = await (0,time/* abortable */.ZC)(auth.takeIdToken(), signal);
        const presented = (0,id_token/* readIdTokenClaims */.i)(idToken);
        subject ||= presented.subject;
        const watch = watchEntra();
        const entra = new identity_dist_esm/* ClientAssertionCredential */.XI(auth.tenantId, auth.clientId, () => Promise.resolve(idToken), {
            ...options,
            additionalPolicies: [...options.additionalPolicies, { policy: watch.policy, position: 'perRetry' }],
        });
        // MSAL takes no signal.
        return (0,time/* abortable */.ZC)(entra.getToken(scopes, tokenOptions), signal).catch((error) => {
            throw explainSignIn(error, auth, presented, watch.answer());
        });
    });
    const { token } = await credential.getToken(resourceManagerScope(cloud), { enableCae: true, abortSignal: signal });
    // Only for people: a token is for the one it was issued to, and may be anything else than a JWT.
    const claims = readClaims(token);
    const name = claims.app_displayname ?? claims.upn ?? claims.appid ?? claims.oid ?? ('clientId' in auth ? auth.clientId : '');
    const by = {
        oidc: ['GitHub OIDC', subject].filter(Boolean).join(', '),
        'azure-cli': 'Azure CLI',
        'managed-identity': 'managed identity',
    };
    return {
        credential,
        caller: { objectId: claims.oid ?? '', name, type: claims.upn ? 'User' : 'ServicePrincipal' },
        tenantId: claims.tid ?? ('tenantId' in auth ? auth.tenantId : ''),
        by: by[auth.type],
    };
}
/** A token of a sign-in that does not need GitHub. */
async function getTokenAs(auth, options, signal, scopes, tokenOptions) {
    const identity = 'clientId' in auth && auth.clientId ? { ...options, clientId: auth.clientId } : options;
    const credential = auth.type === 'azure-cli'
        ? new identity_dist_esm/* AzureCliCredential */.nG(auth.tenantId ? { tenantId: auth.tenantId } : {})
        : new identity_dist_esm/* ManagedIdentityCredential */.NC(identity);
    try {
        // Neither the Azure CLI nor the metadata service is asked with the signal.
        return await (0,time/* abortable */.ZC)(credential.getToken(scopes, tokenOptions), signal);
    }
    catch (error) {
        throw explainOtherSignIn(error, auth);
    }
}
function readClaims(token) {
    try {
        return (0,decode_jwt/* decodeJwt */.i)(token);
    }
    catch {
        return {};
    }
}
/** Keeps what Entra last answered, for the error that tells of it. */
function watchEntra() {
    let answer = {};
    const policy = {
        name: 'attachAcrEntraAnswer',
        async sendRequest(request, next) {
            try {
                const response = await next(request);
                const text = response.bodyAsText ?? '';
                const [, code] = /"error_codes"\s*:\s*\[\s*(\d+)/.exec(text) ?? [];
                const isEntras = /^\s*\{.*"error"\s*:/s.test(text);
                answer = { status: response.status, isEntras, ...(code && { code }) };
                return response;
            }
            catch (error) {
                answer = { failure: error instanceof Error ? error.message : String(error) };
                throw error;
            }
        },
    };
    return { policy, answer: () => answer };
}
/** Keeps each scope's token until shortly before it expires, and lets requests that come meanwhile share one sign-in. */
function cacheTokens(getToken) {
    const tokens = new Map();
    const request = async (key, scopes, options) => {
        try {
            const token = await getToken(scopes, options);
            (0,secrets/* mask */.d)(token.token);
            return token;
        }
        catch (error) {
            tokens.delete(key);
            throw error;
        }
    };
    return {
        async getToken(scopes, options = {}) {
            const key = String(scopes);
            const current = tokens.get(key);
            const known = await current;
            // The SDK renews a token two minutes before its end; a claims challenge (`options.claims`) means that the known one was revoked.
            if (known && known.expiresOnTimestamp - Date.now() > 120_000 && options.claims === undefined)
                return known;
            const renewal = tokens.get(key);
            if (renewal && renewal !== current)
                return renewal; // asked for by another request meanwhile
            const requested = request(key, scopes, options);
            tokens.set(key, requested);
            return requested;
        },
    };
}

// EXTERNAL MODULE: ./node_modules/@azure/container-registry/dist/esm/index.js + 28 modules
var container_registry_dist_esm = __webpack_require__(829);
;// CONCATENATED MODULE: ./src/services/registry/content.ts





/** The same in all clouds (azure-cli, cloud-provider-azure), and the only one where a registry accepts no tokens for Azure Resource Manager. */
const registryAudience = 'https://containerregistry.azure.net';
/** The data plane of every registry, for the signed-in identity. A read and the tokens for it take one place of the limit. */
function createRegistryContent(credential, options, limit) {
    const clientOf = memoize(loginServer => {
        const additionalPolicies = [
            ...options.additionalPolicies,
            { policy: createTokenKeeper(), position: 'perRetry' },
        ];
        const clientOptions = { ...options, additionalPolicies, audience: registryAudience };
        return new container_registry_dist_esm/* ContainerRegistryClient */.Aj(`https://${loginServer}`, credential, clientOptions);
    });
    const read = async (loginServer, repository, tagOrDigest, abortSignal) => {
        const artifact = clientOf(loginServer).getArtifact(repository, tagOrDigest);
        if (!tagOrDigest.includes(':'))
            return { digest: (await artifact.getTagProperties(tagOrDigest, { abortSignal })).digest };
        const { digest, sizeInBytes } = await artifact.getManifestProperties({ abortSignal });
        return { digest, ...(sizeInBytes !== undefined && { sizeInBytes }) };
    };
    return {
        read: (loginServer, repository, tagOrDigest, abortSignal) => 
        // The SDK asks for tokens without the signal (container-registry 1.1.2, ChallengeHandler).
        limit(() => (0,time/* abortable */.ZC)(read(loginServer, repository, tagOrDigest, abortSignal), abortSignal)),
    };
}
/**
 * Keeps the token of each repository. The SDK keeps the last one alone and tries it on all (container-registry 1.1.2, ChallengeHandler), so that
 * of many repositories each request is refused once, and costs another token.
 */
function createTokenKeeper() {
    const tokens = new Map();
    return {
        name: 'attachAcrTokenKeeper',
        async sendRequest(request, next) {
            const [, repository] = /\/acr\/v1\/([^/?]+)\//.exec(request.url) ?? [];
            if (repository === undefined)
                return next(request);
            const known = tokens.get(repository);
            if (known !== undefined)
                request.headers.set('authorization', known);
            const response = await next(request);
            const used = request.headers.get('authorization');
            // When it is refused, the SDK gets another one, and comes again with that.
            if (response.status === 401 || used === undefined)
                tokens.delete(repository);
            else
                tokens.set(repository, used);
            return response;
        },
    };
}

;// CONCATENATED MODULE: ./src/services/registry/distribution.ts


/** One try has to do: what can't be asked from here is imported all the same. */
const distribution_timeoutMs = 10_000;
/** @param observer sees every request, as of all SDK clients */
function createSend(observer, limit) {
    const pipeline = (0,esm/* createPipelineFromOptions */.Fp)({
        retryOptions: { maxRetries: 0 },
        userAgentOptions: { userAgentPrefix: 'attach-acr' },
        // registry.k8s.io sends its clients on to a registry near them. Credentials don't go along (core-rest-pipeline, redirectPolicy).
        redirectOptions: { allowCrossOriginRedirects: true },
    });
    pipeline.addPolicy(observer, { afterPhase: 'Retry' });
    const client = (0,esm/* createDefaultHttpClient */.fl)();
    return (method, url, { headers = {}, form }, signal) => limit(async () => {
        const timeout = AbortSignal.timeout(distribution_timeoutMs);
        const request = (0,esm/* createPipelineRequest */.G6)({
            url,
            method,
            headers: (0,esm/* createHttpHeaders */.Nc)({
                ...headers,
                ...(form && { 'content-type': 'application/x-www-form-urlencoded' }),
            }),
            ...(form && { body: new URLSearchParams(form).toString() }),
            abortSignal: AbortSignal.any([signal, timeout]),
        });
        try {
            return await pipeline.sendRequest(client, request);
        }
        catch (error) {
            signal.throwIfAborted();
            throw timeout.aborted ? new Error(`no answer within ${distribution_timeoutMs / 1000} s`) : error;
        }
    });
}
/** What a host that asks for credentials gets: nothing, unless they are for it. */
function giveOnlyTo(credentials) {
    return (host) => Promise.resolve(host === credentials?.host ? credentials : undefined);
}
const manifestTypes = [
    'application/vnd.oci.image.index.v1+json',
    'application/vnd.docker.distribution.manifest.list.v2+json',
    'application/vnd.oci.image.manifest.v1+json',
    'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');
/** What cosign puts behind `sha256-<hex>` (github.com/sigstore/cosign, "Tag-based discovery"); nothing is the OCI's own Referrers Tag Schema. */
const attachedTags = ['', '.sig', '.att', '.sbom'];
/** @param credentialsOf what a host that asks for credentials is to get, if anything */
function createSourceRegistry(credentialsOf, send) {
    // One header serves all questions about a repository, until it is refused.
    const authorizations = new Map();
    /** Sends, and once more with what the registry asks for (distribution.github.io/distribution/spec/auth/token). */
    const ask = async (method, place, path, signal) => {
        const url = `https://${addressOf(place.host)}/v2/${place.repository}/${path}`;
        const accept = path.startsWith('referrers/') ? 'application/vnd.oci.image.index.v1+json' : manifestTypes;
        const key = `${place.host}/${place.repository}`;
        const known = authorizations.get(key);
        const response = await send(method, url, { headers: { accept, ...(known && { authorization: known }) } }, signal);
        if (response.status !== 401)
            return response;
        const challenge = readChallenge(response.headers.get('www-authenticate') ?? '');
        const authorization = challenge && (await authorize(challenge, place, signal));
        if (!authorization)
            return response;
        authorizations.set(key, authorization);
        return send(method, url, { headers: { accept, authorization } }, signal);
    };
    const authorize = async ({ scheme, realm, service }, { host, repository }, signal) => {
        const credentials = await credentialsOf(host);
        if (scheme === 'basic')
            return basic(credentials);
        const url = new URL(realm);
        if (url.protocol !== 'https:')
            return undefined; // credentials are never sent in the clear
        if (service)
            url.searchParams.set('service', service);
        url.searchParams.set('scope', `repository:${repository}:pull`);
        const authorization = basic(credentials);
        const response = await send('GET', url.href, authorization ? { headers: { authorization } } : {}, signal);
        if (response.status !== 200)
            return undefined;
        const { token, access_token } = JSON.parse(response.bodyAsText ?? '{}');
        return token || access_token ? `Bearer ${token ?? access_token ?? ''}` : undefined;
    };
    const listReferrers = async (place, digest, signal) => {
        const response = await ask('GET', place, `referrers/${digest}`, signal);
        if (response.status !== 200)
            return isAbsent(response) ? 'none' : { why: answered(place, response) };
        const { manifests = [] } = JSON.parse(response.bodyAsText ?? '{}');
        return manifests.length > 0 ? 'some' : 'none';
    };
    const lookForTag = async (place, tag, signal) => {
        const response = await ask('HEAD', place, `manifests/${tag}`, signal);
        if (response.status === 200)
            return 'some';
        return isAbsent(response) ? 'none' : { why: answered(place, response) };
    };
    const findAttachments = async (place, digest, signal) => {
        try {
            // This one first: the others take over its token.
            const referrers = await listReferrers(place, digest, signal);
            if (referrers === 'some')
                return referrers;
            const tags = attachedTags.map(ending => lookForTag(place, `${digest.replace(':', '-')}${ending}`, signal));
            const found = [referrers, ...(await Promise.all(tags))];
            return found.includes('some') ? 'some' : (found.find(each => each !== 'none') ?? 'none');
        }
        catch (error) {
            return { why: explain(place, error) }; // only a note depends on it
        }
    };
    const resolve = async (source, signal) => {
        try {
            const response = await ask('HEAD', source, `manifests/${source.tag}`, signal);
            const digest = response.headers.get('docker-content-digest');
            if (response.status === 200 && digest)
                return { kind: 'found', digest };
            if (response.status === 404)
                return { kind: 'missing' };
            return { kind: 'unknown', why: answered(source, response) };
        }
        catch (error) {
            signal.throwIfAborted();
            return { kind: 'unknown', why: explain(source, error) };
        }
    };
    // An image that goes to several places is asked about once.
    const resolved = new Map();
    const attachments = new Map();
    return {
        resolve: (source, signal) => once(resolved, `${source.host}/${source.repository}:${source.tag}`, () => resolve(source, signal)),
        findAttachments: (place, digest, signal) => once(attachments, `${place.host}/${place.repository}@${digest}`, () => findAttachments(place, digest, signal)),
    };
}
/** Whether a registry does not have what was asked for, be it the thing or the whole referrers API, for which answers differ. */
function isAbsent({ status }) {
    return [400, 404, 405, 501].includes(status);
}
function answered({ host }, { status }) {
    return `${addressOf(host)} answered with HTTP ${status}`;
}
function explain({ host }, error) {
    return `${addressOf(host)} could not be asked: ${error instanceof Error ? error.message : String(error)}`;
}
/** Reads `WWW-Authenticate: Bearer realm="…",service="…"`, or `Basic …`. */
function readChallenge(header) {
    if (/^Basic\b/i.test(header))
        return { scheme: 'basic', realm: '', service: '' };
    const parameters = Object.fromEntries([...header.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = '', value]) => [key, value]));
    const { realm, service = '' } = parameters;
    return /^Bearer\b/i.test(header) && realm && URL.canParse(realm) ? { scheme: 'bearer', realm, service } : undefined;
}
function basic(credentials) {
    return credentials && `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`;
}
/** Docker Hub answers under another name than images carry. */
function addressOf(host) {
    return host === 'docker.io' ? 'registry-1.docker.io' : host;
}

;// CONCATENATED MODULE: ./src/services/registry/sign-in.ts



/** The user name that goes with a refresh token (azure-cli: `az acr login --expose-token`). */
const username = '00000000-0000-0000-0000-000000000000';
/**
 * What an OCI client signs in to a registry in Azure with, as the signed-in identity: a refresh token as password
 * (github.com/Azure/acr/blob/main/docs/AAD-OAuth.md). Undefined when the registry gives none.
 */
function createRegistrySignIn(credential, send, signal) {
    return memoize(async (loginServer) => {
        const entra = await credential.getToken(`${registryAudience}/.default`, { abortSignal: signal });
        const form = { grant_type: 'access_token', service: loginServer, access_token: entra?.token ?? '' };
        const { status, bodyAsText } = await send('POST', `https://${loginServer}/oauth2/exchange`, { form }, signal);
        if (status !== 200)
            return undefined;
        const { refresh_token: password } = JSON.parse(bodyAsText ?? '{}');
        return password ? { username, password } : undefined;
    });
}

;// CONCATENATED MODULE: ./src/services/azure.ts






/** Signs in, and makes the clients of all that the stages ask. @throws ActionError, as `signIn` does */
async function connect({ signInWith, inputs, log, countRequest, signal }) {
    const limit = createLimit(inputs.concurrency);
    const observer = createRequestObserver(log, countRequest);
    const send = createSend(observer, limit);
    const session = await signIn(signInWith, inputs.cloud, observer, signal);
    const { credential, caller, tenantId } = session;
    const azure = {
        credential,
        caller,
        tenantId,
        signal,
        clients: createClients(credential, inputs.cloud, { limit: createConcurrencyLimit(limit), observer }),
        content: createRegistryContent(credential, clientOptions(observer), limit),
        sources: createSourceRegistry(giveOnlyTo(inputs.sourceCredentials), send),
        azureSources: createSourceRegistry(createRegistrySignIn(credential, send, signal), send),
    };
    return { session, azure };
}

;// CONCATENATED MODULE: ./src/verify/assignments.ts








/** The pairs whose operations all succeeded, with their outcomes. */
function selectWritten(pairs, outcomes) {
    const byOperation = new Map(outcomes.map(outcome => [outcome.operation, outcome]));
    return pairs.flatMap(pair => {
        if (pair.operations.every(model_plan/* isCreation */._u) || 'error' in pair.target || 'error' in pair.registry)
            return [];
        const written = pair.operations.flatMap(operation => byOperation.get(operation) ?? []);
        if (written.length < pair.operations.length || written.some(({ error }) => error))
            return [];
        return [{ pair, target: pair.target.found, found: pair.registry.found, outcomes: written }];
    });
}
/**
 * Waits until Azure Resource Manager reports what was written, or no longer reports what was deleted: for all registries side by side.
 * Never throws: what did not come is a verification with an error.
 */
async function verifyAssignments(azure, written, wish, limits, progress) {
    const verifications = new Map();
    const conclude = (pair, verification) => {
        verifications.set(pair.pair, verification);
        progress.onDone(pair, verification);
    };
    const byRegistry = new Map();
    for (const pair of written) {
        byRegistry.set(pair.found.registry, [...(byRegistry.get(pair.found.registry) ?? []), pair]);
    }
    await Promise.all([...byRegistry].map(([registry, pairs]) => verifyRegistry(azure, registry, pairs, { wish, limits, progress, conclude })));
    return verifications;
}
/** Looks in a row that may fail, each with the retries of the SDK. */
const mostFailures = 2;
async function verifyRegistry(azure, registry, pairs, { wish, limits: { clock, deadline }, progress, conclude }) {
    let pending = pairs;
    let held = new Map();
    let failures = 0;
    let trouble;
    const read = async () => {
        try {
            const answer = await readHeld(azure, registry, pending, wish);
            failures = 0;
            trouble = undefined;
            return answer;
        }
        catch (thrown) {
            // What is waited for may come all the same: a service that fails for a while is no reason to give up at once.
            trouble = (0,errors/* explain */.WE)(thrown, readingAssignments(azure, registry));
            failures += 1;
            if (!['THROTTLED', 'AZURE_UNAVAILABLE'].includes(trouble.code) || failures > mostFailures)
                throw thrown;
            return undefined;
        }
    };
    const look = async () => {
        const answer = await read();
        if (!answer)
            return undefined;
        held = answer;
        const reported = pending.filter(pair => holds(pair, held.get(pair) ?? [], wish));
        for (const pair of reported) {
            const writtenAt = Math.max(...pair.outcomes.map(({ finishedAt }) => finishedAt));
            conclude(pair, { verified: 'assignment', propagationSeconds: Math.max(0, clock.now() - writtenAt) / 1000 });
        }
        pending = pending.filter(pair => !reported.includes(pair));
        return pending.length === 0 ? true : undefined;
    };
    const onPause = (pauseMs) => {
        progress.onWait(pending, held, pauseMs);
    };
    try {
        await (0,time/* waitFor */.fm)(look, { clock, deadline, signal: azure.signal, onPause });
        for (const pair of pending)
            conclude(pair, { verified: 'none', error: trouble ?? notReported(pair, wish) });
    }
    catch (thrown) {
        const error = (0,errors/* explain */.WE)(thrown, readingAssignments(azure, registry));
        for (const pair of pending)
            conclude(pair, { verified: 'none', error });
    }
}
/** What each pair's pull identity holds: asked for each alone where groups matter or there is only one, else once for all. */
async function readHeld(azure, registry, pairs, { group }) {
    const place = placeOf(registry);
    const held = new Map();
    if (pairs.length === 1 || group) {
        const read = async (pair) => {
            held.set(pair, await listAssignedTo(azure.clients, place, pair.target.identity.objectId, azure.signal));
        };
        await Promise.all(pairs.map(read));
        return held;
    }
    const everything = await listAtScope(azure.clients, place, azure.signal);
    for (const pair of pairs) {
        const { objectId } = pair.target.identity;
        held.set(pair, everything.filter(({ principalId }) => (0,resource_id/* sameId */.s)(principalId, objectId)));
    }
    return held;
}
/** Whether what Azure reports is what was written. */
function holds({ target, found, outcomes }, held, wish) {
    const { registry, role } = found;
    if (wish.mode === 'detach') {
        return outcomes.every(({ operation, changed }) => {
            if (operation.operation === 'delete-role-assignment') {
                return !held.some(({ id }) => (0,resource_id/* normalizeId */.XB)(id) === (0,resource_id/* normalizeId */.XB)(operation.assignment.id));
            }
            return !changed || !held.some(({ principalId }) => (0,resource_id/* sameId */.s)(principalId, wish.group));
        });
    }
    const wanted = { role, repositories: wish.repositories };
    return held.some(assignment => {
        if (assignment.roleId !== role.id || !coversAll(assignment, wanted))
            return false;
        if (wish.group && (0,resource_id/* sameId */.s)(assignment.principalId, wish.group))
            return true;
        // What an earlier run assigned directly, when its wait for the group was over, works as long as that is wanted.
        if (wish.group && wish.onTimeout !== 'assign-directly')
            return false;
        return isAssignmentOf(assignment, { scope: registry.id, principalId: target.identity.objectId, roleId: role.id });
    });
}
function notReported({ target, found: { registry, role }, outcomes }, { mode, group }) {
    const messages = {
        detach: `${target.name} was detached from ${registry.name}, but Azure Resource Manager still reports its role.`,
        group: `Group ${group} holds ${role.name} on ${registry.name}, but Azure does not count ${target.name} as a member yet.`,
        direct: `${role.name} on ${registry.name} was given to ${target.name}, but Azure Resource Manager does not report it yet.`,
    };
    const kind = mode === 'detach' ? 'detach' : group ? 'group' : 'direct';
    const id = outcomes.find(({ roleAssignmentId }) => roleAssignmentId)?.roleAssignmentId;
    const fix = [
        'It was written and is not lost; Azure documents up to 10 minutes. Run the step again, or give a longer timeout.',
        ...(kind === 'group'
            ? ['With on-timeout: assign-directly the pull identity gets the role itself when the wait is over.']
            : []),
        'What Azure reports now:',
        `  az role assignment list --assignee ${target.identity.objectId} --scope ${registry.id} --include-inherited --include-groups`,
        ...(id ? [`  az rest --method get --url "${id}?api-version=2022-04-01"`] : []),
    ];
    return new model_error/* ActionError */.lZ('PROPAGATION_TIMEOUT', messages[kind], { subject: registry.name, fix: fix.join('\n') });
}

;// CONCATENATED MODULE: ./src/verify/notes.ts
/** That some pairs have no nodes yet, if any have none. */
function noteNodeless(pairs) {
    const names = new Set(pairs.flatMap(({ target }) => ('found' in target ? target.found.name : [])));
    return names.size > 0
        ? [`verified by what Azure reports, for there are no nodes yet that could pull: ${[...names].join(', ')}`]
        : [];
}

;// CONCATENATED MODULE: ./src/main.ts






















/** Does what the inputs ask for and reports it, whatever the end. @returns what fails the step. @throws only if reporting fails */
async function main(begun, inputs, given) {
    const { clock, log, signal } = given;
    const { stage, stages } = (0,time/* createStopwatch */.SU)(clock);
    let run = begun;
    const know = news => {
        run = { ...run, ...news };
    };
    try {
        await work(inputs, { ...given, stage }, know);
    }
    catch (thrown) {
        know({ error: (0,model_error/* toActionError */.ie)(thrown) });
    }
    know({ requests: given.requestsSoFar(), stages, finishedAt: clock.now() });
    const result = (0,conclude/* conclude */.E)(run);
    await (0,report/* report */.z)(result, log);
    // A cancelled job has no time for it.
    if (inputs.driftIssue && inputs.mode === 'check' && !signal.aborted) {
        const { keepIssue } = await Promise.all(/* import() */[__webpack_require__.e(564), __webpack_require__.e(110)]).then(__webpack_require__.bind(__webpack_require__, 3729));
        await keepIssue((0,drift/* readDrift */.kR)((0,report_json/* toReportJson */.s)(result)), { ...given, token: inputs.githubToken, scope: (0,marker/* scopeOf */.Od)(inputs) });
    }
    return result.errors;
}
/** sign in → observe → plan → apply → verify → inspect */
async function work(inputs, means, know) {
    const { log, clock, stage, manifests } = means;
    const { mode } = inputs;
    for (const warning of inputs.ignored)
        log.warn(warning);
    const signIn = () => log.phase('Sign in', () => connect({ ...means, inputs }), it => (0,narration/* describeSession */._0)(it.session));
    const { session, azure } = await stage('Sign in', signIn);
    know({ session });
    let observed = await stage('Observe', () => log.phase('Observe', () => observe(azure, inputs), narration/* describeObserved */.kr));
    know({ observed });
    let plan = makePlan(observed, inputs);
    know({ plan });
    log.section('Plan', (0,narration/* describePlan */.df)(plan, mode), { folded: hasNoNews(plan) });
    const outcomes = [];
    const verifications = new Map();
    const findings = [];
    const notes = [];
    let images;
    let checked = [];
    const proof = await startProof(plan.pairs);
    try {
        if (mode !== 'check') {
            await createMissingRegistries();
            await Promise.all([applyAndVerify(plan.pairs, inputs), importImages()]);
        }
        await lookAtManifests();
        await provePulls(plan.pairs, inputs);
        if (inputs.onTimeout === 'assign-directly' && mode !== 'check')
            await assignDirectly();
    }
    finally {
        await proof?.close();
        findings.push(...(proof?.findings() ?? []));
        know({ findings });
    }
    if (mode === 'detach')
        findings.push(...findNestedResidual(observed, plan.pairs, outcomes, inputs));
    const suspicious = mode === 'attach' ? plan.pairs.filter(wasRepaired) : plan.pairs;
    if (suspicious.length > 0) {
        const inspection = await stage('Inspect', () => inspect(azure, observed, suspicious, mode));
        findings.push(...inspection.findings);
        notes.push(...inspection.notes);
        know({ findings, notes });
    }
    async function startProof(pairs) {
        if (inputs.verify !== 'pull')
            return undefined;
        const { createProof } = await Promise.all(/* import() */[__webpack_require__.e(815), __webpack_require__.e(306), __webpack_require__.e(142)]).then(__webpack_require__.bind(__webpack_require__, 94142));
        return createProof(pairs, { azure, inputs, clock, log, progress: (0,report_progress/* narrateProof */.qj)(log, clock, inputs) });
    }
    /** Plans anew with them, for the mode in which Azure makes a registry decides about roles. */
    async function createMissingRegistries() {
        const creations = plan.operations.filter(model_plan/* isCreation */._u);
        if (creations.length === 0)
            return;
        const progress = (0,report_progress/* narrateApply */.e2)(log, clock, 'Create');
        const ends = await stage('Create', () => createRegistries(azure, creations, clock, progress));
        outcomes.push(...ends.map(({ outcome }) => outcome));
        know({ outcomes });
        observed = await stage('Observe again', () => observeAgain(azure, observed, ends, inputs));
        plan = planAfterCreation(plan, observed, inputs);
        know({ observed, plan });
    }
    async function applyAndVerify(pairs, wanted) {
        const deadline = clock.now() + inputs.timeoutMs;
        const operations = selectOpen(pairs, outcomes);
        if (operations.length === 0)
            return;
        const progress = (0,report_progress/* narrateApply */.e2)(log, clock);
        outcomes.push(...(await stage('Apply', () => apply(azure, operations, { clock, deadline }, progress))));
        know({ outcomes });
        if (inputs.verify === 'assignment')
            await verifyReported(pairs, wanted, deadline);
    }
    /** Waits until Azure reports what was written for these pairs. */
    async function verifyReported(pairs, wanted, deadline = clock.now() + inputs.timeoutMs) {
        const written = selectWritten(pairs, outcomes);
        if (written.length === 0)
            return;
        const progress = (0,report_progress/* narrateVerify */.JS)(log, clock, mode);
        keep(await stage('Verify', () => verifyAssignments(azure, written, wanted, { clock, deadline }, progress)));
    }
    async function importImages() {
        if (plan.images.length === 0)
            return;
        // Else they are told among what else is applied.
        if (plan.operations.length === 0 && plan.images.some(each => each.plan.kind === 'import'))
            log.section('Import', []);
        images = await stage('Import', () => applyImages(azure, plan.images, inputs, clock, (0,report_progress/* narrateImages */.Iq)(log, clock)));
        know({ images });
    }
    async function lookAtManifests() {
        if (manifests.length === 0)
            return;
        checked = await stage('Manifests', () => checkManifests(azure, manifests, observed, inputs.verify === 'pull'));
        notes.push(...noteElsewhere(manifests, checked));
        know({ manifests: checked, notes });
    }
    async function provePulls(pairs, wanted) {
        if (!proof)
            return;
        const { verifications: proven, nodeless } = await stage('Pull', () => proof.prove(pairs, {
            inputs: wanted,
            outcomes,
            images: images ?? (0,run/* concludeImages */.c)({ plan, inputs }),
            manifests: checked,
        }));
        keep(proven);
        notes.push(...noteNodeless(nodeless));
        know({ notes });
        await verifyReported(nodeless, wanted);
    }
    /** Once more, without the group, for the pairs whose group did not take effect in time. */
    async function assignDirectly() {
        const late = plan.pairs.filter(pair => isLate(verifications.get(pair)));
        if (late.length === 0)
            return;
        log.line('The wait for the group is over: the pull identities get the role themselves, and stay in the group.');
        const before = plan;
        plan = planDirectly(before, late, observed, inputs);
        know({ plan });
        const direct = plan.pairs.filter(pair => !before.pairs.includes(pair));
        await applyAndVerify(direct, { ...inputs, group: '' });
        await provePulls(direct, { ...inputs, group: '' });
    }
    function keep(more) {
        for (const [pair, verification] of more)
            verifications.set(pair, verification);
        know({ verifications });
    }
    /** A pair that was not as wanted and is so now: what was in its place is worth a look. */
    function wasRepaired(pair) {
        return pair.operations.length > 0 && (verifications.get(pair)?.verified ?? 'none') !== 'none';
    }
}
function hasNoNews({ operations, images }) {
    return operations.length === 0 && images.every(({ plan }) => plan.kind === 'present');
}
/** The pairs' operations that have not been done, each once. */
function selectOpen(pairs, outcomes) {
    const done = new Set(outcomes.map(({ operation }) => operation));
    const planned = new Set(pairs.flatMap(pair => pair.operations));
    return [...planned].filter((each) => !(0,model_plan/* isCreation */._u)(each) && !done.has(each));
}
/** Whether everything was written for a pair and did not take effect in time. */
function isLate({ error, pulls = [] } = {}) {
    return (error?.code === 'PROPAGATION_TIMEOUT' || (error !== undefined && pulls.some(({ verdict }) => verdict === 'denied')));
}


/***/ }),

/***/ 89452:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   d: () => (/* binding */ describePlace)
/* harmony export */ });
/** Where an image is named, in words. */
function describePlace({ file, document, resource, field }) {
    return `${file}, document ${document}${resource && ` (${resource})`}, ${field}`;
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

/***/ 60592:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  Vy: () => (/* binding */ azureCode),
  vy: () => (/* binding */ azureMessage),
  WE: () => (/* binding */ explain),
  yG: () => (/* binding */ heals),
  US: () => (/* binding */ isForbidden),
  c4: () => (/* binding */ isNotFound),
  Tk: () => (/* binding */ isUnauthorized),
  cp: () => (/* binding */ isUncertain)
});

// EXTERNAL MODULE: ./src/model/az-commands.ts
var az_commands = __webpack_require__(10673);
// EXTERNAL MODULE: ./src/model/error.ts
var error = __webpack_require__(88623);
// EXTERNAL MODULE: ./src/services/proxy.ts
var proxy = __webpack_require__(33460);
;// CONCATENATED MODULE: ./src/services/arm/answer.ts
/** Reads an Azure SDK error (`RestError`) by its shape, so that this file does not load the SDK. */
function readAzureAnswer(thrown) {
    if (!(thrown instanceof Error) || thrown.name !== 'RestError')
        return undefined;
    const error = thrown;
    const status = error.statusCode ?? error.response?.status;
    const body = readErrorBody(error.response?.bodyAsText);
    // PARSE_ERROR is the SDK's own, for a body that is no JSON.
    const code = body?.code ?? (typeof error.code === 'string' && error.code !== 'PARSE_ERROR' ? error.code : undefined);
    const plain = error.code === 'PARSE_ERROR' ? (error.response?.bodyAsText ?? '') : error.message;
    const correlationId = error.response?.headers?.get('x-ms-correlation-request-id');
    return {
        ...(status !== undefined && { status }),
        ...(code !== undefined && { code }),
        // On one line, for a line that begins with `::` would be a command to the runner. Newer SDK packages keep no text of the body, but with a
        // code the message is Azure's own. Without a JSON body the SDK puts the raw body there: its first line is enough of a proxy's HTML page.
        message: (body?.message ?? (code === undefined ? plain.split('\n')[0]?.slice(0, 300) : error.message))
            ?.replace(/\s*[\r\n]+\s*/g, ' ')
            .trim() || `an answer without explanation (HTTP ${status ?? 'unknown'})`,
        ...(correlationId !== undefined && { correlationId }),
        ...(isForeign(error, body?.code) && { isForeign: true }),
    };
}
// Resource Manager and registries send the first two, Microsoft Graph the third (recorded).
const azureHeaders = ['x-ms-request-id', 'x-ms-correlation-request-id', 'request-id'];
/** Whether an answer has neither a body nor a header that Azure's have: a proxy that refuses `CONNECT` looks so, and its web pages. */
function isForeign({ response }, code) {
    if (!response || code !== undefined)
        return false;
    return !azureHeaders.some(header => response.headers?.get(header) !== undefined);
}
/** ARM wraps errors in `error`, AKS sometimes doesn't (recorded: aks_put_409_etagmismatch_unwrapped). */
function readErrorBody(text) {
    if (!text)
        return undefined;
    try {
        const body = JSON.parse(text);
        const { code, message } = (body?.error ?? body ?? {});
        return { ...(typeof code === 'string' && { code }), ...(typeof message === 'string' && { message }) };
    }
    catch {
        return undefined; // not JSON: a proxy or gateway answered
    }
}
/** Whether an answer has one of these error codes, in whatever letter case. */
function isCode({ code }, ...codes) {
    return codes.some(each => each.toLowerCase() === code?.toLowerCase());
}

;// CONCATENATED MODULE: ./src/services/arm/authorization.ts


// "The client 'x' with object id 'y' does not have authorization to perform action 'a' over scope 's' or the scope is invalid."
const refusedAction = /perform action '([^']+)'/;
const refusedScope = /(?:over|on) scope '([^']+)'/;
// Newer answers have "action(s)" (MicrosoftDocs/azure-docs issue 33442 has the older).
const linkedAction = /perform action(?:\(s\))? '([^']+)' on the linked scope\(s\) '([^']+)'/;
/** A token need not tell who it is for; Azure's refusal does. */
function completeCaller(caller, { message }) {
    const [, client = '', objectId = ''] = /The client '([^']+)' with object id '([^']+)'/i.exec(message) ?? [];
    return { ...caller, objectId: caller.objectId || objectId, name: caller.name || client };
}
function readRefusal(attempt, { message }) {
    const [, linked, linkedScope] = linkedAction.exec(message) ?? [];
    return {
        action: linked ?? refusedAction.exec(message)?.[1] ?? attempt.action,
        // Azure names the assignment that would have been; roles are given at the scope before it.
        scope: (linkedScope ?? refusedScope.exec(message)?.[1] ?? attempt.scope).replace(/\/providers\/Microsoft\.Authorization\/.*$/i, ''),
    };
}
/** Who may not do what and where, as a clause; with why, where Azure tells. */
function refusal(attempt, answer) {
    const { action, scope } = readRefusal(attempt, answer);
    const who = `${attempt.caller.name} (object ID ${attempt.caller.objectId}) may not do ${action} on ${scope}`;
    if (isCode(answer, 'DenyAssignmentAuthorizationFailed'))
        return `${who}, for a deny assignment forbids it`;
    if (!isConditionRefusal(answer))
        return who;
    const { role, roleId, principalType } = attempt.assignment ?? {};
    const which = role ? `: role ${role} (${roleId ?? ''}), principal type ${principalType ?? ''}` : '';
    return `${who}: the condition of its own role assignment does not allow this one${which}`;
}
function isConditionRefusal({ message }) {
    return /ABAC condition/i.test(message);
}
/** The smallest built-in role that allows an action, where it is not Reader, and where to give it, if not at the scope that Azure names. */
const smallestRoles = [
    {
        action: /^Microsoft\.Authorization\/roleAssignments\/(write|delete)$/i,
        role: 'Role Based Access Control Administrator',
        condition: ({ assignment }) => (assignment ? (0,az_commands/* delegationConditionFor */.FP)(assignment) : az_commands/* delegationCondition */.AL),
        // At the resource itself, so that nothing else comes into reach.
        at: (attempt) => attempt.scope,
    },
    {
        action: /^Microsoft\.ContainerRegistry\/registries\/importImage\/action$/i,
        role: 'Container Registry Data Importer and Data Reader',
        at: (attempt) => attempt.scope,
    },
    {
        action: /^Microsoft\.ContainerRegistry\/registries\/write$/i,
        role: 'Container Registry Contributor and Data Access Configuration Administrator',
        // The registry does not exist yet.
        at: (attempt) => attempt.scope.replace(/\/providers\/.*$/, ''),
    },
    {
        action: /^Microsoft\.ContainerService\/managedClusters\/listClusterUserCredential\/action$/i,
        role: 'Azure Kubernetes Service Cluster User Role',
        at: (attempt) => attempt.scope,
    },
    {
        action: /^Microsoft\.ContainerService\/managedClusters\/(runCommand\/action|commandResults\/read)$/i,
        role: 'AKS Probe',
        note: 'No small built-in role can. Create the role AKS Probe of docs/permissions.md, and give it to the identity:',
        at: (attempt) => attempt.scope,
    },
    // At the registry that an image comes from, which is not the one that was asked.
    { action: /^Microsoft\.ContainerRegistry\/registries\/pull\/read$/i, role: 'AcrPull' },
    {
        action: /^Microsoft\.ContainerRegistry\/registries\/repositories\/content\/read$/i,
        role: 'Container Registry Repository Reader',
    },
    { action: /^read$/i, role: 'Container Registry Data Importer and Data Reader' },
];
/** The command that gives the smallest role that would do. */
function fixAuthorization(attempt, answer) {
    const { action, scope } = readRefusal(attempt, answer);
    const known = smallestRoles.find(entry => entry.action.test(action));
    const role = known?.role ?? 'Reader';
    const condition = known?.condition?.(attempt);
    const command = (0,az_commands/* createRoleAssignmentCommand */.jX)({
        ...attempt.caller,
        role,
        scope: known?.at?.(attempt) ?? scope,
        ...(condition && { condition }),
    });
    const why = isConditionRefusal(answer)
        ? 'Its role assignment has a condition that must allow the role (RoleDefinitionId) and who gets it (PrincipalType). One that does:'
        : condition
            ? 'Give it the smallest role that can, with a condition that allows no other roles and principals than needed:'
            : (known?.note ?? `${role} is the smallest built-in role that can:`);
    const misspelled = known ? '' : '\nOr the name is wrong: without a role there, what does not exist looks the same.';
    return `${why}\n${command.replace(/^/gm, '  ')}\nA role that was just given can take some minutes to work.${misspelled}`;
}

;// CONCATENATED MODULE: ./src/services/arm/errors.ts





const says = (...codes) => (answer) => isCode(answer, ...codes);
/** What Azure says, what we call it, whether waiting helps, and what to do. The first rule that fits counts. */
const rules = [
    {
        // The principal is newer than the replica of the directory that was asked (learn.microsoft.com/azure/role-based-access-control/troubleshooting).
        when: says('PrincipalNotFound'),
        code: 'PRINCIPAL_NOT_FOUND',
        heals: true,
        fix: () => 'The identity was deleted, or it belongs to another tenant: a managed identity cannot be given access across tenants, so import the ' +
            "images into a registry of the cluster's own tenant instead. See which identity the cluster uses:\n" +
            '  az aks show --resource-group <group> --name <cluster> --query identityProfile.kubeletidentity',
    },
    {
        // Another run made it a moment ago: it is there, but the list does not show it yet.
        when: says('RoleAssignmentExists'),
        code: 'PROPAGATION_TIMEOUT',
        heals: true,
        fix: () => 'The assignment is there, and nothing is lost. Run the step again in some minutes.',
    },
    {
        when: says('UnmatchedPrincipalType', 'InvalidPrincipalId'),
        code: 'PRINCIPAL_NOT_FOUND',
        fix: () => 'The pull identity must be a service principal or managed identity, given by its object ID.',
    },
    {
        when: says('RoleAssignmentLimitExceeded'),
        code: 'ASSIGNMENT_LIMIT',
        fix: () => 'A subscription holds 4,000 role assignments. Delete those whose principal is gone:\n' +
            `  az role assignment list --all --query "[?principalName==''].id" --output tsv`,
    },
    {
        when: says('MissingSubscriptionRegistration'),
        code: 'INVALID_INPUT',
        fix: ({ scope }) => 'The subscription has never had a registry. Once, by someone who may:\n' +
            `  az provider register --namespace Microsoft.ContainerRegistry --subscription ${scope.split('/')[2] ?? '<id>'} --wait`,
    },
    {
        when: says('ScopeLocked'),
        code: 'SCOPE_LOCKED',
        fix: ({ scope }) => `Find the lock, and remove it for as long as the change takes:\n  az lock list --resource ${scope} --output table`,
    },
    {
        when: says('AlreadyInUse'),
        code: 'INVALID_INPUT',
        fix: () => 'Names of registries are unique in the whole cloud. If the registry is yours, give its own resource ID, else take another name:\n' +
            '  az acr show --name <name> --query id --output tsv',
    },
    {
        when: says('SubscriptionNotFound', 'InvalidSubscriptionId'),
        code: 'SUBSCRIPTION_NOT_FOUND',
        fix: ({ caller }) => 'The ID is wrong, of another tenant, or the signed-in identity has no role in that subscription. See what it can reach:\n' +
            `  az role assignment list --all --assignee ${caller.objectId} --output table`,
    },
    {
        // hashicorp/terraform-provider-azurerm issue 15489
        when: ({ status, message }) => status === 400 && /static credential is not allowed/i.test(message),
        code: 'CLUSTER_UNREACHABLE',
        fix: ({ scope }) => 'The cluster gives no credentials of its own, and takes none of Microsoft Entra. Set probe-with: run-command, or let it take these:\n' +
            `  ${(0,az_commands/* aksCommand */.$o)('update', scope, '--enable-aad')}`,
    },
    {
        when: says('InvalidAuthenticationTokenTenant'),
        code: 'SIGN_IN_FAILED',
        fix: () => "The subscription belongs to another tenant than tenant-id. Give the subscription's own:\n  az account show --subscription <id> --query tenantId",
    },
    {
        when: says('DenyAssignmentAuthorizationFailed'),
        code: 'AUTHORIZATION_FAILED',
        fix: ({ scope }, answer) => `${answer.message}\nA deny assignment forbids it, and no role overrides that. They come from deployment stacks, managed applications and the node resource group lockdown of ` +
            'AKS; change it there. What there is:\n' +
            `  az rest --method get --url "${scope}/providers/Microsoft.Authorization/denyAssignments?api-version=2022-04-01"`,
    },
    {
        // Before anything else that a status may mean: Azure was not asked at all.
        when: answer => answer.status === 407 || (answer.status === 403 && answer.isForeign === true),
        code: 'AZURE_UNAVAILABLE',
        fix: ({ scope }, { status }) => `The answer (HTTP ${status ?? ''}) is not Azure's: something between the runner and Azure does not let the request through. ` +
            `Check ${(0,proxy/* describeWay */.x)()}. It was about ${scope}`,
    },
    { when: answer => answer.status === 403, code: 'AUTHORIZATION_FAILED', fix: fixAuthorization },
    {
        when: answer => answer.status === 401,
        code: 'SIGN_IN_FAILED',
        fix: () => 'Azure Resource Manager does not accept the token. Check that environment, tenant-id and subscription-id belong together.',
    },
    {
        when: answer => answer.status === 429,
        code: 'THROTTLED',
        fix: () => 'Azure asked to slow down for longer than the retries last. Lower the input concurrency, or run the step again in some minutes.',
    },
    {
        when: answer => answer.status === undefined || answer.status === 408 || answer.status >= 500,
        code: 'AZURE_UNAVAILABLE',
        fix: ({ scope }) => `Check that the runner reaches Azure (${(0,proxy/* describeWay */.x)()}) and https://azure.status.microsoft, then run the step again. It was about ${scope}`,
    },
];
/** Whether waiting may turn this refusal into success. */
function heals(thrown) {
    const answer = readAzureAnswer(thrown);
    return answer !== undefined && ruleFor(answer)?.heals === true;
}
/** The Azure error code of a thrown SDK error, e.g. `RoleAssignmentExists`. */
function azureCode(thrown) {
    return readAzureAnswer(thrown)?.code;
}
/** Whether Azure answered that the resource (or its resource group) is not there. */
function isNotFound(thrown) {
    const answer = readAzureAnswer(thrown);
    return answer?.status === 404 && !says('SubscriptionNotFound')(answer);
}
/** What Azure said, in its own words; empty when it said nothing. */
function azureMessage(thrown) {
    return readAzureAnswer(thrown)?.message ?? '';
}
/** Whether the service does not take the caller's token, or gives it no rights. */
function isUnauthorized(thrown) {
    return readAzureAnswer(thrown)?.status === 401;
}
/** Whether the request may have been carried out all the same: no answer came, or one that does not tell. */
function isUncertain(thrown) {
    const answer = readAzureAnswer(thrown);
    return answer !== undefined && (answer.status === undefined || answer.status === 408 || answer.status >= 500);
}
/** Whether the caller may not do what it asked for. */
function isForbidden(thrown) {
    return readAzureAnswer(thrown)?.status === 403;
}
/** Turns what the SDK threw into the contract's error, with what Azure said and what to do now. */
function explain(thrown, attempt) {
    if (thrown instanceof error/* ActionError */.lZ)
        return thrown;
    if ((0,error/* isAbort */.rV)(thrown))
        return (0,error/* cancelled */.KW)(thrown);
    const azure = readAzureAnswer(thrown);
    if (azure)
        attempt = { ...attempt, caller: completeCaller(attempt.caller, azure) };
    const details = { subject: attempt.subject, cause: thrown, ...(azure && { azure }) };
    if (!azure) {
        return new error/* ActionError */.lZ('UNEXPECTED', `${attempt.failure}: ${thrown instanceof Error ? thrown.message : String(thrown)}`, {
            ...details,
            fix: "This is a bug in attach-acr. Please report it, with this log, as an issue of the action's repository.",
        });
    }
    if (attempt.notFound && isNotFound(thrown)) {
        return new error/* ActionError */.lZ(attempt.notFound, `${attempt.failure}: there is no ${attempt.scope}`, {
            ...details,
            fix: fixNotFound(attempt.notFound, attempt.scope),
        });
    }
    const rule = ruleFor(azure);
    if (!rule) {
        return new error/* ActionError */.lZ('UNEXPECTED', `${attempt.failure}: ${azure.message}`, {
            ...details,
            fix: `Azure refused the request for a reason that attach-acr does not know (${azure.code ?? `HTTP ${azure.status}`}). If it is not explained above, please report it, with this log.`,
        });
    }
    const reason = rule.code === 'AUTHORIZATION_FAILED' ? refusal(attempt, azure) : azure.message;
    return new error/* ActionError */.lZ(rule.code, `${attempt.failure}: ${reason}`, { ...details, fix: rule.fix(attempt, azure) });
}
function ruleFor(answer) {
    return rules.find(rule => rule.when(answer));
}
const listCommands = {
    // Of a registry that is to be created, its resource group is what may be missing.
    INVALID_INPUT: 'az group list',
    CLUSTER_NOT_FOUND: 'az aks list',
    REGISTRY_NOT_FOUND: 'az acr list',
    IDENTITY_NOT_FOUND: 'az identity list',
};
function fixNotFound(code, scope) {
    const [, subscription = '<id>'] = /^\/subscriptions\/([^/]+)/i.exec(scope) ?? [];
    const list = `${listCommands[code] ?? 'az resource list'} --subscription ${subscription} --query "[].id" --output tsv`;
    return `Check the spelling, the resource group and the subscription. What there is:\n  ${list}`;
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
