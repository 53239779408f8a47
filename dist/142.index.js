export const id = 142;
export const ids = [142];
export const modules = {

/***/ 94142:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  createProof: () => (/* binding */ createProof)
});

// EXTERNAL MODULE: ./src/model/error.ts
var model_error = __webpack_require__(88623);
// EXTERNAL MODULE: ./src/model/resource-id.ts
var resource_id = __webpack_require__(51391);
// EXTERNAL MODULE: ./node_modules/p-limit/index.js + 1 modules
var p_limit = __webpack_require__(70370);
// EXTERNAL MODULE: external "node:crypto"
var external_node_crypto_ = __webpack_require__(77598);
// EXTERNAL MODULE: ./src/model/az-commands.ts
var az_commands = __webpack_require__(10673);
// EXTERNAL MODULE: ./node_modules/@actions/io/lib/io.js
var io = __webpack_require__(88701);
// EXTERNAL MODULE: ./src/services/arm/errors.ts + 2 modules
var errors = __webpack_require__(60592);
;// CONCATENATED MODULE: ./src/services/arm/run-command.ts
/** Between two looks at a command that runs. */
const pollMs = 1000;
/**
 * Runs a command and waits for its end. The poller judges by the HTTP status alone, and takes `200 {"provisioningState":"Running"}` for the end
 * (arm-containerservice 25.3.0): so it is asked on, and whether the end is a good one is for the caller to see.
 * @param longestMs after which a command that has not ended is not waited for any more
 */
async function runCommand(clients, id, request, { sleep, longestMs, abortSignal, }) {
    const late = AbortSignal.timeout(longestMs);
    const limited = AbortSignal.any([abortSignal, late]);
    const { managedClusters } = clients.containerService(id.subscriptionId);
    try {
        let result = await start(clients, id, request, limited);
        while (result.id && isUnderWay(result.provisioningState)) {
            await sleep(pollMs);
            const later = await managedClusters.getCommandResult(id.resourceGroup, id.name, result.id, {
                abortSignal: limited,
            });
            // 202 has no body.
            if (later)
                result = later;
        }
        return {
            provisioningState: result.provisioningState ?? '',
            exitCode: result.exitCode ?? 0,
            reason: result.reason ?? '',
            logs: result.logs ?? '',
        };
    }
    catch (error) {
        if (!late.aborted || abortSignal.aborted)
            throw error;
        const reason = `it did not end within ${longestMs / 1000} s`;
        return { provisioningState: 'Running', exitCode: 0, reason, logs: '' };
    }
}
function isUnderWay(state = '') {
    return /^(accepted|creating|running)$/i.test(state);
}
/** Hands a command over without waiting for its end. */
async function submitCommand(clients, id, request, abortSignal) {
    await start(clients, id, request, abortSignal).submitted();
}
function start(clients, { subscriptionId, resourceGroup, name }, request, abortSignal) {
    const { command, context, clusterToken } = request;
    return clients
        .containerService(subscriptionId)
        .managedClusters.runCommand(resourceGroup, name, { command, context: Buffer.from(context).toString('base64'), clusterToken }, { abortSignal, updateIntervalInMs: pollMs });
}
/** The kubeconfig of the cluster's user. */
async function getKubeconfig(clients, { subscriptionId, resourceGroup, name }, abortSignal) {
    const { managedClusters } = clients.containerService(subscriptionId);
    const { kubeconfigs = [] } = await managedClusters.listClusterUserCredentials(resourceGroup, name, { abortSignal });
    const [first] = kubeconfigs;
    return first?.value ? Buffer.from(first.value).toString('utf8') : '';
}

// EXTERNAL MODULE: ./src/services/runner/secrets.ts
var secrets = __webpack_require__(9370);
// EXTERNAL MODULE: ./node_modules/yaml/dist/index.js
var dist = __webpack_require__(38815);
;// CONCATENATED MODULE: ./src/services/kubernetes/kubeconfig.ts

/** Ways of signing in that need a program or a person: kubelogin, and its forerunner inside kubectl. */
const interactive = ['exec', 'auth-provider'];
/** Whether a kubeconfig wants a token for the AKS server application, instead of holding a credential of its own. */
function wantsEntraToken(kubeconfig) {
    return usersOf((0,dist/* parse */.qg)(kubeconfig)).some(user => interactive.some(key => key in user));
}
/** The kubeconfig with the token in the place of whatever would have asked for one. */
function withToken(kubeconfig, token) {
    const config = (0,dist/* parse */.qg)(kubeconfig);
    for (const entry of config.users ?? []) {
        if (interactive.some(key => key in (entry.user ?? {})))
            entry.user = { token };
    }
    return (0,dist/* stringify */.As)(config);
}
/** Every secret in it, to be masked. */
function secretsOf(kubeconfig) {
    const secrets = usersOf((0,dist/* parse */.qg)(kubeconfig)).flatMap(user => [
        user.token,
        user.password,
        user['client-key-data'],
    ]);
    return secrets.filter((secret) => typeof secret === 'string' && secret !== '');
}
function usersOf({ users = [] }) {
    return users.map(({ user }) => user ?? {});
}

// EXTERNAL MODULE: external "node:fs/promises"
var promises_ = __webpack_require__(51455);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(76760);
// EXTERNAL MODULE: external "node:os"
var external_node_os_ = __webpack_require__(48161);
// EXTERNAL MODULE: ./node_modules/@actions/exec/lib/exec.js + 2 modules
var exec = __webpack_require__(75260);
// EXTERNAL MODULE: external "node:timers/promises"
var external_node_timers_promises_ = __webpack_require__(58500);
// EXTERNAL MODULE: ./src/model/time.ts
var time = __webpack_require__(50816);
;// CONCATENATED MODULE: ./src/services/kubernetes/cluster-text.ts
/*
 * What kubectl is asked to print: one line each, objects as JSON between tabs (kubectl since 1.20). The same whichever way kubectl is run, and
 * short, for AKS Run Command cuts its output at 512 kB.
 */
const nodesFormat = '{range .items[*]}node{"\\t"}{.metadata.name}{"\\t"}{.metadata.labels}{"\\t"}{.spec.unschedulable}{"\\t"}{.status.conditions}{"\\n"}{end}';
const podsFormat = '{range .items[*]}pod{"\\t"}{.metadata.name}{"\\t"}{.metadata.labels}{"\\t"}{.metadata.creationTimestamp}{"\\t"}{.status}{"\\n"}{end}';
const eventsFormat = '{range .items[*]}event{"\\t"}{.involvedObject.name}{"\\t"}{.reason}{"\\t"}{.message}{"\\n"}{end}';
/** The nodes among the lines of kubectl's output. */
function readNodes(text) {
    return rowsOf(text, 'node').map(([name = '', labelText = '', unschedulable = '', conditionText = '']) => {
        const found = (readJson(labelText) ?? {});
        const conditions = (readJson(conditionText) ?? []);
        return {
            name,
            pool: found['kubernetes.azure.com/agentpool'] ??
                found.agentpool ??
                found['karpenter.sh/nodepool'] ??
                'without a pool',
            os: found['kubernetes.io/os'] ?? 'linux',
            arch: found['kubernetes.io/arch'] ?? 'amd64',
            isReady: conditions.some(({ type, status }) => type === 'Ready' && status === 'True'),
            isCordoned: unschedulable === 'true',
            isVirtual: found.type === 'virtual-kubelet',
        };
    });
}
/** The pods among them. */
function readPods(text) {
    return rowsOf(text, 'pod').map(([name = '', labelText = '', created = '', statusText = '']) => ({
        name,
        labels: (readJson(labelText) ?? {}),
        createdAt: Date.parse(created),
        status: readJson(statusText) ?? {},
    }));
}
/** The events among them. */
function readEvents(text) {
    return rowsOf(text, 'event').map(([pod = '', reason = '', message = '']) => ({ pod, reason, message }));
}
/** The fields of all lines of a kind. */
function rowsOf(text, kind) {
    return text
        .split('\n')
        .filter(line => line.startsWith(`${kind}\t`))
        .map(line => line.split('\t').slice(1));
}
function readJson(text) {
    try {
        return JSON.parse(text);
    }
    catch {
        return undefined; // the field is not there
    }
}

;// CONCATENATED MODULE: ./src/services/kubernetes/errors.ts


