export const id = 223;
export const ids = [223];
export const modules = {

/***/ 1223:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  apply: () => (/* reexport */ apply),
  createClients: () => (/* reexport */ createClients),
  createRequestPolicy: () => (/* reexport */ createRequestPolicy),
  observe: () => (/* reexport */ observe),
  signIn: () => (/* reexport */ signIn),
  verifyAssignments: () => (/* reexport */ verifyAssignments)
});

// EXTERNAL MODULE: ./src/azure/built-in-roles.ts
var built_in_roles = __webpack_require__(5871);
;// CONCATENATED MODULE: ./src/az-commands.ts

/** A word for a POSIX shell: bare where that is safe, else in single quotes. */
function shellQuote(word) {
    return /^[\w./:@=,+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
const pullRoleIds = [built_in_roles/* builtInRoles */.x.acrPull.id, built_in_roles/* builtInRoles */.x.repositoryReader.id];
/**
 * The condition of a Role Based Access Control Administrator who may only hand out pull roles, only to service principals
 * (managed identities are service principals).
 * Form: learn.microsoft.com/azure/role-based-access-control/delegate-role-assignments-examples: `@Request` for write, `@Resource` for delete.
 */
const delegationCondition = [
    { action: 'write', source: '@Request' },
    { action: 'delete', source: '@Resource' },
]
    .map(({ action, source }) => {
    const attribute = `${source}[Microsoft.Authorization/roleAssignments`;
    return (`((!(ActionMatches{'Microsoft.Authorization/roleAssignments/${action}'})) OR ` +
        `(${attribute}:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {${pullRoleIds.join(', ')}} AND ` +
        `${attribute}:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {'ServicePrincipal'}))`);
})
    .join(' AND ');
/** The `az` command that gives a service principal a role at a scope. */
function createRoleAssignmentCommand(grant) {
    const lines = [
        `az role assignment create --assignee-object-id ${grant.objectId} --assignee-principal-type ServicePrincipal`,
        `--role ${quoted(grant.role)} --scope ${quoted(grant.scope)}`,
    ];
    if (grant.condition)
        lines.push(`--condition-version 2.0 --condition ${quoted(grant.condition)}`);
    return lines.join(' \\\n  ');
}
/** The `az` commands that create a federated credential fit for the presented token: for an app registration, and for a managed identity. */
function createFederatedCredentialCommands(token) {
    // 3 to 120 letters, digits, - and _ (graph: federatedIdentityCredential.name).
    const name = `github-${token.subject.replace(/[^A-Za-z0-9]+/g, '-')}`.slice(0, 120).replace(/-+$/, '');
    const parameters = JSON.stringify({ name, issuer: token.issuer, subject: token.subject, audiences: [token.audience] });
    return {
        app: `az ad app federated-credential create --id ${token.clientId} --parameters ${quoted(parameters)}`,
        identity: `az identity federated-credential create --identity-name <identity> --resource-group <group> --name ${quoted(name)} \\\n` +
            `  --issuer ${quoted(token.issuer)} --subject ${quoted(token.subject)} --audiences ${quoted(token.audience)}`,
    };
}
/** Always in double quotes where a shell leaves the text alone there (single quotes inside stay readable), else as a shell needs it. */
function quoted(text) {
    if (/^[\w./:@=,+-]+$/.test(text))
        return text;
    // Inside double quotes a shell looks at " $ ` \ and, when interactive, at !.
    return /["$`\\!]/.test(text) ? shellQuote(text) : `"${text}"`;
}

// EXTERNAL MODULE: ./src/errors.ts
var errors = __webpack_require__(3916);
;// CONCATENATED MODULE: ./src/azure-errors.ts


const says = (...codes) => (answer) => codes.some(code => code.toLowerCase() === answer.code?.toLowerCase());
/** What Azure says, what we call it, whether waiting helps, and what to do. The first rule that fits counts. */
const rules = [
    {
        // The principal is newer than the replica of the directory that was asked (learn.microsoft.com/azure/role-based-access-control/troubleshooting).
        when: says('PrincipalNotFound'),
        code: 'PRINCIPAL_NOT_FOUND',
        heals: true,
        fix: () => 'The identity was deleted, or it belongs to another tenant: a managed identity cannot be given access across tenants.\n' +
            'See which identity the cluster uses:\n' +
            '  az aks show --ids <cluster> --query identityProfile.kubeletidentity',
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
        when: says('ScopeLocked'),
        code: 'SCOPE_LOCKED',
        fix: ({ scope }) => `Find the lock, and remove it for as long as the change takes:\n  az lock list --resource ${scope} --output table`,
    },
    {
        when: says('SubscriptionNotFound', 'InvalidSubscriptionId'),
        code: 'SUBSCRIPTION_NOT_FOUND',
        fix: ({ caller }) => 'The ID is wrong, of another tenant, or the signed-in identity has no role in that subscription. See what it can reach:\n' +
            `  az role assignment list --all --assignee ${caller.objectId} --output table`,
    },
    {
        when: says('InvalidAuthenticationTokenTenant'),
        code: 'SIGN_IN_FAILED',
        fix: () => "The subscription belongs to another tenant than tenant-id. Give the subscription's own:\n  az account show --subscription <id> --query tenantId",
    },
    {
        when: says('DenyAssignmentAuthorizationFailed'),
        code: 'AUTHORIZATION_FAILED',
        fix: () => 'A deny assignment forbids it, and no role overrides that. Deny assignments come from deployment stacks, managed applications and the ' +
            'node resource group lockdown of AKS; change it there.',
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
        fix: () => 'Azure asked to slow down for longer than the retries last. Lower `concurrency`, or run the step again in some minutes.',
    },
    {
        when: answer => answer.status === undefined || answer.status === 408 || answer.status >= 500,
        code: 'AZURE_UNAVAILABLE',
        fix: ({ scope }) => `The retries did not help. Check that the runner reaches Azure (HTTPS_PROXY, NO_PROXY, firewall) and https://azure.status.microsoft, then run the step again. It was about ${scope}`,
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
/** Turns what the SDK threw into the contract's error, with what Azure said and what to do now. */
function explain(thrown, attempt) {
    if (thrown instanceof errors/* ActionError */.lZ)
        return thrown;
    if ((0,errors/* isAbort */.rV)(thrown))
        return (0,errors/* cancelled */.KW)(thrown);
    const azure = readAzureAnswer(thrown);
    const details = { subject: attempt.subject, cause: thrown, ...(azure && { azure }) };
    if (!azure) {
        return new errors/* ActionError */.lZ('UNEXPECTED', `${attempt.failure}: ${thrown instanceof Error ? thrown.message : String(thrown)}`, {
            ...details,
            fix: "This is a bug in attach-acr. Please report it, with this log, as an issue of the action's repository.",
        });
    }
    if (attempt.notFound && isNotFound(thrown)) {
        return new errors/* ActionError */.lZ(attempt.notFound, `${attempt.failure}: there is no ${attempt.scope}`, {
            ...details,
            fix: fixNotFound(attempt),
        });
    }
    const rule = ruleFor(azure);
    if (!rule) {
        return new errors/* ActionError */.lZ('UNEXPECTED', `${attempt.failure}: ${azure.message}`, {
            ...details,
            fix: `Azure refused the request for a reason that attach-acr does not know (${azure.code ?? `HTTP ${azure.status}`}). If it is not explained above, please report it, with this log.`,
        });
    }
    const reason = rule.code === 'AUTHORIZATION_FAILED' ? refusal(attempt, azure) : azure.message;
    return new errors/* ActionError */.lZ(rule.code, `${attempt.failure}: ${reason}`, { ...details, fix: rule.fix(attempt, azure) });
}
function ruleFor(answer) {
    return rules.find(rule => rule.when(answer));
}
// "The client 'x' with object id 'y' does not have authorization to perform action 'a' over scope 's' or the scope is invalid."
const refusedAction = /perform action '([^']+)'/;
const refusedScope = /(?:over|on) scope '([^']+)'/;
const linkedAction = /perform action '([^']+)' on the linked scope\(s\) '([^']+)'/;
function readRefusal(attempt, { message }) {
    const [, linked, linkedScope] = linkedAction.exec(message) ?? [];
    return {
        action: linked ?? refusedAction.exec(message)?.[1] ?? attempt.action,
        // Azure names the assignment that would have been; roles are given at the scope before it.
        scope: (linkedScope ?? refusedScope.exec(message)?.[1] ?? attempt.scope).replace(/\/providers\/Microsoft\.Authorization\/.*$/i, ''),
    };
}
function refusal(attempt, answer) {
    const { action, scope } = readRefusal(attempt, answer);
    const who = `${attempt.caller.name} (object ID ${attempt.caller.objectId}) may not do ${action} on ${scope}`;
    if (says('DenyAssignmentAuthorizationFailed')(answer))
        return `${who}: a deny assignment forbids it. ${answer.message}`;
    if (isConditionRefusal(answer))
        return `${who}: the condition of its own role assignment does not allow this one`;
    return who;
}
function isConditionRefusal({ message }) {
    return /ABAC condition/i.test(message);
}
function fixAuthorization(attempt, answer) {
    const { action, scope } = readRefusal(attempt, answer);
    const { objectId } = attempt.caller;
    if (!/roleAssignments\/(write|delete)$/i.test(action)) {
        return (`Reader is the smallest role that can:\n` +
            indent(createRoleAssignmentCommand({ objectId, role: 'Reader', scope })) +
            '\nA role that was just given can take some minutes to work. docs/permissions.md lists all that the action needs.');
    }
    const why = isConditionRefusal(answer)
        ? 'Its role assignment has a condition that must allow the pull roles (RoleDefinitionId) and service principals (PrincipalType). One that does:'
        : 'Give it the smallest role that can (only pull roles, only to service principals):';
    const command = createRoleAssignmentCommand({
        objectId,
        role: 'Role Based Access Control Administrator',
        // Roles are given at the resource itself, so that nothing else comes into reach.
        scope: attempt.scope,
        condition: delegationCondition,
    });
    return `${why}\n${indent(command)}\nA role that was just given can take some minutes to work.`;
}
function fixNotFound({ notFound, scope }) {
    const list = notFound === 'REGISTRY_NOT_FOUND' ? 'az acr list' : 'az aks list';
    const [, subscription] = /^\/subscriptions\/([^/]+)/i.exec(scope) ?? [];
    return `Check the spelling, the resource group and the subscription. What there is:\n  ${list} --subscription ${subscription ?? '<id>'} --query "[].id" --output tsv`;
}
function indent(text) {
    return text.replace(/^/gm, '  ');
}
/** Reads an Azure SDK error (`RestError`) by its shape, so that this file does not load the SDK. */
function readAzureAnswer(thrown) {
    if (!(thrown instanceof Error) || thrown.name !== 'RestError')
        return undefined;
    const error = thrown;
    const status = error.statusCode ?? error.response?.status;
    const body = readErrorBody(error.response?.bodyAsText);
    const code = body?.code ?? error.code;
    const correlationId = error.response?.headers?.get('x-ms-correlation-request-id');
    return {
        ...(status !== undefined && { status }),
        ...(code !== undefined && { code }),
        // Without a JSON body the SDK puts the raw body into the message: its first line is enough of a proxy's HTML page.
        message: body?.message ?? error.message.split('\n')[0]?.slice(0, 300) ?? '',
        ...(correlationId !== undefined && { correlationId }),
    };
}
/** ARM wraps errors in `error`, AKS sometimes doesn't (recorded: aks_put_409_etagmismatch_unwrapped). */
function readErrorBody(text) {
    if (!text)
        return undefined;
    try {
        const body = JSON.parse(text);
        return body?.error ?? body ?? undefined;
    }
    catch {
        return undefined; // not JSON: a proxy or gateway answered
    }
}

// EXTERNAL MODULE: ./src/azure/role-assignments.ts + 7 modules
var role_assignments = __webpack_require__(9371);
;// CONCATENATED MODULE: ./src/wait.ts
const firstPauseMs = 1000;
const longestPauseMs = 15_000;
const growth = 1.5;
/** Share by which a pause is shortened or lengthened at random, so that runs that began together drift apart. */
const jitter = 0.2;
/**
 * Looks at once and then after growing pauses until there is something to see.
 * @returns what `look` saw, or undefined when the deadline passed.
 * @throws what `look` throws, and AbortError when the signal is aborted.
 */
async function waitFor(look, { clock, deadline, signal, onPause }) {
    for (let pause = firstPauseMs;; pause = Math.min(pause * growth, longestPauseMs)) {
        signal.throwIfAborted();
        const seen = await look();
        if (seen !== undefined)
            return seen;
        const left = deadline - clock.now();
        if (left <= 0)
            return undefined;
        const jittered = Math.min(pause * (1 + jitter * (2 * clock.random() - 1)), left);
        onPause?.(jittered);
        await clock.sleep(jittered, signal);
    }
}

;// CONCATENATED MODULE: ./src/apply.ts




/** A write that is under way when the job is cancelled may end within this time, so that its end is known. The runner kills after 10 s. */
const graceMs = 5000;
/** Writes what the plan lists, side by side; one failure never stops the rest. Never throws: what failed or was cancelled is an outcome too. */
async function apply(azure, operations, limits, progress) {
    const writing = withGrace(azure, graceMs);
    return Promise.all(operations.map(async (operation) => {
        const outcome = await write(azure, writing, operation, limits, progress);
        progress.onDone(outcome);
        return outcome;
    }));
}
async function write(azure, writing, operation, limits, progress) {
    let refusal;
    try {
        const written = await waitFor(() => create(writing, operation).catch((error) => {
            if (!heals(error))
                throw error;
            refusal = error;
            return undefined;
        }), {
            ...limits,
            signal: azure.signal,
            onPause: pauseMs => {
                progress.onWait(operation, explainWrite(refusal, operation, azure), pauseMs);
            },
        });
        if (!written)
            throw refusal;
        return { operation, ...written, finishedAt: limits.clock.now() };
    }
    catch (thrown) {
        const error = (0,errors/* isAbort */.rV)(thrown) && writing.signal.aborted
            ? interrupted(thrown, operation)
            : explainWrite(thrown, operation, azure);
        return { operation, changed: false, finishedAt: limits.clock.now(), error };
    }
}
/** Creates the assignment; that it exists already, under whatever name, is success. */
async function create(azure, { scope, name, principalId, role, registry }) {
    try {
        const { id } = await (0,role_assignments/* createRoleAssignment */.QN)(azure.clients, registry.subscriptionId, { scope, name, principalId, roleId: role.id }, azure.signal);
        return { roleAssignmentId: id, changed: true };
    }
    catch (error) {
        if (azureCode(error) !== 'RoleAssignmentExists')
            throw error;
        const existing = error instanceof Error ? (0,role_assignments/* readExistingName */.Rh)(error.message) : undefined;
        if (existing)
            return { roleAssignmentId: (0,role_assignments/* roleAssignmentId */.tS)(scope, existing), changed: false };
        // Older services do not name it, and it may be too new to be listed.
        const listed = await (0,role_assignments/* listRoleAssignments */.FE)(azure.clients, registry.subscriptionId, scope, principalId, azure.signal);
        const found = listed.find(assignment => (0,role_assignments/* isAssignmentOf */.Dj)(assignment, { scope, principalId, roleId: role.id }));
        if (!found)
            throw error;
        return { roleAssignmentId: found.id, changed: false };
    }
}
function explainWrite(error, { target, registry, role, scope }, { caller }) {
    return explain(error, {
        failure: `${role.name} on ${registry.name} could not be given to ${target.name}`,
        subject: registry.name,
        scope,
        action: 'Microsoft.Authorization/roleAssignments/write',
        caller,
    });
}
function interrupted(cause, { target, registry, role }) {
    return new errors/* ActionError */.lZ('CANCELLED', `The job was cancelled while ${role.name} on ${registry.name} was being given to ${target.name}; Azure had not answered, so it may be there.`, {
        subject: registry.name,
        fix: 'Run the job again: it takes what is there and writes only what is missing.',
        cause,
    });
}
/** The same context with a signal that follows a cancellation only after some time. */
function withGrace(azure, ms) {
    const controller = new AbortController();
    azure.signal.addEventListener('abort', () => setTimeout(() => {
        controller.abort();
    }, ms).unref(), { once: true });
    return { ...azure, signal: controller.signal };
}

// EXTERNAL MODULE: ./node_modules/@azure/arm-authorization/dist/index.js
var dist = __webpack_require__(1043);
// EXTERNAL MODULE: ./node_modules/@azure/arm-containerregistry/dist/esm/index.js + 33 modules
var esm = __webpack_require__(9751);
// EXTERNAL MODULE: ./node_modules/@azure/arm-containerservice/dist/esm/index.js + 39 modules
var dist_esm = __webpack_require__(7744);
;// CONCATENATED MODULE: ./src/memoize.ts
/** A function that makes the value of each key once, however often it is asked for. */
function memoize(make) {
    const known = new Map();
    return key => {
        const value = known.get(key) ?? make(key);
        known.set(key, value);
        return value;
    };
}

;// CONCATENATED MODULE: ./src/azure/clients.ts




/** What every SDK client is created with, Entra's included. */
function clientOptions(policy) {
    return {
        userAgentOptions: { userAgentPrefix: 'attach-acr' },
        additionalPolicies: [{ policy, position: 'perRetry' }],
    };
}
/**
 * Endpoint and token scope are always given: left to itself, arm-containerservice asks for a public-cloud token in every cloud
 * (arm-containerservice 25.3.0, `containerServiceContext.js`).
 */
function createClients(credential, cloud, policy) {
    const scopes = [resourceManagerScope(cloud)];
    const options = { ...clientOptions(policy), endpoint: cloud.resourceManager, credentials: { scopes } };
    return {
        authorization: memoize(id => new dist/* AuthorizationManagementClient */.IK(credential, id, {
            ...options,
            $host: cloud.resourceManager,
            credentialScopes: scopes,
        })),
        containerService: memoize(id => new dist_esm/* ContainerServiceClient */.u(credential, id, options)),
        containerRegistry: memoize(id => new esm/* ContainerRegistryManagementClient */.PG(credential, id, options)),
    };
}
/** The scope of an Azure Resource Manager token. */
function resourceManagerScope(cloud) {
    return `${cloud.resourceManager}/.default`;
}

// EXTERNAL MODULE: ./node_modules/@azure/core-rest-pipeline/dist/esm/index.js + 37 modules
var core_rest_pipeline_dist_esm = __webpack_require__(1818);
// EXTERNAL MODULE: ./node_modules/p-limit/index.js + 1 modules
var p_limit = __webpack_require__(370);
;// CONCATENATED MODULE: ./src/azure/requests.ts


// A role assignment takes up to 8 s inside its PUT (recorded); what has not answered after this is not going to.
const timeoutMs = 60_000;
/**
 * One policy for the pipelines of all SDK clients together, after their retry policies: it sees every try, bounds how many are in flight (a
 * pause between tries holds no place) and how long one may take.
 * @param concurrency tries in flight at most
 * @param log gets one debug line a try: method, URL without its query (it may be signed), status, milliseconds, correlation ID
 * @param onRequest told of each try
 */
function createRequestPolicy(concurrency, log, onRequest) {
    const limit = (0,p_limit/* default */.A)(concurrency);
    return {
        name: 'attachAcrRequests',
        sendRequest: (request, next) => limit(async () => {
            onRequest();
            request.timeout ||= timeoutMs;
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
                const timedOut = error instanceof Error && error.name === 'AbortError' && request.abortSignal?.aborted !== true;
                // As a connection error, so that the SDK's retry policy takes it for one.
                throw timedOut
                    ? new core_rest_pipeline_dist_esm/* RestError */.pj(`no answer within ${timeoutMs / 1000} s`, { code: 'ETIMEDOUT', request })
                    : error;
            }
        }),
    };
}

;// CONCATENATED MODULE: ./src/azure/role-definitions.ts

const builtIn = new Map(Object.values(built_in_roles/* builtInRoles */.x).map(role => [role.id, role]));
/** The definition of a role by its GUID: without a request for the well-known ones. */
async function getRoleDefinition(clients, subscriptionId, roleId, abortSignal) {
    const known = builtIn.get(roleId);
    if (known)
        return known;
    const { roleName, permissions } = await clients
        .authorization(subscriptionId)
        .roleDefinitions.get(`subscriptions/${subscriptionId}`, roleId, { abortSignal });
    return {
        id: roleId,
        name: roleName ?? roleId,
        permissions: (permissions ?? []).map(({ actions = [], notActions = [], dataActions = [], notDataActions = [] }) => ({
            actions,
            notActions,
            dataActions,
            notDataActions,
        })),
    };
}

// EXTERNAL MODULE: ./src/azure/resource-id.ts
var resource_id = __webpack_require__(1365);
;// CONCATENATED MODULE: ./src/azure/registries.ts

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
function toRegistry(registry) {
    const id = registry.id ?? '';
    return {
        id,
        name: registry.name ?? '',
        subscriptionId: (0,resource_id/* parseResourceId */.RQ)(id)?.subscriptionId ?? '',
        loginServer: registry.loginServer ?? '',
        sku: registry.sku.name,
        // Absent in answers of older API versions, which know no other mode than LegacyRegistryPermissions.
        roleAssignmentMode: registry.roleAssignmentMode === 'AbacRepositoryPermissions' ? 'ABAC' : 'RBAC',
    };
}

;// CONCATENATED MODULE: ./src/lookup.ts



/** The value, or the contract's error in its place; a cancelled job throws. */
async function attempt(work, what) {
    try {
        return await work;
    }
    catch (error) {
        if ((0,errors/* isAbort */.rV)(error))
            throw error;
        return explain(error, what);
    }
}
/** The one resource of that name; two are an error that lists both. */
function pickByName(asked, kind, resources, subscriptionId) {
    const [found, ...others] = resources.filter(({ name }) => name.toLowerCase() === asked.toLowerCase());
    if (!found)
        return { asked, error: notFoundByName(asked, kind, subscriptionId) };
    if (others.length === 0)
        return { asked, found };
    const ids = [found, ...others].map(({ id }) => `  ${id}`).join('\n');
    const error = new errors/* ActionError */.lZ('AMBIGUOUS_NAME', `${others.length + 1} of the ${kind === 'cluster' ? 'clusters' : 'registries'} in subscription ${subscriptionId} are called ${asked}.`, {
        subject: asked,
        fix: `Give resource-group, or one of these resource IDs:\n${ids}`,
    });
    return { asked, error };
}
function notFoundByName(asked, kind, subscriptionId) {
    const [code, list] = kind === 'cluster'
        ? ['CLUSTER_NOT_FOUND', 'az aks list']
        : ['REGISTRY_NOT_FOUND', 'az acr list'];
    return new errors/* ActionError */.lZ(code, `The ${kind} ${asked} is not in subscription ${subscriptionId}, or the signed-in identity may not see it.`, {
        subject: asked,
        fix: `Check the spelling and subscription-id, or give the resource ID. What there is:\n  ${list} --subscription ${subscriptionId} --query "[].id" --output tsv`,
    });
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

;// CONCATENATED MODULE: ./src/find-registries.ts





/** Finds every registry that was asked for, each once. */
async function findRegistries(azure, { registries, subscriptionId }) {
    const list = memoize(subscription => attempt(listRegistries(azure.clients, subscription, azure.signal), listing(azure, 'registries', subscriptionId)));
    return distinct(await Promise.all(registries.map(reference => findRegistry(azure, reference, subscriptionId, list))));
}
async function findRegistry(azure, reference, subscriptionId, list) {
    const asked = reference.text;
    if (reference.kind === 'id') {
        const { id } = reference;
        const found = await attempt(getRegistry(azure.clients, id, azure.signal), {
            failure: `The registry ${id.name} could not be read`,
            subject: id.name,
            scope: (0,resource_id/* formatResourceId */.bM)(id),
            action: 'Microsoft.ContainerRegistry/registries/read',
            notFound: 'REGISTRY_NOT_FOUND',
            caller: azure.caller,
        });
        return found instanceof errors/* ActionError */.lZ ? { asked, error: found } : { asked, found };
    }
    const listed = await list(subscriptionId);
    if (listed instanceof errors/* ActionError */.lZ)
        return { asked, error: listed };
    if (reference.kind === 'name')
        return pickByName(asked, 'registry', listed, subscriptionId);
    const found = listed.find(({ loginServer }) => loginServer.toLowerCase() === asked);
    return found ? { asked, found } : { asked, error: notFoundByName(asked, 'registry', subscriptionId) };
}

;// CONCATENATED MODULE: ./src/azure/clusters.ts
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
    const usesServicePrincipal = servicePrincipal && servicePrincipal.toLowerCase() !== 'msi' && !cluster.identity;
    return {
        id: cluster.id ?? '',
        name: cluster.name ?? '',
        location: cluster.location,
        provisioningState: cluster.provisioningState ?? '',
        powerState: cluster.powerState?.code ?? '',
        ...(objectId && { kubeletIdentity: { resourceId: resourceId ?? '', clientId: clientId ?? '', objectId } }),
        ...(usesServicePrincipal && { servicePrincipalClientId: servicePrincipal }),
    };
}

;// CONCATENATED MODULE: ./src/find-targets.ts





/** Finds every cluster that was asked for, each once, with the identity that its nodes pull with. */
async function findTargets(azure, { clusters, subscriptionId }) {
    const list = memoize(resourceGroup => attempt(listClusters(azure.clients, subscriptionId, resourceGroup, azure.signal), listing(azure, 'clusters', subscriptionId, resourceGroup)));
    const lookups = await Promise.all(clusters.map(reference => findClusters(azure, reference, subscriptionId, list)));
    return distinct(lookups.flat()).map(lookup => ('error' in lookup ? lookup : toTarget(lookup.asked, lookup.found)));
}
async function findClusters(azure, reference, subscriptionId, list) {
    const asked = reference.text;
    if (reference.kind === 'id')
        return [await readCluster(azure, asked, reference.id)];
    const { resourceGroup } = reference;
    if (reference.kind === 'name' && resourceGroup) {
        return [
            await readCluster(azure, asked, {
                subscriptionId,
                resourceGroup,
                type: 'Microsoft.ContainerService/managedClusters',
                name: reference.text,
            }),
        ];
    }
    const listed = await list(resourceGroup);
    if (listed instanceof errors/* ActionError */.lZ)
        return [{ asked, error: listed }];
    if (reference.kind === 'name')
        return [pickByName(asked, 'cluster', listed, subscriptionId)];
    if (listed.length > 0)
        return listed.map(found => ({ asked: found.id, found }));
    const where = resourceGroup ? `resource group ${resourceGroup}` : `subscription ${subscriptionId}`;
    return [
        {
            asked,
            error: new errors/* ActionError */.lZ('CLUSTER_NOT_FOUND', `There is no cluster in ${where}.`, {
                subject: where,
                fix: 'Check subscription-id and resource-group.',
            }),
        },
    ];
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
    return found instanceof errors/* ActionError */.lZ ? { asked, error: found } : { asked, found };
}
function toTarget(asked, cluster) {
    const { id, name, location, provisioningState, powerState, kubeletIdentity } = cluster;
    if (!kubeletIdentity)
        return { asked, error: noKubeletIdentity(cluster) };
    return {
        asked,
        found: {
            kind: 'cluster',
            id,
            name,
            location,
            state: provisioningState === 'Succeeded' ? powerState : provisioningState,
            identity: {
                objectId: kubeletIdentity.objectId,
                clientId: kubeletIdentity.clientId,
                name: (0,resource_id/* lastSegment */.mp)(kubeletIdentity.resourceId),
            },
        },
    };
}
function noKubeletIdentity({ id, name, provisioningState, servicePrincipalClientId }) {
    if (servicePrincipalClientId) {
        return new errors/* ActionError */.lZ('NO_KUBELET_IDENTITY', `${name} pulls with the service principal ${servicePrincipalClientId}, not with a kubelet identity; this version does not support that yet.`, {
            subject: name,
            fix: `Move the cluster to managed identities:\n  az aks update --ids ${id} --enable-managed-identity`,
        });
    }
    return new errors/* ActionError */.lZ('NO_KUBELET_IDENTITY', `${name} has no kubelet identity (provisioning state ${provisioningState}).`, {
        subject: name,
        fix: `A cluster gets it while it is created. Wait until that is done, or repair a failed creation:\n  az aks wait --ids ${id} --created\n  az aks update --ids ${id}`,
    });
}

;// CONCATENATED MODULE: ./src/observe.ts







/**
 * Reads how Azure is now: clusters and registries side by side, then what each pull identity holds at each registry.
 * What can't be found or read is kept as its pairs' error; only a cancelled job throws.
 *
 * The assignments are listed for the one principal (`assignedTo`), although that costs a second round trip after the cluster's: with 300
 * inherited assignments the plain list is two hundred times the size, and it can't tell who is in a group. `npm run bench` measures both.
 */
async function observe(azure, inputs) {
    const [targets, registries] = await Promise.all([findTargets(azure, inputs), findRegistries(azure, inputs)]);
    const pairs = await Promise.all(targets.flatMap(target => registries.map(registry => observePair(azure, target, registry))));
    return { targets, registries, pairs, roles: await readRoles(azure, pairs) };
}
async function observePair(azure, target, registry) {
    if ('error' in target || 'error' in registry)
        return { target, registry, assignments: [] };
    const { id, name, subscriptionId } = registry.found;
    const listed = await attempt((0,role_assignments/* listRoleAssignments */.FE)(azure.clients, subscriptionId, id, target.found.identity.objectId, azure.signal), {
        failure: `The role assignments at ${name} could not be read`,
        subject: name,
        scope: id,
        action: 'Microsoft.Authorization/roleAssignments/read',
        caller: azure.caller,
    });
    return listed instanceof errors/* ActionError */.lZ
        ? { target, registry, assignments: [], error: listed }
        : { target, registry, assignments: listed };
}
/** Definitions of the roles that occur; one that can't be read (it was deleted, or the caller may not) is left out and so lets nobody pull. */
async function readRoles(azure, pairs) {
    const wanted = new Map(); // role → a subscription to ask for it in
    for (const { assignments, registry } of pairs) {
        if ('error' in registry)
            continue;
        for (const { roleId } of assignments)
            wanted.set(roleId, registry.found.subscriptionId);
    }
    const definitions = await Promise.all([...wanted].map(([roleId, subscriptionId]) => getRoleDefinition(azure.clients, subscriptionId, roleId, azure.signal).catch((error) => {
        if ((0,errors/* isAbort */.rV)(error))
            throw error;
        return undefined;
    })));
    return new Map(definitions.filter(role => role !== undefined).map(role => [role.id, role]));
}

// EXTERNAL MODULE: ./node_modules/@azure/identity/dist/esm/index.js + 172 modules
var identity_dist_esm = __webpack_require__(9907);
// EXTERNAL MODULE: ./node_modules/@actions/core/lib/core.js + 16 modules
var core = __webpack_require__(8261);
// EXTERNAL MODULE: ./node_modules/jose/dist/webapi/util/decode_jwt.js + 4 modules
var decode_jwt = __webpack_require__(9937);
;// CONCATENATED MODULE: ./src/abortable.ts
/** The promise's end, or an AbortError as soon as the signal is aborted: for work that takes no signal itself. */
async function abortable(work, signal) {
    signal.throwIfAborted();
    let onAbort;
    const aborted = new Promise((_, reject) => {
        onAbort = () => {
            reject(signal.reason);
        };
        signal.addEventListener('abort', onAbort, { once: true });
    });
    try {
        return await Promise.race([work, aborted]);
    }
    finally {
        if (onAbort)
            signal.removeEventListener('abort', onAbort);
    }
}

// EXTERNAL MODULE: ./src/id-token.ts
var id_token = __webpack_require__(5034);
;// CONCATENATED MODULE: ./src/sign-in-errors.ts


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
// No federated credential fits: 70021 is the older code for all three, then issuer, audience, subject.
const mismatchCodes = ['70021', '700211', '700212', '700213'];
/** The contract's error for a refused or failed sign-in. `presented` is what the ID token claimed; the token itself is never shown. */
function explainSignIn(thrown, auth, presented) {
    if ((0,errors/* isAbort */.rV)(thrown))
        return (0,errors/* cancelled */.KW)(thrown);
    const text = thrown instanceof Error ? thrown.message : String(thrown);
    const [, code] = /AADSTS(\d+)/.exec(text) ?? [];
    const [, correlationId] = /Correlation ID: ([0-9a-f-]{36})/i.exec(text) ?? [];
    const message = firstSentences(text);
    const details = {
        subject: auth.clientId,
        cause: thrown,
        azure: { message, ...(code && { code: `AADSTS${code}` }), ...(correlationId && { correlationId }) },
    };
    if (code && mismatchCodes.includes(code)) {
        return new errors/* ActionError */.lZ('FEDERATED_CREDENTIAL_MISMATCH', `Microsoft Entra refuses the ID token of this job: no federated credential of ${auth.clientId} fits it.`, {
            ...details,
            fix: fixMismatch(auth, presented),
        });
    }
    if (!code) {
        return new errors/* ActionError */.lZ('AZURE_UNAVAILABLE', `Microsoft Entra could not be asked for a token. ${message}`, {
            ...details,
            fix: 'Check that the runner reaches Microsoft Entra (HTTPS_PROXY, NO_PROXY, firewall) and https://azure.status.microsoft, then run the step again.',
        });
    }
    const known = explanations[code];
    return new errors/* ActionError */.lZ('SIGN_IN_FAILED', `Signing in as ${auth.clientId} to tenant ${auth.tenantId} failed: ${known?.reason ?? message}.`, {
        ...details,
        fix: known?.fix(auth) ?? `What Microsoft Entra means by it: https://login.microsoftonline.com/error?code=${code}`,
    });
}
function fixMismatch(auth, presented) {
    const commands = createFederatedCredentialCommands({ clientId: auth.clientId, ...presented });
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

;// CONCATENATED MODULE: ./src/sign-in.ts







/**
 * Signs in to Microsoft Entra ID with GitHub ID tokens, and gets the first Azure Resource Manager token.
 * @throws ActionError `OIDC_UNAVAILABLE`, `FEDERATED_CREDENTIAL_MISMATCH`, `SIGN_IN_FAILED`, `AZURE_UNAVAILABLE`.
 */
async function signIn({ auth, cloud }, takeIdToken, policy, signal) {
    let presented;
    const credential = cacheTokens(async (scopes, options) => {
        // One credential a request: the SDK asks for the assertion twice a request and again on its cache hits (identity 4.13.1), and an
        // ID token is soon too old to be presented again.
        const idToken = await abortable(takeIdToken(), signal);
        const claims = (0,id_token/* readIdTokenClaims */.i)(idToken);
        presented ??= claims;
        const entra = new identity_dist_esm/* ClientAssertionCredential */.XI(auth.tenantId, auth.clientId, () => Promise.resolve(idToken), {
            ...clientOptions(policy),
            authorityHost: cloud.authorityHost,
        });
        try {
            return await entra.getToken(scopes, options);
        }
        catch (error) {
            throw explainSignIn(error, auth, claims);
        }
    });
    const { token } = await credential.getToken(resourceManagerScope(cloud), { enableCae: true, abortSignal: signal });
    const claims = (0,decode_jwt/* decodeJwt */.i)(token);
    return {
        credential,
        caller: { objectId: claims.oid ?? auth.clientId, name: claims.app_displayname ?? auth.clientId },
        tenantId: claims.tid ?? auth.tenantId,
        by: `GitHub OIDC, ${presented?.subject ?? ''}`,
    };
}
/** Keeps each scope's token until shortly before it expires, and lets requests that come meanwhile share one sign-in. */
function cacheTokens(getToken) {
    const tokens = new Map();
    const request = async (key, scopes, options) => {
        try {
            const token = await getToken(scopes, options);
            core/* setSecret */.Pq(token.token);
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

;// CONCATENATED MODULE: ./src/verify.ts




/** Waits, for all side by side, until Azure Resource Manager reports what was assigned. Never throws: what did not come is a verification with an error. */
async function verifyAssignments(azure, outcomes, limits, progress) {
    return Promise.all(outcomes.map(async (outcome) => {
        const verification = await verifyAssignment(azure, outcome, limits, progress);
        progress.onDone(verification);
        return verification;
    }));
}
async function verifyAssignment(azure, outcome, limits, progress) {
    const { operation, finishedAt } = outcome;
    const { registry, principalId, role, scope, target } = operation;
    let seen = [];
    try {
        const reported = await waitFor(async () => {
            seen = await (0,role_assignments/* listRoleAssignments */.FE)(azure.clients, registry.subscriptionId, scope, principalId, azure.signal);
            return seen.find(assignment => (0,role_assignments/* isAssignmentOf */.Dj)(assignment, { scope, principalId, roleId: role.id }));
        }, {
            ...limits,
            signal: azure.signal,
            onPause: pauseMs => {
                progress.onWait(outcome, seen, pauseMs);
            },
        });
        if (!reported)
            throw notReported(outcome);
        return { operation, verified: 'assignment', propagationSeconds: (limits.clock.now() - finishedAt) / 1000 };
    }
    catch (error) {
        const explained = explain(error, {
            failure: `Whether ${target.name} has ${role.name} on ${registry.name} could not be read`,
            subject: registry.name,
            scope,
            action: 'Microsoft.Authorization/roleAssignments/read',
            caller: azure.caller,
        });
        return { operation, verified: 'none', error: explained };
    }
}
function notReported({ operation: { target, registry, role, scope, principalId }, roleAssignmentId, }) {
    return new errors/* ActionError */.lZ('PROPAGATION_TIMEOUT', `${role.name} on ${registry.name} was given to ${target.name}, but Azure Resource Manager does not report it yet.`, {
        subject: registry.name,
        fix: 'It was written and is not lost; Azure documents up to 10 minutes. Run the step again, or give a longer `timeout`. What Azure reports now:\n' +
            `  az role assignment list --assignee-object-id ${principalId} --scope ${scope} --include-inherited\n` +
            `  az rest --method get --url "${roleAssignmentId ?? ''}?api-version=2022-04-01"`,
    });
}

;// CONCATENATED MODULE: ./src/stages.ts
/** The stages that need the Azure SDKs: one module, so that they are loaded together and only when inputs and ID token are on their way. */








/***/ })

};