/** What kubectl prints and what it means; the first rule that fits counts. Texts: kubernetes/kubernetes `apierrors`, admission plugins, Gatekeeper. */
const rules = [
    {
        says: /exceeded quota|failed quota|must specify (limits|requests)/i,
        code: 'PROBE_FAILED',
        what: 'a quota does not let the probe pods in',
        fix: ({ namespace }) => `The pods ask for 1m CPU and 8Mi memory each. Raise the quota, or give another namespace in probe-namespace. What the quota is:\n  kubectl describe resourcequota --namespace ${namespace}`,
    },
    {
        says: /violates PodSecurity/i,
        code: 'PROBE_FAILED',
        what: "the namespace's pod security standard refuses the probe pods",
        fix: ({ namespace }) => `They pass the restricted standard, so another version of it is enforced. Give another namespace in probe-namespace. What is enforced:\n  kubectl get namespace ${namespace} --show-labels`,
    },
    {
        says: /admission webhook|denied the request|ValidatingAdmissionPolicy|denied by policy|\[azurepolicy-/i,
        code: 'PROBE_FAILED',
        what: 'a policy of the cluster refuses the probe pods',
        fix: ({ namespace }) => 'The message names the policy. Exempt a namespace from it and give that in probe-namespace, or change what the policy objects to ' +
            `(a tag :latest, or a registry that is not allowed: give another probe-image). The policies:\n  kubectl get constraints\n  kubectl get namespace ${namespace} --show-labels`,
    },
    {
        says: /minimum (cpu|memory|ephemeral-storage) usage|maximum (cpu|memory|ephemeral-storage) usage|LimitRange/i,
        code: 'PROBE_FAILED',
        what: "the namespace's limit range refuses the probe pods",
        fix: ({ namespace }) => `Give another namespace in probe-namespace. What the limits are:\n  kubectl describe limitrange --namespace ${namespace}`,
    },
    {
        says: /namespaces? "[^"]+" not found/i,
        code: 'PROBE_FAILED',
        what: 'the namespace of the probe pods does not exist',
        fix: ({ namespace }) => `Give one that exists in probe-namespace, or create it:\n  kubectl create namespace ${namespace}`,
    },
    {
        says: /is being terminated/i,
        code: 'PROBE_FAILED',
        what: 'the namespace of the probe pods is being deleted',
        fix: () => 'Give another one in probe-namespace.',
    },
    {
        says: /Unauthorized|must be logged in|asked for the client to provide credentials/i,
        code: 'AUTHORIZATION_FAILED',
        what: 'the API server does not accept the sign-in',
        fix: ({ cluster }) => 'The identity that is signed in must belong to the tenant that the cluster uses for sign-in:\n' +
            `  ${(0,az_commands/* aksCommand */.$o)('show', cluster.id, '--query aadProfile')}`,
    },
    {
        says: /forbidden/i,
        code: 'AUTHORIZATION_FAILED',
        what: 'the signed-in identity may not do that inside the cluster',
        fix: ({ cluster, objectId }) => 'It must list nodes and events, and list, create and delete pods in the namespace. With Azure RBAC for Kubernetes, create the role AKS Probe of ' +
            `docs/permissions.md once, and give it:\n  az role assignment create --assignee ${objectId || '<object ID>'} --role "AKS Probe" --scope ${cluster.id}\n` +
            'With Kubernetes RBAC, bind the ClusterRole of docs/permissions.md to that object ID as the user:\n' +
            `  kubectl create clusterrolebinding attach-acr --clusterrole=attach-acr-probe --user=${objectId || '<object ID>'}`,
    },
    {
        says: /Unable to connect to the server|connection to the server .* was refused|no such host|i\/o timeout|connection refused|connection reset|TLS handshake|context deadline exceeded|proxyconnect|x509:|Service ?Unavailable|currently unable to handle the request|request canceled|EOF$/im,
        code: 'CLUSTER_UNREACHABLE',
        what: 'the API server can not be reached from here',
        fix: ({ cluster }) => 'Set probe-with: run-command, which goes through Azure Resource Manager, or run the job where the API server can be reached (authorized IP ranges, private network, proxy). How it is set up:\n' +
            `  ${(0,az_commands/* aksCommand */.$o)('show', cluster.id, '--query apiServerAccessProfile')}`,
    },
];
/** The contract's error for what kubectl printed. */
function explainKubectl(said, attempt) {
    const { cluster } = attempt;
    // Kubectl logs each failed look at what the server offers before it says what went wrong.
    const text = said
        .replace(/^[EWI]\d{4} .*$/gm, '')
        .replace(/\s+/g, ' ')
        .trim()
        .slice(0, 1500);
    const rule = rules.find(({ says }) => says.test(said));
    const details = { subject: cluster.name };
    if (!rule) {
        return new model_error/* ActionError */.lZ('PROBE_FAILED', `The nodes of ${cluster.name} could not be probed: kubectl said: ${text || 'nothing'}`, {
            ...details,
            fix: `See whether the same works by hand:\n  kubectl get nodes,pods --namespace ${attempt.namespace}`,
        });
    }
    return new model_error/* ActionError */.lZ(rule.code, `The nodes of ${cluster.name} could not be probed: ${rule.what}. Kubernetes said: ${text}`, {
        ...details,
        fix: rule.fix(attempt),
    });
}

;// CONCATENATED MODULE: ./src/services/kubernetes/probe-pod.ts
/** The labels that probe pods carry: whose they are, which run's, and which probe's. */
const labels = {
    managedBy: 'app.kubernetes.io/managed-by',
    run: 'attach-acr/run',
    probe: 'attach-acr/probe',
};
/** The value of the label `managed-by`. */
const manager = 'attach-acr';
/** All pods of a run begin with this name. */
function podPrefix(run) {
    return `attach-acr-probe-${run}-`;
}
/** Where the API server has the pods that a selector means. */
function podsPath(namespace, selector) {
    return `/api/v1/namespaces/${namespace}/pods?labelSelector=${encodeURIComponent(selector)}`;
}
/** How long a pod may live, in seconds: enough for a large image, and an end for what a killed run leaves behind. */
const podLifeSeconds = 600;
/** No image has this program, so the kubelet pulls, fails to start it, and stops: nothing of the image ever runs. */
const command = ['/attach-acr-only-pulls'];
/**
 * A pod that is pulled for and never runs. It passes the restricted pod security standard (kubernetes.io/docs/concepts/security/pod-security-standards)
 * and what AKS deployment safeguards ask of a pod (learn.microsoft.com/azure/aks/deployment-safeguards): limits, requests, probes, non-root at both
 * levels.
 */
function podOf({ index, node, images }, run) {
    const neverRuns = { exec: { command }, periodSeconds: 60 };
    return {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: {
            generateName: podPrefix(run),
            labels: { [labels.managedBy]: manager, [labels.run]: run, [labels.probe]: String(index) },
            annotations: { 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'true' },
        },
        spec: {
            // Past the scheduler: neither its taints nor a cordon keep the pod away, and the node's kubelet takes it at once.
            nodeName: node,
            nodeSelector: { 'kubernetes.io/os': 'linux' },
            tolerations: [{ operator: 'Exists' }],
            restartPolicy: 'Never',
            activeDeadlineSeconds: podLifeSeconds,
            terminationGracePeriodSeconds: 0,
            automountServiceAccountToken: false,
            enableServiceLinks: false,
            securityContext: {
                runAsNonRoot: true,
                runAsUser: 65532,
                runAsGroup: 65532,
                seccompProfile: { type: 'RuntimeDefault' },
            },
            containers: images.map(({ container, reference }) => ({
                name: container,
                image: reference,
                imagePullPolicy: 'Always',
                command,
                securityContext: {
                    runAsNonRoot: true,
                    allowPrivilegeEscalation: false,
                    privileged: false,
                    readOnlyRootFilesystem: true,
                    capabilities: { drop: ['ALL'] },
                    seccompProfile: { type: 'RuntimeDefault' },
                },
                resources: {
                    requests: { cpu: '1m', memory: '8Mi', 'ephemeral-storage': '1Mi' },
                    limits: { cpu: '10m', memory: '16Mi', 'ephemeral-storage': '16Mi' },
                },
                readinessProbe: neverRuns,
                livenessProbe: neverRuns,
            })),
        },
    };
}
/** Several pods as one document for `kubectl create`. */
function podList(probes, run) {
    return { apiVersion: 'v1', kind: 'List', items: probes.map(probe => podOf(probe, run)) };
}
/** A run deletes a pod that has ended within seconds; with Run Command within a minute and a half. */
const endedLifeSeconds = 150;
/** Whether a probe pod belongs to a run that was killed: it is past its deadline, or has ended long ago. Those of runs under way are left alone. */
function isLeftover({ createdAt, status }, now) {
    const ageSeconds = (now - createdAt) / 1000;
    const ended = status.phase === 'Failed' || status.phase === 'Succeeded';
    return ageSeconds > (ended ? endedLifeSeconds : podLifeSeconds);
}
/** What is left where pods could not be deleted, why, and how to. */
function describeLeft({ cluster, namespace }, run, error) {
    const reason = (error instanceof Error ? error.message : String(error)).replace(/\.$/, '');
    return (`The probe pods on ${cluster.name} could not be deleted: ${reason}. They end by themselves after ${podLifeSeconds / 60} minutes. To delete them:\n` +
        `  kubectl delete pods --namespace ${namespace} --selector ${labels.run}=${run}`);
}

;// CONCATENATED MODULE: ./src/services/kubernetes/verdict.ts
/**
 * What kubelet and containerd say, first match first. Texts: containerd `core/remotes/docker` (authorizer, fetcher, resolver), kubelet
 * `pkg/kubelet/images`; as users met them: Azure/AKS issues 4459 and 4593, kubewarden/adm-controller issue 1378 (platform),
 * learn.microsoft.com/troubleshoot/azure/azure-kubernetes/extensions/cannot-pull-image-from-acr-to-aks-cluster (401, 403, timeouts).
 */
const verdict_rules = [
    { verdict: 'rate-limited', says: '429 Too Many|too ?many ?requests|pull QPS exceeded' },
    // Azure Container Registry's firewall says so when it says anything.
    { verdict: 'unreachable', says: 'client with IP|aka\\.ms/acr/firewall' },
    {
        verdict: 'denied',
        says: '401 Unauthorized|403 Forbidden|unauthorized|authentication required|insufficient_scope|pull access denied|denied: ',
    },
    {
        verdict: 'not-found',
        says: 'no match for platform|no matching manifest|manifest unknown|name unknown|manifest_unknown|name_unknown|: not found',
    },
    {
        verdict: 'unreachable',
        says: 'no such host|server misbehaving|name resolution|i/o timeout|connection refused|connection reset|connection timed out|no route to host|' +
            'network is unreachable|context deadline exceeded|Client\\.Timeout|x509:|tls:|TLS handshake|proxyconnect|dial tcp|unexpected EOF|: EOF|' +
            'registry is unavailable|50[0234] (Internal|Bad|Service|Gateway)',
    },
];
/** Verdicts that may turn into a pull by waiting; the others stay as they are. */
const healing = ['denied', 'unreachable', 'rate-limited', 'failed', 'slow'];
/** What a script has to grep for to see whether trying again makes sense; one extended regular expression a line. */
function healingPatterns() {
    return verdict_rules.filter(({ verdict }) => healing.includes(verdict)).map(({ says }) => says);
}
/** The same for what is final; `not taken` is what the script says of a pod that the kubelet refused. */
function finalPatterns() {
    return [...verdict_rules.filter(({ verdict }) => !healing.includes(verdict)).map(({ says }) => says), '"not taken: '];
}
/** What a message of a failed pull means; `failed` when it is none that is known. */
function judgeMessage(message) {
    return verdict_rules.find(({ says }) => new RegExp(says, 'i').test(message))?.verdict ?? 'failed';
}
/** States of a container in which its image is not there yet, and nothing has failed. */
const pending = ['', 'ContainerCreating', 'PodInitializing'];
/** States in which the pull failed (kubelet `pkg/kubelet/images/types.go`). Every other state comes after the pull. */
const pullFailures = [
    'ErrImagePull',
    'ImagePullBackOff',
    'ErrImageNeverPull',
    'ImageInspectError',
    'InvalidImageName',
    'RegistryUnavailable',
    'SignatureValidationFailed',
];
/** Judges the pull of one container's image. */
function judgePull(status, container, events = []) {
    const found = status.containerStatuses?.find(({ name }) => name === container);
    const { waiting } = found?.state ?? {};
    const reason = waiting?.reason ?? '';
    if (found && wasPulled(found, reason))
        return { verdict: 'pulled', message: '' };
    if (pullFailures.includes(reason)) {
        const message = explainFailure(reason, waiting?.message ?? '', container, events);
        if (reason === 'SignatureValidationFailed')
            return { verdict: 'refused', message };
        if (reason === 'InvalidImageName')
            return { verdict: 'not-found', message };
        return { verdict: judgeMessage(message), message };
    }
    return judgePod(status, events);
}
function wasPulled({ imageID, state }, reason) {
    if (imageID || state?.terminated || state?.running)
        return true;
    return !pending.includes(reason) && !pullFailures.includes(reason);
}
/** A pod that the kubelet did not take, or has not come to. */
function judgePod(status, events) {
    const { phase, reason = '', message = '' } = status;
    if (phase === 'Failed') {
        // Its active deadline passed while it was pulling.
        if (reason === 'DeadlineExceeded')
            return { verdict: 'slow', message };
        return { verdict: 'unschedulable', message: [reason, message].filter(Boolean).join(': ') };
    }
    const unscheduled = status.conditions?.find(({ type, status: is }) => type === 'PodScheduled' && is === 'False');
    if (unscheduled)
        return { verdict: 'unschedulable', message: unscheduled.message ?? unscheduled.reason ?? '' };
    return { verdict: undefined, message: shorten(events.at(-1)?.message ?? '') };
}
/** In back-off, kubelets before Kubernetes 1.32 no longer say why; the events do. */
function explainFailure(reason, message, container, events) {
    if (reason !== 'ImagePullBackOff' || judgeMessage(message) !== 'failed')
        return shorten(message);
    const failures = events.filter(event => event.message.startsWith('Failed to pull image'));
    const [told] = container === 'image-0' || failures.length === 1 ? failures.slice(-1) : [];
    return shorten(told?.message ?? message);
}
/** Containerd wraps the cause in what it was doing, twice with the image's name: the cause is what counts. */
function shorten(message) {
    return message
        .replace(/^Back-off pulling image "[^"]*": ErrImagePull: /, '')
        .replace(/^Failed to pull image "[^"]*": /, '')
        .replace(/(rpc error: code = \w+ desc = )?failed to pull and unpack image "[^"]*": /g, '')
        .replace(/failed to resolve reference "[^"]*": /g, '')
        .replace(/\s+/g, ' ')
        .trim()
        .slice(0, 600);
}

;// CONCATENATED MODULE: ./src/services/kubernetes/kubectl.ts











/** Pods a `kubectl create` makes one after the other; more of them are shared out among several. */
const podsPerProcess = 15;
/** Between two looks at pods that have not ended. A pull of a small image takes about a second. */
const lookMs = 500;
/** How long a request may take; also how long a broken connection keeps a process. */
const requestTimeout = '15s';
/** A cancelled job has 7.5 s until SIGTERM; the report needs some of them. */
const cleanUpMs = 4000;
/** Kubectl on the runner. Its processes get arguments and standard input, never a shell; secrets are in a private file. */
function createKubectl(means) {
    const { attempt, run, clock, signal, debug, warn } = means;
    const { namespace } = attempt;
    const ofRun = `${labels.run}=${run}`;
    let folder;
    let kubeconfig;
    let preparing = Promise.resolve('');
    /** Processes under way. */
    const running = new Set();
    /** Probes whose pod is still pulling. */
    const alive = new Set();
    /** Probes whose pod has not been deleted. */
    const remaining = new Set();
    let removal = Promise.resolve();
    const prepareNow = async () => {
        folder ??= await (0,promises_.mkdtemp)((0,external_node_path_.join)(process.env.RUNNER_TEMP || (0,external_node_os_.tmpdir)(), 'attach-acr-'));
        const file = (0,external_node_path_.join)(folder, 'kubeconfig');
        const asGiven = kubeconfig?.asGiven ?? (await means.fetchKubeconfig());
        const token = wantsEntraToken(asGiven) ? await means.fetchToken() : '';
        if (token !== kubeconfig?.token) {
            await (0,promises_.writeFile)(file, token ? withToken(asGiven, token) : asGiven, { mode: 0o600 });
            kubeconfig = { asGiven, token };
        }
        return file;
    };
    /** The kubeconfig's path; a token that was renewed is written anew. One after the other, for processes start side by side. */
    const prepare = () => (preparing = preparing.then(prepareNow, prepareNow));
    const start = async (args, input) => {
        const file = await prepare();
        const started = clock.now();
        const common = ['--kubeconfig', file, '--cache-dir', (0,external_node_path_.join)(file, '..', 'cache'), '--request-timeout', requestTimeout];
        const { exitCode, stdout, stderr } = await (0,exec/* getExecOutput */.H)('kubectl', [...common, ...args], {
            input: Buffer.from(input),
            silent: true,
            ignoreReturnCode: true,
        });
        debug(`kubectl ${args.slice(0, 2).join(' ')} ${clock.now() - started} ms, exit code ${exitCode}`);
        if (exitCode !== 0)
            throw explainKubectl(stderr, attempt);
        return stdout;
    };
    const kubectl = (args, input = '') => {
        const process = start(args, input);
        running.add(process);
        const forget = () => void running.delete(process);
        process.then(forget, forget);
        return process;
    };
    const inNamespace = ['--namespace', namespace];
    const get = (what, format, more) => (0,time/* abortable */.ZC)(kubectl(['get', what, ...more, '--output', `jsonpath=${format}`]), signal);
    /** One request for all of them: by names or selectors, kubectl sends one each, five a second. */
    const remove = (selector) => kubectl(['delete', '--raw', podsPath(namespace, selector)]);
    const create = async (probes) => {
        const shares = shareOut(probes, podsPerProcess);
        const process = (share) => kubectl(['create', ...inNamespace, '--validate=false', '--filename', '-'], JSON.stringify(podList(share, run)));
        // A refusal counts when all have ended: what was created has to be known to be deleted.
        const ended = await (0,time/* abortable */.ZC)(Promise.allSettled(shares.map(process)), signal);
        const refused = ended.find(end => end.status === 'rejected');
        if (refused)
            throw refused.reason;
    };
    const warnings = async () => {
        const selector = [
            '--field-selector',
            'involvedObject.kind=Pod,type=Warning',
            '--sort-by',
            '.metadata.creationTimestamp',
        ];
        const events = readEvents(await get('events', eventsFormat, [...inNamespace, ...selector]));
        return events.filter(({ pod }) => pod.startsWith(podPrefix(run)));
    };
    return {
        name: 'kubectl',
        async look() {
            const ofAnyRun = [...inNamespace, '--selector', `${labels.managedBy}=${manager}`];
            const [nodes, pods] = await Promise.all([get('nodes', nodesFormat, []), get('pods', podsFormat, ofAnyRun)]);
            const leftovers = readPods(pods).filter(pod => isLeftover(pod, clock.now()));
            const runs = [...new Set(leftovers.map(pod => pod.labels[labels.run] ?? ''))].filter(other => other !== run);
            if (leftovers.length > 0) {
                debug(`sweeping ${leftovers.length} pods of ${runs.length} runs that have ended without`);
                const names = leftovers.map(({ name }) => name);
                await kubectl(['delete', 'pods', ...inNamespace, ...names, '--wait=false', '--ignore-not-found']);
            }
            return readNodes(nodes);
        },
        async round(probes, until) {
            const fresh = probes.filter(({ index }) => !alive.has(index));
            await (0,time/* abortable */.ZC)(removal, signal);
            for (const { index } of fresh)
                remaining.add(index);
            if (fresh.length > 0)
                await create(fresh);
            for (const { index } of fresh)
                alive.add(index);
            const created = new Set(fresh.map(({ index }) => index));
            let found = new Map();
            for (;;) {
                signal.throwIfAborted();
                const pods = readPods(await get('pods', podsFormat, [...inNamespace, '--selector', ofRun]));
                found = new Map(pods.map(pod => [Number(pod.labels[labels.probe]), pod]));
                if (probes.every(probe => isDecided(probe, found.get(probe.index))) || clock.now() >= until)
                    break;
                await clock.sleep(lookMs, signal);
            }
            const unexplained = probes.some(probe => isUnexplained(probe, found.get(probe.index)));
            const events = unexplained ? await warnings() : [];
            const decided = probes.filter(probe => isDecided(probe, found.get(probe.index))).map(({ index }) => index);
            for (const index of decided)
                alive.delete(index);
            if (decided.length > 0) {
                // Waited for only before pods are made again. What can't be deleted now is so at the end.
                const forget = () => {
                    for (const index of decided)
                        remaining.delete(index);
                };
                removal = remove(`${ofRun},${labels.probe} in (${decided.join(',')})`).then(forget, () => undefined);
            }
            return probes.map(({ index }) => {
                const pod = found.get(index);
                return {
                    index,
                    attempts: created.has(index) ? 1 : 0,
                    ...(pod && { pod: pod.status }),
                    events: events.filter(event => event.pod === pod?.name),
                };
            });
        },
        async close() {
            const cleanUp = async () => {
                // What is being created is there only when its process has ended.
                await Promise.allSettled(running);
                if (remaining.size > 0)
                    await remove(ofRun);
            };
            try {
                await (signal.aborted ? atMost(cleanUpMs, cleanUp()) : cleanUp());
            }
            catch (error) {
                warn(describeLeft(attempt, run, error));
            }
            finally {
                if (folder)
                    await (0,promises_.rm)(folder, { recursive: true, force: true });
            }
        },
    };
}
/** Whether each image of a probe is pulled or refused, or there is no pod any more that could tell. */
function isDecided({ images }, pod) {
    return !pod || images.every(({ container }) => judgePull(pod.status, container).verdict !== undefined);
}
/** Whether a pod's status does not say why its images are not there. */
function isUnexplained({ images }, pod) {
    if (!pod)
        return false;
    return images.some(({ container }) => {
        const { verdict } = judgePull(pod.status, container);
        return verdict === undefined || verdict === 'failed';
    });
}
/** As few shares of at most that size as it takes, about equally long. */
function shareOut(items, size) {
    const count = Math.ceil(items.length / size);
    const shares = Array.from({ length: count }, () => []);
    items.forEach((item, position) => shares[position % count]?.push(item));
    return shares;
}
/** Waits for the work, but no longer than that; the work goes on. */
async function atMost(ms, work) {
    const end = new AbortController();
    try {
        await Promise.race([work, (0,external_node_timers_promises_.setTimeout)(ms, undefined, { signal: end.signal })]);
    }
    finally {
        end.abort();
    }
}

// EXTERNAL MODULE: ./node_modules/fflate/esm/index.mjs
var esm = __webpack_require__(51306);
;// CONCATENATED MODULE: ./src/services/kubernetes/scripts.ts
/*
 * What AKS Run Command runs inside the cluster. The scripts are constant: everything that varies is in files beside them, so that nothing is
 * ever interpolated into a shell. They ask for no more than a POSIX shell, grep, sed, cut, tr, sort, date and kubectl.
 */
/** Prints nodes and probe pods of all runs. */
const lookScript = `set -u
namespace=$(cat namespace)
kubectl get nodes --output jsonpath="$(cat nodes.jsonpath)" || exit 1
kubectl get pods --namespace "$namespace" --selector "$(cat selector)" --output jsonpath="$(cat pods.jsonpath)" || exit 1
echo
echo looked
`;
/** Deletes the pods at the path in \`pods-path\`, or those that \`pods\` names. */
const removeScript = `set -u
if [ -f pods-path ]; then
  # Several times, for a round may be about to make pods again; one that finds its pods gone ends.
  for second in 1 2 3 4; do
    kubectl delete --raw "$(cat pods-path)" >/dev/null
    sleep 1
  done
else
  kubectl delete --namespace "$(cat namespace)" --wait=false --ignore-not-found --filename pods
fi
`;
/**
 * A round of probing: makes the pods of \`probes/\`, waits for their pulls, and makes those again whose refusal may heal, until every image is
 * pulled, one is refused for good, \`seconds\` are over, or the pods were deleted by someone else, as a cancelled job does. Prints a line
 * \`attempt\` for each pod made and how the last ones stand, and deletes them.
 */
const roundScript = `set -u
namespace=$(cat namespace)
selector=$(cat selector)
end=$(($(date +%s) + $(cat seconds)))
tab=$(printf '\\t')

# One request for all, for kubectl would send one each, five a second. The path ends with the encoded selector.
remove() {
  kubectl delete --raw "$(cat pods-path)\${1:-}" >/dev/null 2>&1
}
trap remove EXIT
trap 'exit 1' HUP INT TERM

stand() {
  kubectl get pods --namespace "$namespace" --selector "$selector" --output go-template-file=stand.gotemplate
}

pending=$(ls probes)
all=$(printf '%s\\n' "$pending" | grep -c .)
while :; do
  set --
  for probe in $pending; do
    echo "attempt$tab\${probe%.json}"
    set -- "$@" --filename "probes/$probe"
  done
  if ! kubectl create --namespace "$namespace" --validate=false "$@" >/dev/null 2>refusal; then
    sed "s/^/refusal$tab/" refusal
    exit 0
  fi
  while :; do
    stands=$(stand) || exit 1
    count=$(printf '%s\\n' "$stands" | grep -c .)
    waiting=$(printf '%s\\n' "$stands" | grep -c '^[0-9]* waiting')
    if [ "$count" -lt "$all" ] || [ "$waiting" -eq 0 ] || [ "$(date +%s)" -ge "$end" ]; then break; fi
    sleep 1
  done
  failed=$(printf '%s\\n' "$stands" | grep '^[0-9]* failed')
  if [ "$count" -lt "$all" ] || [ -z "$failed" ] || [ "$(($(date +%s) + 3))" -ge "$end" ]; then break; fi
  # What is final by one of its patterns and by none of those that come before it.
  if printf '%s\\n' "$failed" | grep -v -i -E -f healing | grep -q -i -E -f final; then break; fi
  indexes=$(printf '%s\\n' "$failed" | cut -d ' ' -f 1)
  sleep 1
  # Whoever deletes a probe pod wants the round to end.
  if [ "$(stand | grep -c .)" -lt "$all" ]; then break; fi
  list=$(printf '%s\\n' "$indexes" | tr '\\n' ',' | sed 's/,$//')
  remove "%2Cattach-acr%2Fprobe%20in%20%28$list%29" || exit 1
  pending=$(printf '%s\\n' "$indexes" | sed 's/$/.json/')
done
kubectl get pods --namespace "$namespace" --selector "$selector" --output jsonpath="$(cat pods.jsonpath)"
kubectl get events --namespace "$namespace" --field-selector involvedObject.kind=Pod,type=Warning --output jsonpath="$(cat events.jsonpath)" |
  grep -F "$(cat prefix)" | cut -c 1-2000 | tail -n 100
exit 0
`;
/**
 * A line a pod: its probe, \`pulled\`, \`waiting\` or \`failed\`, and what was said. The words are those of \`judgePull\`.
 * @param pullFailures the states of a container that mean that its pull failed
 */
function standTemplate(pullFailures) {
    const failures = pullFailures.map(reason => `"${reason}"`).join(' ');
    return `{{range .items}}{{$word := "pulled"}}{{$said := ""}}
{{- if .status.containerStatuses}}{{range .status.containerStatuses}}
{{- if not (or .imageID .state.terminated .state.running)}}{{$reason := ""}}
{{- if .state.waiting}}{{if .state.waiting.reason}}{{$reason = .state.waiting.reason}}{{end}}{{end}}
{{- if or (eq $reason "") (eq $reason "ContainerCreating") (eq $reason "PodInitializing")}}{{$word = "waiting"}}
{{- else if eq $reason ${failures}}}
{{- if ne $word "waiting"}}{{$word = "failed"}}{{end}}{{if .state.waiting.message}}{{$said = printf "%s %s" $said .state.waiting.message}}{{end}}
{{- end}}{{end}}{{end}}
{{- else if eq .status.phase "Failed"}}{{$word = "failed"}}{{$said = "not taken: "}}{{if .status.reason}}{{$said = printf "%s%s" $said .status.reason}}{{end}}
{{- else}}{{$word = "waiting"}}{{end}}
{{- index .metadata.labels "attach-acr/probe"}} {{$word}} {{printf "%q" $said}}
{{end}}`;
}

;// CONCATENATED MODULE: ./src/services/kubernetes/run-command.ts








/** A command costs 10 to 30 s to start, so one does as much as it may: Azure documents no limit but ends long ones. */
const longestRoundSeconds = 75;
const shortestRoundSeconds = 5;
/** AKS Run Command: a pod that Azure starts inside the cluster, so the runner needs neither a way to the API server nor kubectl. */
function createRunCommand(means) {
    const { attempt, run, clock, debug, warn } = means;
    const { namespace, cluster } = attempt;
    const ofRun = `${labels.run}=${run}`;
    let isDirty = false;
    const execute = async (script, files) => {
        const started = clock.now();
        const { provisioningState, exitCode, reason, logs } = await means.execute(pack(script, { namespace, ...files }));
        debug(`run command: ${provisioningState}, exit code ${exitCode}, ${clock.now() - started} ms`);
        if (provisioningState.toLowerCase() !== 'succeeded')
            throw notRun(cluster, provisioningState, reason || logs);
        // The poller of the SDK takes a command that failed for success, too.
        if (exitCode !== 0)
            throw explainKubectl(logs, attempt);
        return logs;
    };
    return {
        name: 'run-command',
        async look() {
            const selector = `${labels.managedBy}=${manager}`;
            const logs = await execute(lookScript, {
                selector,
                'nodes.jsonpath': nodesFormat,
                'pods.jsonpath': podsFormat,
            });
            if (!/^looked$/m.test(logs))
                throw notRun(cluster, 'Succeeded', `its output can't be read: ${logs.slice(0, 300)}`);
            const leftovers = readPods(logs).filter(pod => isLeftover(pod, clock.now()));
            if (leftovers.length > 0) {
                debug(`sweeping ${leftovers.length} pods of runs that have ended without`);
                const items = leftovers.map(({ name }) => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace } }));
                await means.submit(pack(removeScript, { namespace, pods: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) }));
            }
            return readNodes(logs);
        },
        async round(probes, until) {
            const left = Math.ceil((until - clock.now()) / 1000);
            const seconds = Math.min(longestRoundSeconds, Math.max(shortestRoundSeconds, left));
            const manifests = probes.map(probe => [`probes/${probe.index}.json`, JSON.stringify(podOf(probe, run))]);
            isDirty = true;
            const logs = await execute(roundScript, {
                selector: ofRun,
                'pods-path': podsPath(namespace, ofRun),
                prefix: podPrefix(run),
                seconds: String(seconds),
                healing: lines(healingPatterns()),
                final: lines(finalPatterns()),
                'stand.gotemplate': standTemplate(pullFailures),
                'pods.jsonpath': podsFormat,
                'events.jsonpath': eventsFormat,
                ...Object.fromEntries(manifests),
            });
            isDirty = false; // the script deletes what it made
            const refusal = rowsOf(logs, 'refusal').flat().join(' ');
            if (refusal)
                throw explainKubectl(refusal, attempt);
            const pods = readPods(logs);
            const events = readEvents(logs);
            const made = rowsOf(logs, 'attempt').flat();
            return probes.map(({ index }) => {
                const pod = pods.find(({ labels: found }) => found[labels.probe] === String(index));
                return {
                    index,
                    attempts: made.filter(probe => probe === String(index)).length,
                    ...(pod && { pod: pod.status }),
                    events: events.filter(event => event.pod === pod?.name),
                };
            });
        },
        async close() {
            if (!isDirty)
                return;
            try {
                // The command under way can't be stopped from here, but it ends when its pods are gone.
                await means.submit(pack(removeScript, { 'pods-path': podsPath(namespace, ofRun) }));
            }
            catch (error) {
                warn(describeLeft(attempt, run, error));
            }
        },
    };
}
function pack(script, files) {
    const entries = Object.entries({ ...files, 'probe.sh': script });
    const context = (0,esm/* zipSync */.L)(Object.fromEntries(entries.map(([name, text]) => [name, (0,esm/* strToU8 */._u)(text)])));
    return { command: 'sh probe.sh', context };
}
function lines(patterns) {
    return patterns.map(pattern => `${pattern}\n`).join('');
}
/** Infrastructure failures; learn.microsoft.com/troubleshoot/azure/azure-kubernetes/create-upgrade-delete/resolve-az-aks-command-invoke-failures. */
function notRun(cluster, state, reason) {
    return new model_error/* ActionError */.lZ('PROBE_FAILED', `AKS Run Command could not run on ${cluster.name} (${state.toLowerCase()}): ${reason || 'no reason was given'}.`, {
        subject: cluster.name,
        fix: 'Azure runs the command in a pod of the namespace aks-command, which needs a node with room and a way to mcr.microsoft.com. Run the step ' +
            'again, or set probe-with: kubectl on a runner that reaches the API server. By hand:\n' +
            `  ${(0,az_commands/* aksCommand */.$o)('command invoke', cluster.id, '--command "kubectl get nodes"')}`,
    });
}

;// CONCATENATED MODULE: ./src/services/kubernetes/connect.ts










/** The AKS server application, the same in every cloud and tenant (learn.microsoft.com/azure/aks/kubelogin-authentication). */
const aksServerScope = '6dae42f8-4368-4678-94ff-3960e28e3630/.default';
/** As long as azure-cli waits for a command. */
const longestCommandMs = 300_000;
/** What a command may take to start, beside what it does (learn.microsoft.com/azure/aks/access-private-cluster: within a minute). */
const startMs = 60_000;
/**
 * The way into a cluster that the inputs ask for; `auto` takes kubectl where it is installed and the API server is public, else Run Command.
 * @throws ActionError `PROBE_FAILED`, `CLUSTER_UNREACHABLE` when there is none
 */
async function chooseWay(target, means) {
    const { probeWith } = means.inputs;
    const installed = probeWith === 'run-command' ? '' : await (0,io/* which */.K7)('kubectl');
    if (probeWith === 'kubectl') {
        if (!installed)
            throw noKubectl(target);
        return kubectlFor(target, means);
    }
    if (probeWith === 'run-command' || !installed || target.access?.isPrivate) {
        if (target.access?.runCommandDisabled)
            throw runCommandDisabled(target, installed !== '');
        return runCommandFor(target, means);
    }
    return kubectlFor(target, means);
}
/** The other way, for a cluster whose API server turned out to be out of kubectl's reach; none where that was asked for, or Run Command is disabled. */
function fallBack(target, means, error) {
    const mayFallBack = means.inputs.probeWith === 'auto' && error.code === 'CLUSTER_UNREACHABLE';
    return mayFallBack && !target.access?.runCommandDisabled ? runCommandFor(target, means) : undefined;
}
function kubectlFor(target, means) {
    const { azure, clock, log, run } = means;
    return createKubectl({
        attempt: attemptOn(target, means, 'kubectl'),
        run,
        clock,
        signal: azure.signal,
        debug: line => {
            log.debug(line);
        },
        warn: text => {
            log.warn(text);
        },
        fetchToken: () => fetchToken(means, azure.signal),
        async fetchKubeconfig() {
            const failure = `The kubeconfig of ${target.name} could not be fetched`;
            const action = 'Microsoft.ContainerService/managedClusters/listClusterUserCredential/action';
            const kubeconfig = await asking(target, means, { failure, action }, () => getKubeconfig(azure.clients, idOf(target), azure.signal));
            secretsOf(kubeconfig).forEach(secrets/* mask */.d);
            return kubeconfig;
        },
    });
}
function runCommandFor(target, means) {
    const { azure, clock, log, run } = means;
    const failure = `AKS Run Command could not be started on ${target.name}`;
    const action = 'Microsoft.ContainerService/managedClusters/runCommand/action';
    const requestOf = async (command, signal) => ({
        ...command,
        clusterToken: target.access?.usesEntra ? await fetchToken(means, signal) : '',
    });
    return createRunCommand({
        attempt: attemptOn(target, means, 'run-command'),
        run,
        clock,
        debug: line => {
            log.debug(line);
        },
        warn: text => {
            log.warn(text);
        },
        execute: command => asking(target, means, { failure, action }, async () => runCommand(azure.clients, idOf(target), await requestOf(command, azure.signal), {
            sleep: ms => clock.sleep(ms, azure.signal),
            longestMs: Math.min(longestCommandMs, means.inputs.timeoutMs + startMs),
            abortSignal: azure.signal,
        })),
        async submit(command) {
            // Not the run's signal: this is also for after a cancellation, when some seconds are left.
            const signal = AbortSignal.timeout(5000);
            await submitCommand(azure.clients, idOf(target), await requestOf(command, signal), signal);
        },
    });
}
function attemptOn({ id, name }, { azure, inputs }, way) {
    return { cluster: { id, name }, namespace: inputs.probeNamespace, objectId: azure.caller.objectId, way };
}
/** The session keeps the token and renews it; it is masked from the moment it is there. */
async function fetchToken({ azure }, abortSignal) {
    const token = await azure.credential.getToken(aksServerScope, { abortSignal });
    return token?.token ?? '';
}
/** A request to Azure about a cluster, whose refusal is explained. */
async function asking({ id, name }, { azure }, { failure, action }, work) {
    try {
        return await work();
    }
    catch (error) {
        if ((0,model_error/* isAbort */.rV)(error))
            throw error;
        throw (0,errors/* explain */.WE)(error, { failure, action, subject: name, scope: id, caller: azure.caller });
    }
}
function idOf({ id }) {
    const parsed = (0,resource_id/* parseResourceId */.RQ)(id);
    if (!parsed)
        throw new Error(`not a cluster's resource ID: ${id}`);
    return parsed;
}
function noKubectl({ name }) {
    return new model_error/* ActionError */.lZ('PROBE_FAILED', `The nodes of ${name} could not be probed: kubectl is not on the runner.`, {
        subject: name,
        fix: 'GitHub-hosted runners have it. On this one install it in a step before, or set probe-with: run-command (or leave it at auto):\n' +
            '  az aks install-cli',
    });
}
function runCommandDisabled({ id, name, access }, hasKubectl) {
    const why = access?.isPrivate
        ? 'its API server is private'
        : hasKubectl
            ? 'probe-with asks for it'
            : 'there is no kubectl here';
    return new model_error/* ActionError */.lZ('CLUSTER_UNREACHABLE', `The nodes of ${name} could not be probed: Run Command is disabled on the cluster, and ${why}.`, {
        subject: name,
        fix: 'Run the job on a runner inside its network, with kubectl and probe-with: kubectl; or allow Run Command:\n' +
            `  ${(0,az_commands/* aksCommand */.$o)('update', id, '--enable-run-command')}`,
    });
}

;// CONCATENATED MODULE: ./src/verify/nodes.ts
/** Chooses the nodes that are to pull: one ready Linux node of each pool that has any, or all of them. Pure. */
function selectNodes(nodes, pools, wanted) {
    const byPool = new Map(pools.map(({ name }) => [name, []]));
    for (const node of nodes)
        byPool.set(node.pool, [...(byPool.get(node.pool) ?? []), node]);
    const chosen = [];
    const skipped = [];
    for (const [pool, members] of byPool) {
        const why = whySkipped(members, pools.find(({ name }) => name === pool));
        if (why) {
            skipped.push({ pool, why });
            continue;
        }
        // Pinned pods reach a cordoned node too, but it may be about to go.
        const usable = members.filter(isUsable).sort((a, b) => Number(a.isCordoned) - Number(b.isCordoned));
        const [first, ...others] = usable;
        if (wanted === 'all')
            chosen.push(...usable.map(node => ({ node, spares: [] })));
        else if (first)
            chosen.push({ node: first, spares: others });
    }
    return { chosen, skipped };
}
function isUsable({ os, isReady, isVirtual }) {
    return os === 'linux' && isReady && !isVirtual;
}
function whySkipped(members, pool) {
    if (pool?.os.toLowerCase() === 'windows' || (members.length > 0 && members.every(({ os }) => os === 'windows')))
        return 'Windows';
    if (members.length === 0)
        return 'no nodes';
    if (members.every(({ isVirtual }) => isVirtual))
        return 'virtual nodes, where no kubelet pulls';
    return members.some(isUsable) ? '' : 'no node is ready';
}

// EXTERNAL MODULE: ./src/model/image.ts
var model_image = __webpack_require__(71444);
;// CONCATENATED MODULE: ./src/verify/pull-errors.ts



const explanations = {
    refused: {
        code: 'PROBE_FAILED',
        what: () => 'could not be probed, for Kubernetes refuses the pods',
        fix: () => 'Give a namespace in probe-namespace where the probe pods are allowed.',
    },
    'not-found': {
        code: 'IMAGE_NOT_FOUND',
        what: ({ registry }, image) => `did not find ${image} on ${registry.name}`,
        fix: ({ registry }, { image, arch, message }) => /platform/i.test(message)
            ? `The image has no variant for linux/${arch}. Build or import it for all platforms of the cluster's nodes. What it has:\n  az acr manifest list-metadata --registry ${registry.name} --name ${repositoryOf(image.reference)} --output table`
            : `Check repository and tag (named in: ${image.from}). What the registry has:\n  az acr repository show-tags --name ${registry.name} --repository ${repositoryOf(image.reference)} --output table`,
    },
    unschedulable: {
        code: 'PROBE_FAILED',
        what: () => 'took no probe pod',
        fix: ({ target }) => 'The kubelet refused the pod, for want of room for pods or because the node is going away. Make room, or set probe-nodes: one-per-pool, ' +
            `which takes another node of the pool then:\n  kubectl describe nodes\n  ${(0,az_commands/* nodePoolCommand */.W8)('list', target.id)}`,
    },
    failed: {
        code: 'PROBE_FAILED',
        what: (_, image) => `could not pull ${image}`,
        fix: () => 'The message above is what the node said. What else it says:\n  kubectl describe node <node>',
    },
    unreachable: {
        code: 'PULL_DENIED',
        what: ({ registry }) => `can not reach ${registry.loginServer}`,
        fix: ({ registry, target }, { message }) => /client with IP|firewall/i.test(message)
            ? `The registry's firewall does not let the cluster's outbound addresses in. Add them, or use a private endpoint:\n  ${(0,az_commands/* aksCommand */.$o)('show', target.id, '--query networkProfile.loadBalancerProfile.effectiveOutboundIPs')}\n  az acr network-rule add --name ${registry.name} --ip-address <address>`
            : 'Names or connections fail on the way: look at the private DNS zone privatelink.azurecr.io and its link to the network of the cluster, at ' +
                `network security groups, firewall and proxy, and at the data endpoint (*.blob.core.windows.net):\n  az network private-dns link vnet list --zone-name privatelink.azurecr.io --resource-group <group> --output table\n  az acr private-endpoint-connection list --registry-name ${registry.name} --output table`,
    },
    denied: {
        code: 'PULL_DENIED',
        what: ({ registry, group }) => group
            ? `are still refused by ${registry.loginServer}: their access comes through the group ${group}, and a node keeps its token, with the groups that it knew then, for up to a day`
            : `are still refused by ${registry.loginServer}`,
        fix: ({ registry, target, group, mayAssignDirectly }, { message }) => [
            ...(group
                ? [
                    mayAssignDirectly
                        ? 'Nothing renews the token earlier. A role of its own works within minutes: set on-timeout: assign-directly, or leave group empty.'
                        : 'Nothing renews the token earlier. A role of its own works within minutes: leave group empty and set role: auto, or give it by hand.',
                ]
                : [
                    'Azure documents up to 10 minutes for a new role; the step can be run again, with a longer timeout. If that is over, see what the pull identity holds, and whether the nodes use that identity:',
                ]),
            `  az role assignment list --assignee ${target.identity.objectId} --scope ${registry.id} --include-inherited --include-groups --output table`,
            `  ${(0,az_commands/* aksCommand */.$o)('show', target.id, '--query identityProfile.kubeletidentity')}`,
            'Nodes that were made before the identity was changed keep the old one until they are reimaged:',
            `  ${(0,az_commands/* aksCommand */.$o)('upgrade', target.id, '--node-image-only')}`,
            ...(message.includes('403')
                ? [
                    "A 403 can also come from the registry's firewall, or from a private DNS zone that is not linked to the cluster's network:",
                    `  az acr network-rule list --name ${registry.name} --output table`,
                ]
                : []),
        ].join('\n'),
    },
    'rate-limited': {
        code: 'THROTTLED',
        what: ({ registry }) => `are throttled by ${registry.loginServer}`,
        fix: ({ registry }) => `Run the step again later, probe fewer nodes at once (probe-nodes: one-per-pool), or take a larger SKU:\n  az acr update --name ${registry.name} --sku Premium`,
    },
    slow: {
        code: 'PROBE_FAILED',
        what: (_, image) => `had not pulled ${image} when the time was over`,
        fix: () => 'No refusal came, so the pull may only be slow: give a longer timeout, or a smaller image in probe-image. What the node does:\n  kubectl get events --all-namespaces --field-selector involvedObject.kind=Pod',
    },
};
/** Worst first: what is final before what may still heal. */
const ranks = Object.keys(explanations);
/** The contract's error for the pulls of a pair, of which one at least failed; it tells of the worst, and of how many. */
function explainPulls(pulls, context) {
    const failed = pulls.filter(({ verdict }) => verdict !== 'pulled');
    const worst = ranks.find(rank => failed.some(({ verdict }) => verdict === rank)) ?? 'failed';
    const these = failed.filter(({ verdict }) => verdict === worst);
    const [first] = these;
    if (!first)
        throw new Error('no pull failed');
    const { target, registry } = context;
    const { code, what, fix } = explanations[worst];
    const nodes = [...new Set(these.map(({ node }) => node))];
    const total = new Set(pulls.map(({ node }) => node)).size;
    const image = (0,model_image/* shortDigest */.VK)(first.image.reference);
    const subject = total === 1 ? `The probed node of ${target.name}` : `${nodes.length} of the ${total} probed nodes of ${target.name}`;
    const names = nodes.slice(0, mostNodes).join(', ') + (nodes.length > mostNodes ? ` and ${nodes.length - mostNodes} more` : '');
    const verb = nodes.length === 1 ? what(context, image).replace(/^are /, 'is ') : what(context, image);
    const said = first.message ? ` The node said: ${first.message.replace(/\.$/, '')}.` : '';
    const place = first.image.from.includes(', document ') ? ` The image is named in ${first.image.from}.` : '';
    return new model_error/* ActionError */.lZ(code, `${subject} ${verb} (${names}).${place}${said}`, {
        subject: registry.name,
        fix: fix(context, first),
    });
}
/** Node names in a message; the report has all. */
const mostNodes = 5;
function repositoryOf(reference) {
    return reference.replace(/^[^/]*\//, '').replace(/(:[^:/]*)?(@.*)?$/, '');
}

;// CONCATENATED MODULE: ./src/verify/rounds.ts


/** Pods of one round: as many as Run Command's 512 kB of output have room for, and no storm on a large cluster. */
const podsPerWave = 100;
/** How long a round waits for a pod that still pulls, before it sees to the others again. */
const patienceMs = 20_000;
/** Rounds in a row that the way itself may fail, once it has worked. */
const mostFailures = 2;
/**
 * Lets each node pull each image, again and again, until all have, one is refused for good, or the time is over. Nodes that have passed are
 * not probed again. When an image of a registry is refused for good, the other nodes are not asked for that registry any more.
 * @throws AbortError
 */
async function verifyPull(way, wish, progress) {
    const { clock, deadline, signal } = wish;
    const startedAt = clock.now();
    const tasks = wish.nodes.map(({ node, spares }, index) => {
        const pulls = wish.images.map(image => startPull(node, image, startedAt));
        return { index, node, spares, pulls };
    });
    const all = () => tasks.flatMap(({ pulls }) => pulls);
    let failures = 0;
    for (;;) {
        const isLast = clock.now() >= deadline;
        const asked = tasks.filter(task => openPulls(task, all()).length > 0);
        try {
            for (const wave of chunk(asked, podsPerWave))
                await probeWave(way, wave, { ...wish, startedAt }, all);
            failures = 0;
        }
        catch (error) {
            if (!(error instanceof model_error/* ActionError */.lZ))
                throw error;
            failures += 1;
            if (error.code !== 'CLUSTER_UNREACHABLE' || failures > mostFailures || isLast) {
                for (const pull of tasks.flatMap(task => openPulls(task, all())))
                    Object.assign(pull, { verdict: 'refused', message: error.message, finishedAt: clock.now() });
                progress.onRound(asked.flatMap(({ pulls }) => pulls), undefined);
                return { pulls: all(), error };
            }
        }
        asked.forEach(useSpare);
        const open = tasks.flatMap(task => openPulls(task, all()));
        const told = asked.flatMap(({ pulls }) => pulls);
        if (open.length === 0 || isLast) {
            progress.onRound(told, undefined);
            return { pulls: all() };
        }
        const pause = Math.min(pauseAfter(clock.now() - startedAt, open, way, wish), Math.max(0, deadline - clock.now()));
        progress.onRound(told, pause);
        await clock.sleep(pause, signal);
    }
}
function startPull({ name, pool, arch }, image, now) {
    return { node: name, pool, arch, image, verdict: 'slow', message: '', attempts: 0, startedAt: now, finishedAt: now };
}
/** The pulls of a task that are still worth an attempt. */
function openPulls({ pulls }, all) {
    const lost = new Set(all.filter(isFinal).map(({ image }) => image.registryId));
    return pulls.filter(({ verdict, image }) => healing.includes(verdict) && !lost.has(image.registryId));
}
function isFinal({ verdict }) {
    return verdict !== 'pulled' && !healing.includes(verdict);
}
async function probeWave(way, wave, wish, all) {
    const open = new Map(wave.map(task => [task.index, openPulls(task, all())]));
    const probes = wave.map(({ index, node, pulls }) => {
        const images = (open.get(index) ?? []).map(pull => ({
            container: containerOf(pull, pulls),
            reference: pull.image.reference,
        }));
        return { index, node: node.name, images };
    });
    const { clock, deadline, startedAt } = wish;
    const now = clock.now();
    // Run Command tries again by itself for as long as it is let, which is for waits that end soon.
    const isLong = way.name === 'run-command' && isQuick(now - startedAt, wish);
    const until = Math.max(isLong ? deadline : Math.min(now + patienceMs, deadline), now + patienceMs / 4);
    const statuses = await way.round(probes, until);
    for (const { index, pulls } of wave) {
        const status = statuses.find(each => each.index === index);
        for (const pull of open.get(index) ?? [])
            if (status)
                note(pull, status, containerOf(pull, pulls), clock.now());
    }
}
/** The same in each round, for a pod that still pulls is kept. */
function containerOf(pull, pulls) {
    return `image-${pulls.indexOf(pull)}`;
}
function note(pull, { attempts, pod, events }, container, now) {
    const judged = pod && judgePull(pod, container, events);
    pull.attempts += attempts;
    pull.finishedAt = now;
    pull.verdict = judged ? (judged.verdict ?? 'slow') : 'failed';
    pull.message = judged ? judged.message : 'the pod was deleted by someone else, or its node is gone';
}
/** Of a pool, another node will do when the first takes no pods. */
function useSpare(task) {
    if (!task.pulls.some(({ verdict }) => verdict === 'unschedulable'))
        return;
    const spare = task.spares.shift();
    if (!spare)
        return;
    task.node = spare;
    for (const pull of task.pulls) {
        if (pull.verdict !== 'pulled')
            Object.assign(pull, { node: spare.name, arch: spare.arch, verdict: 'slow' });
    }
}
/*
 * Why the pauses are as they are. A new pod has no back-off: kubelet counts it by the pod's UID and image (kubelet `image_manager.go`: 10 s,
 * doubling to 5 min), so pods are made anew instead of waited for. Kubelet caches a registry credential for five minutes, but only one that
 * it got: a failed exchange leaves nothing in the cache (kubelet `credentialprovider/plugin`, `provide`; cloud-provider-azure's
 * acr-credential-provider), so asking often does not delay the answer. A direct role takes effect within seconds to ten minutes
 * (learn.microsoft.com/azure/role-based-access-control/troubleshooting), and for that long the gate is to open within 5 s after it has: a try
 * takes about 2 s, and one may just have failed. Later, and for groups, whose wait is for the node's token of up to a day, it grows.
 */
const quickMs = 1500;
const documentedMs = 10 * 60_000;
const groupQuickMs = 60_000;
const slowestMs = 60_000;
/** A registry that throttles is not to be asked again at once. */
const throttledMs = 15_000;
function isQuick(elapsedMs, wish) {
    return elapsedMs < quickFor(wish);
}
function quickFor({ throughGroup }) {
    return throughGroup ? groupQuickMs : documentedMs;
}
function pauseAfter(elapsedMs, open, way, wish) {
    // Run Command has tried again inside the cluster, and takes its own time to start.
    const quick = way.name === 'run-command' ? quickMs / 3 : quickMs;
    // A tenth of the time that has gone by since, so at most a tenth is lost.
    const pause = Math.min(Math.max(quick, (elapsedMs - quickFor(wish)) / 10), slowestMs);
    const jittered = pause * (0.9 + 0.2 * wish.clock.random());
    return open.every(({ verdict }) => verdict === 'rate-limited') ? Math.max(jittered, throttledMs) : jittered;
}
function chunk(items, size) {
    return Array.from({ length: Math.ceil(items.length / size) }, (_, index) => items.slice(index * size, (index + 1) * size));
}

;// CONCATENATED MODULE: ./src/verify/clusters.ts









/** Proves that nodes can pull, by pods that do. */
function createProver(means) {
    const wayMeans = { ...means, run: (0,external_node_crypto_.randomUUID)().slice(0, 8) };
    const { azure, inputs, clock, progress } = means;
    // Not one for both: who proves waits for who opens.
    const opening = (0,p_limit/* default */.A)(inputs.concurrency);
    const proving = (0,p_limit/* default */.A)(inputs.concurrency);
    const ways = new Set();
    const sessions = new Map();
    const findings = [];
    const open = async (target) => {
        const look = async (way) => {
            ways.add(way);
            const selection = selectNodes(await way.look(), target.access?.pools ?? [], inputs.probeNodes);
            findings.push(...toFindings(target, selection));
            return { way, selection };
        };
        const first = await chooseWay(target, wayMeans);
        try {
            return await look(first);
        }
        catch (error) {
            const other = error instanceof model_error/* ActionError */.lZ ? fallBack(target, wayMeans, error) : undefined;
            if (!other || first.name === other.name)
                throw error;
            progress.onFallBack(target, error);
            return look(other);
        }
    };
    const sessionOf = (target) => {
        const key = (0,resource_id/* normalizeId */.XB)(target.id);
        const session = sessions.get(key) ?? opening(() => open(target));
        sessions.set(key, session);
        session.catch(() => undefined); // told by who waits for it
        return session;
    };
    const proveCluster = async (target, pairs, deadline) => {
        const { way, selection } = await sessionOf(target);
        const throughGroup = pairs.some(({ group }) => group !== '');
        progress.onStart(target, way.name, selection, throughGroup);
        if (selection.chosen.length === 0)
            throw noNodes(target, selection);
        const images = pairs.flatMap(pair => pair.images);
        const wish = {
            nodes: selection.chosen,
            images,
            throughGroup,
            clock,
            deadline,
            signal: azure.signal,
        };
        const onRound = (pulls, nextMs) => {
            progress.onRound(target, pulls, nextMs);
        };
        return verifyPull(way, wish, { onRound });
    };
    const verify = async (target, pairs, deadline) => {
        const startedAt = clock.now();
        try {
            const outcome = await proving(() => proveCluster(target, pairs, deadline));
            return pairs.map(each => [each.pair, judge(each, outcome, clock.now() - startedAt)]);
        }
        catch (error) {
            return pairs.map(({ pair }) => [pair, { verified: 'none', error: (0,model_error/* toActionError */.ie)(error) }]);
        }
    };
    const judge = ({ target, registry, group, writtenAt }, outcome, waitedMs) => {
        const pulls = outcome.pulls.filter(({ image }) => (0,resource_id/* sameId */.s)(image.registryId, registry.id));
        if (pulls.some(({ verdict }) => verdict !== 'pulled')) {
            const mayAssignDirectly = inputs.group !== '' && inputs.onTimeout === 'fail';
            const error = outcome.error ?? explainPulls(pulls, { target, registry, group, mayAssignDirectly, waitedMs });
            return { verified: 'none', pulls, error };
        }
        const provenAt = Math.max(...pulls.map(({ finishedAt }) => finishedAt));
        const propagationSeconds = writtenAt === undefined ? undefined : Math.max(0, provenAt - writtenAt) / 1000;
        return { verified: 'pull', pulls, ...(propagationSeconds !== undefined && { propagationSeconds }) };
    };
    return {
        prepare(targets) {
            for (const target of targets)
                void sessionOf(target);
        },
        async prove(pairs, deadline) {
            const byTarget = new Map();
            for (const pair of pairs)
                byTarget.set(pair.target, [...(byTarget.get(pair.target) ?? []), pair]);
            const ended = await Promise.all([...byTarget].map(([target, its]) => verify(target, its, deadline)));
            return new Map(ended.flat());
        },
        findings: () => findings,
        async close() {
            // A cluster that is still being looked at has nothing to delete but what its look leaves behind.
            if (!azure.signal.aborted)
                await Promise.allSettled(sessions.values());
            await Promise.all([...ways].map(way => way.close()));
        },
    };
}
function toFindings({ id, name }, { skipped }) {
    return skipped.map(({ pool, why }) => ({
        code: 'POOL_SKIPPED',
        severity: 'notice',
        subject: id,
        message: `The pool ${pool} of ${name} was not probed: ${why}.`,
        fix: `Its nodes pull with the same identity. What the pool is:\n  ${(0,az_commands/* nodePoolCommand */.W8)('show', id, pool)}`,
    }));
}
function noNodes({ id, name }, { skipped }) {
    const pools = skipped.map(({ pool, why }) => `${pool}: ${why}`).join('; ');
    return new model_error/* ActionError */.lZ('PROBE_FAILED', `${name} has no Linux node that is ready, so nothing can pull (${pools || 'no pools'}).`, {
        subject: name,
        fix: `Scale a Linux pool up, or set verify: assignment. What the pools are:\n  ${(0,az_commands/* nodePoolCommand */.W8)('list', id)}`,
    });
}
/** Why a pair can't be proven, where it is known without asking the cluster. */
function whyNotProvable(target) {
    if (!target.isStopped)
        return undefined;
    return new model_error/* ActionError */.lZ('CLUSTER_STOPPED', `${target.name} is stopped, so its nodes can't pull.`, {
        subject: target.name,
        fix: `Start it and run the step again, or set verify: assignment:\n  ${(0,az_commands/* aksCommand */.$o)('start', target.id)}`,
    });
}

// EXTERNAL MODULE: ./src/model/manifest.ts
var manifest = __webpack_require__(89452);
;// CONCATENATED MODULE: ./src/verify/probe-images.ts



/** What nodes are to pull from a registry: what was asked for, else the first image that was imported; and all of the manifests' images that are there. */
function chooseProbeImages(registry, { inputs, images, manifests }) {
    const imageOf = (reference, from) => ({ reference, registryId: registry.id, from });
    const ofManifests = manifests
        .filter(check => (0,resource_id/* sameId */.s)(check.registry.id, registry.id) && check.status !== 'missing')
        .map(({ image }) => imageOf(image.text, (0,manifest/* describePlace */.d)(image)));
    const first = images.find(({ image, status }) => (0,resource_id/* sameId */.s)(image.registry.id, registry.id) && (status === 'imported' || status === 'present'));
    const named = inputs.probeImages.length > 0
        ? inputs.probeImages.map(name => imageOf(`${registry.loginServer}/${name}`, 'probe-image'))
        : first
            ? [imageOf((0,model_image/* pinned */.dp)(first), first.image.request.isProbe ? 'pause image' : 'images')]
            : [];
    return distinctImages([...named, ...ofManifests]);
}
function distinctImages(images) {
    return [...new Map([...images].reverse().map(image => [image.reference, image])).values()].reverse();
}

;// CONCATENATED MODULE: ./src/verify/pulls.ts




/** Begins to look at the clusters' nodes, which takes no write. */
function createProof(planned, means) {
    const prover = createProver(means);
    prover.prepare(clustersOf(planned));
    return {
        async prove(pairs, ended) {
            const verifications = new Map();
            const provable = [];
            const nodeless = [];
            for (const pair of pairs) {
                const is = classify(pair, ended);
                if (is === 'nodeless')
                    nodeless.push(pair);
                else if (is && 'images' in is)
                    provable.push(is);
                else if (is)
                    verifications.set(pair, is);
            }
            const proven = await prover.prove(provable, means.clock.now() + ended.inputs.timeoutMs);
            return { verifications: new Map([...verifications, ...proven]), nodeless };
        },
        findings: () => prover.findings(),
        close: () => prover.close(),
    };
}
/** The clusters that a pair without an error is about, and that run. */
function clustersOf(pairs) {
    const targets = pairs.flatMap(({ target, error, registry }) => 'found' in target && 'found' in registry && !error ? target.found : []);
    return [...new Set(targets)].filter(target => target.kind === 'cluster' && !whyNotProvable(target));
}
/** Undefined for a pair that is not as wanted, which needs no proof. */
function classify(pair, { inputs, outcomes, images: ended, manifests }) {
    if (pair.error || 'error' in pair.target || 'error' in pair.registry)
        return undefined;
    const written = outcomes.filter(({ operation }) => pair.operations.includes(operation));
    if (written.length < pair.operations.length || written.some(({ error }) => error))
        return undefined;
    const target = pair.target.found;
    if (target.kind === 'kubelet-identity')
        return 'nodeless';
    const isCheck = inputs.mode === 'check';
    const why = whyNotProvable(target);
    // To be stopped is no drift; a finding tells of it.
    if (why)
        return isCheck ? { verified: 'assignment' } : { verified: 'none', error: why };
    const { registry } = pair.registry.found;
    const images = chooseProbeImages(registry, { inputs, images: ended, manifests });
    if (images.length === 0) {
        if (isCheck)
            return { verified: 'assignment' };
        const failed = ended.find(({ image, error }) => error && (0,resource_id/* sameId */.s)(image.registry.id, registry.id));
        return { verified: 'none', error: failed?.error ?? nothingToPull(registry.name) };
    }
    const group = inputs.group || (pair.access?.grantedBy === 'group' ? pair.access.assignment.principalId : '');
    return {
        pair,
        target,
        registry,
        images,
        group,
        ...(written.length > 0 && { writtenAt: Math.max(...written.map(({ finishedAt }) => finishedAt)) }),
    };
}
function nothingToPull(name) {
    return new model_error/* ActionError */.lZ('PROBE_FAILED', `There is nothing on ${name} for the nodes to pull: none of the manifests' images is there.`, {
        subject: name,
        fix: `Name one that is there in probe-image:\n  az acr repository list --name ${name} --output table`,
    });
}


/***/ })

};
