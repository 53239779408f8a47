import { createRequire as __cr } from 'node:module'; const require = __cr(import.meta.url);import { fileURLToPath as __f } from 'node:url'; const __filename = __f(import.meta.url); const __dirname = __filename.replace(/\/[^/]*$/, '');
import {
  require_dist
} from "./chunk-55B4BSDH.js";
import {
  armActions,
  ask,
  pLimit
} from "./chunk-RBDPGMU2.js";
import {
  describePlace
} from "./chunk-GSRQ5TQ4.js";
import "./chunk-J566ET6U.js";
import {
  abortable
} from "./chunk-HIEMEYKP.js";
import {
  isDirect,
  makeTempFolder,
  mask
} from "./chunk-KDURVCRP.js";
import {
  pinned,
  shortDigest
} from "./chunk-J4MZHKPM.js";
import {
  aksCommand,
  chunk,
  groupBy,
  nodePoolCommand
} from "./chunk-VCT3ERGD.js";
import {
  ActionError,
  fix,
  formatResourceId,
  getExecOutput,
  normalizeId,
  parseResourceId,
  sameId,
  toActionError,
  which
} from "./chunk-H7F75JHY.js";
import {
  __toESM
} from "./chunk-SCLXKCVA.js";

// src/verify/clusters.ts
import { randomUUID } from "node:crypto";

// src/services/arm/run-command.ts
var pollMs = 1e3;
async function runCommand(clients, id, request, {
  sleep,
  longestMs,
  abortSignal
}) {
  const late = AbortSignal.timeout(longestMs);
  const limited = AbortSignal.any([abortSignal, late]);
  const { managedClusters } = clients.containerService(id.subscriptionId);
  try {
    return await ask(clients, starting(id), async () => {
      let result = await start(clients, id, request, limited);
      while (result.id && isUnderWay(result.provisioningState)) {
        await sleep(pollMs);
        const later = await managedClusters.getCommandResult(id.resourceGroup, id.name, result.id, {
          abortSignal: limited
        });
        if (later) result = later;
      }
      return {
        provisioningState: result.provisioningState ?? "",
        exitCode: result.exitCode ?? 0,
        reason: result.reason ?? "",
        logs: result.logs ?? ""
      };
    });
  } catch (error) {
    if (!late.aborted || abortSignal.aborted) throw error;
    const reason = `it did not end within ${longestMs / 1e3} s`;
    return { provisioningState: "Running", exitCode: 0, reason, logs: "" };
  }
}
function isUnderWay(state = "") {
  return /^(accepted|creating|running)$/i.test(state);
}
async function submitCommand(clients, id, request, abortSignal) {
  await ask(clients, starting(id), () => start(clients, id, request, abortSignal).submitted());
}
function starting(id) {
  return {
    failure: `AKS Run Command could not be started on ${id.name}`,
    subject: id.name,
    scope: formatResourceId(id),
    action: armActions.runCommand.action
  };
}
function start(clients, { subscriptionId, resourceGroup, name }, request, abortSignal) {
  const { command: command2, context, clusterToken } = request;
  return clients.containerService(subscriptionId).managedClusters.runCommand(
    resourceGroup,
    name,
    { command: command2, context: Buffer.from(context).toString("base64"), clusterToken },
    { abortSignal, updateIntervalInMs: pollMs }
  );
}
async function getKubeconfig(clients, id, abortSignal) {
  const asked = {
    failure: `The kubeconfig of ${id.name} could not be fetched`,
    subject: id.name,
    scope: formatResourceId(id),
    action: armActions.readKubeconfig.action
  };
  const { managedClusters } = clients.containerService(id.subscriptionId);
  const { kubeconfigs = [] } = await ask(
    clients,
    asked,
    () => managedClusters.listClusterUserCredentials(id.resourceGroup, id.name, { abortSignal })
  );
  const [first] = kubeconfigs;
  return first?.value ? Buffer.from(first.value).toString("utf8") : "";
}

// src/services/kubernetes/kubeconfig.ts
var import_yaml = __toESM(require_dist(), 1);
var interactive = ["exec", "auth-provider"];
function wantsEntraToken(kubeconfig) {
  return usersOf((0, import_yaml.parse)(kubeconfig)).some((user) => interactive.some((key) => key in user));
}
function withToken(kubeconfig, token) {
  const config = (0, import_yaml.parse)(kubeconfig);
  for (const entry of config.users ?? []) {
    if (interactive.some((key) => key in (entry.user ?? {}))) entry.user = { token };
  }
  return (0, import_yaml.stringify)(config);
}
function secretsOf(kubeconfig) {
  const secrets = usersOf((0, import_yaml.parse)(kubeconfig)).flatMap((user) => [
    user.token,
    user.password,
    user["client-key-data"]
  ]);
  return secrets.filter((secret) => typeof secret === "string" && secret !== "");
}
function usersOf({ users = [] }) {
  return users.map(({ user }) => user ?? {});
}

// src/services/kubernetes/kubectl.ts
import { setTimeout as delay } from "node:timers/promises";

// src/services/kubernetes/cluster-text.ts
var nodesFormat = '{range .items[*]}node{"\\t"}{.metadata.name}{"\\t"}{.metadata.labels}{"\\t"}{.spec.unschedulable}{"\\t"}{.status.conditions}{"\\n"}{end}';
var podsFormat = '{range .items[*]}pod{"\\t"}{.metadata.name}{"\\t"}{.metadata.labels}{"\\t"}{.metadata.creationTimestamp}{"\\t"}{.status}{"\\n"}{end}';
var eventsFormat = '{range .items[*]}event{"\\t"}{.involvedObject.name}{"\\t"}{.reason}{"\\t"}{.message}{"\\n"}{end}';
function readNodes(text) {
  return rowsOf(text, "node").map(([name = "", labelText = "", unschedulable = "", conditionText = ""]) => {
    const found = readJson(labelText) ?? {};
    const conditions = readJson(conditionText) ?? [];
    return {
      name,
      pool: found["kubernetes.azure.com/agentpool"] ?? found.agentpool ?? found["karpenter.sh/nodepool"] ?? "without a pool",
      os: found["kubernetes.io/os"] ?? "linux",
      arch: found["kubernetes.io/arch"] ?? "amd64",
      isReady: conditions.some(({ type, status }) => type === "Ready" && status === "True"),
      isCordoned: unschedulable === "true",
      isVirtual: found.type === "virtual-kubelet"
    };
  });
}
function readPods(text) {
  return rowsOf(text, "pod").map(([name = "", labelText = "", created = "", statusText = ""]) => ({
    name,
    labels: readJson(labelText) ?? {},
    createdAt: Date.parse(created),
    status: readJson(statusText) ?? {}
  }));
}
function readEvents(text) {
  return rowsOf(text, "event").map(([pod = "", reason = "", message = ""]) => ({ pod, reason, message }));
}
function rowsOf(text, kind) {
  return text.split("\n").filter((line) => line.startsWith(`${kind}	`)).map((line) => line.split("	").slice(1));
}
function readJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return void 0;
  }
}

// src/services/kubernetes/kubectl-process.ts
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

// src/services/kubernetes/errors.ts
var rules = [
  {
    says: /exceeded quota|failed quota|must specify (limits|requests)/i,
    code: "PROBE_FAILED",
    what: "a quota does not let the probe pods in",
    fix: ({ namespace }) => `The pods ask for 1m CPU and 8Mi memory each. Raise the quota, or give another namespace in probe-namespace. What the quota is:
  kubectl describe resourcequota --namespace ${namespace}`
  },
  {
    says: /violates PodSecurity/i,
    code: "PROBE_FAILED",
    what: "the namespace's pod security standard refuses the probe pods",
    fix: ({ namespace }) => `They pass the restricted standard, so another version of it is enforced. Give another namespace in probe-namespace. What is enforced:
  kubectl get namespace ${namespace} --show-labels`
  },
  {
    says: /admission webhook|denied the request|ValidatingAdmissionPolicy|denied by policy|\[azurepolicy-/i,
    code: "PROBE_FAILED",
    what: "a policy of the cluster refuses the probe pods",
    fix: ({ namespace }) => `The message names the policy. Exempt a namespace from it and give that in probe-namespace, or change what the policy objects to (a tag :latest, or a registry that is not allowed: give another probe-image). The policies:
  kubectl get constraints
  kubectl get namespace ${namespace} --show-labels`
  },
  {
    says: /minimum (cpu|memory|ephemeral-storage) usage|maximum (cpu|memory|ephemeral-storage) usage|LimitRange/i,
    code: "PROBE_FAILED",
    what: "the namespace's limit range refuses the probe pods",
    fix: ({ namespace }) => `Give another namespace in probe-namespace. What the limits are:
  kubectl describe limitrange --namespace ${namespace}`
  },
  {
    says: /namespaces? "[^"]+" not found/i,
    code: "PROBE_FAILED",
    what: "the namespace of the probe pods does not exist",
    fix: ({ namespace }) => `Give one that exists in probe-namespace, or create it:
  kubectl create namespace ${namespace}`
  },
  {
    says: /is being terminated/i,
    code: "PROBE_FAILED",
    what: "the namespace of the probe pods is being deleted",
    fix: () => "Give another one in probe-namespace."
  },
  {
    says: /Unauthorized|must be logged in|asked for the client to provide credentials/i,
    code: "AUTHORIZATION_FAILED",
    what: "the API server does not accept the sign-in",
    fix: ({ cluster }) => `The identity that is signed in must belong to the tenant that the cluster uses for sign-in:
  ${aksCommand("show", cluster.id, "--query aadProfile")}`
  },
  {
    says: /forbidden/i,
    code: "AUTHORIZATION_FAILED",
    what: "the signed-in identity may not do that inside the cluster",
    fix: ({ cluster, objectId }) => `It must list nodes and events, and list, create and delete pods in the namespace. With Azure RBAC for Kubernetes, create the role AKS Probe of docs/permissions.md once, and give it:
  az role assignment create --assignee ${objectId || "<object ID>"} --role "AKS Probe" --scope ${cluster.id}
With Kubernetes RBAC, bind the ClusterRole of docs/permissions.md to that object ID as the user:
  kubectl create clusterrolebinding attach-acr --clusterrole=attach-acr-probe --user=${objectId || "<object ID>"}`
  },
  {
    says: /Unable to connect to the server|connection to the server .* was refused|no such host|i\/o timeout|connection refused|connection reset|TLS handshake|context deadline exceeded|proxyconnect|x509:|Service ?Unavailable|currently unable to handle the request|request canceled|EOF$/im,
    code: "CLUSTER_UNREACHABLE",
    what: "the API server can not be reached from here",
    fix: ({ cluster }) => `Set probe-with: run-command, which goes through Azure Resource Manager, or run the job where the API server can be reached (authorized IP ranges, private network, proxy). How it is set up:
  ${aksCommand("show", cluster.id, "--query apiServerAccessProfile")}`
  }
];
function explainLate(what, limitMs, said, attempt) {
  const { cluster } = attempt;
  const text = said.replace(/\s+/g, " ").trim().slice(0, 500);
  return new ActionError(
    "CLUSTER_UNREACHABLE",
    `The nodes of ${cluster.name} could not be probed: ${what} did not end within ${Math.round(limitMs / 1e3)} s${text && `, after it had said: ${text}`}.`,
    {
      subject: cluster.name,
      fix: fix(
        "The API server does not answer, or is overloaded and asks its clients to wait. Run the step again later, or set probe-with: run-command. How it is:",
        aksCommand("show", cluster.id, '--query "{state: powerState.code, access: apiServerAccessProfile}"')
      )
    }
  );
}
function explainKubectl(said, attempt) {
  const { cluster } = attempt;
  const text = said.replace(/^[EWI]\d{4} .*$/gm, "").replace(/\s+/g, " ").trim().slice(0, 1500);
  const rule = rules.find(({ says }) => says.test(said));
  const details = { subject: cluster.name };
  if (!rule) {
    return new ActionError(
      "PROBE_FAILED",
      `The nodes of ${cluster.name} could not be probed: kubectl said: ${text || "nothing"}`,
      {
        ...details,
        fix: `See whether the same works by hand:
  kubectl get nodes,pods --namespace ${attempt.namespace}`
      }
    );
  }
  return new ActionError(
    rule.code,
    `The nodes of ${cluster.name} could not be probed: ${rule.what}. Kubernetes said: ${text}`,
    {
      ...details,
      fix: rule.fix(attempt)
    }
  );
}

// src/services/kubernetes/program.ts
import { AsyncLocalStorage } from "node:async_hooks";
import { subscribe } from "node:diagnostics_channel";
var starting2 = new AsyncLocalStorage();
subscribe("child_process", (message) => {
  starting2.getStore()?.(message.process);
});
var pipesMs = 1e3;
async function runProgram({ name, args, input, environment, limitMs, signal }) {
  signal.throwIfAborted();
  let child;
  let isLate = false;
  const kill = () => {
    child?.kill("SIGKILL");
  };
  const hold = (started) => {
    child = started;
    process.nextTick(() => {
      started.stdin?.on("error", () => void 0);
      if (signal.aborted) kill();
    });
  };
  const timer = setTimeout(() => {
    isLate = true;
    kill();
  }, limitMs);
  signal.addEventListener("abort", kill);
  try {
    const options = {
      input: Buffer.from(input),
      env: environment,
      silent: true,
      ignoreReturnCode: true,
      delay: pipesMs
    };
    const end = await starting2.run(hold, () => getExecOutput(name, args, options));
    signal.throwIfAborted();
    return { ...end, isLate };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", kill);
  }
}
var passed = /* @__PURE__ */ new Set([
  "PATH",
  "HOME",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "NO_PROXY",
  // Authorities of a proxy that is reached by TLS (pkg.go.dev/crypto/x509).
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  // Without these nothing starts on Windows.
  "PATHEXT",
  "SYSTEMROOT",
  "TEMP",
  "TMP",
  "USERPROFILE"
]);
function kubectlEnvironment(environment = process.env) {
  const kept = Object.entries(environment).flatMap(
    ([name, value]) => value !== void 0 && passed.has(name.toUpperCase()) ? [[name, value]] : []
  );
  return { ...Object.fromEntries(kept), KUBERC: "off" };
}

// src/services/kubernetes/kubectl-process.ts
var requestMs = 15e3;
var askingMs = 2e4;
function createRunner(means) {
  const { attempt, clock, signal, debug } = means;
  let folder;
  let kubeconfig;
  let preparing = Promise.resolve("");
  const running = /* @__PURE__ */ new Set();
  const stopping = new AbortController();
  const prepareNow = async () => {
    folder ??= makeTempFolder();
    const file = join(folder, "kubeconfig");
    if (kubeconfig && signal.aborted) return file;
    const asGiven = kubeconfig?.asGiven ?? await means.fetchKubeconfig();
    const token = wantsEntraToken(asGiven) ? await means.fetchToken() : "";
    if (token !== kubeconfig?.token) {
      await writeFile(file, token ? withToken(asGiven, token) : asGiven, { mode: 384 });
      kubeconfig = { asGiven, token };
    }
    return file;
  };
  const prepare = () => preparing = preparing.then(prepareNow, prepareNow);
  const start2 = async (args, call) => {
    const { input = "", limitMs = askingMs } = call;
    const file = await prepare();
    const started = clock.now();
    const seconds = Math.ceil((call.requestMs ?? requestMs) / 1e3);
    const common = ["--kubeconfig", file, "--cache-dir", join(file, "..", "cache"), `--request-timeout=${seconds}s`];
    const what = `kubectl ${args.slice(0, 2).join(" ")}`;
    const program = { name: "kubectl", args: [...common, ...args], input, environment: kubectlEnvironment(), limitMs };
    const killing = AbortSignal.any([stopping.signal, ...call.signal ? [call.signal] : []]);
    const { exitCode, stdout, stderr, isLate } = await runProgram({ ...program, signal: killing }).catch(
      (error) => {
        killing.throwIfAborted();
        throw explainKubectl(error instanceof Error ? error.message : String(error), attempt);
      }
    );
    debug(`${what} ${clock.now() - started} ms, ${isLate ? "killed" : `exit code ${exitCode}`}`);
    if (isLate) throw explainLate(what, limitMs, stderr, attempt);
    if (exitCode !== 0) throw explainKubectl(stderr, attempt);
    return stdout;
  };
  return {
    run(args, call = {}) {
      const process2 = start2(args, call);
      running.add(process2);
      const forget = () => void running.delete(process2);
      process2.then(forget, forget);
      return process2;
    },
    settled: () => Promise.allSettled(running),
    async end() {
      stopping.abort();
      await Promise.allSettled([...running, preparing]);
      if (folder) await rm(folder, { recursive: true, force: true });
    }
  };
}

// src/services/kubernetes/probe-pod.ts
var labels = {
  managedBy: "app.kubernetes.io/managed-by",
  run: "attach-acr/run",
  probe: "attach-acr/probe"
};
var manager = "attach-acr";
function podPrefix(run) {
  return `attach-acr-probe-${run}-`;
}
function podsPath(namespace, selector) {
  return `/api/v1/namespaces/${namespace}/pods?labelSelector=${encodeURIComponent(selector)}`;
}
var podLifeSeconds = 600;
var command = ["/attach-acr-only-pulls"];
function podOf({ index, node, images }, run) {
  const neverRuns = { exec: { command }, periodSeconds: 60 };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      generateName: podPrefix(run),
      labels: { [labels.managedBy]: manager, [labels.run]: run, [labels.probe]: String(index) },
      annotations: { "cluster-autoscaler.kubernetes.io/safe-to-evict": "true" }
    },
    spec: {
      // Past the scheduler: neither its taints nor a cordon keep the pod away, and the node's kubelet takes it at once.
      nodeName: node,
      nodeSelector: { "kubernetes.io/os": "linux" },
      tolerations: [{ operator: "Exists" }],
      restartPolicy: "Never",
      activeDeadlineSeconds: podLifeSeconds,
      terminationGracePeriodSeconds: 0,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 65532,
        runAsGroup: 65532,
        seccompProfile: { type: "RuntimeDefault" }
      },
      containers: images.map(({ container, reference }) => ({
        name: container,
        image: reference,
        imagePullPolicy: "Always",
        command,
        securityContext: {
          runAsNonRoot: true,
          allowPrivilegeEscalation: false,
          privileged: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
          seccompProfile: { type: "RuntimeDefault" }
        },
        resources: {
          requests: { cpu: "1m", memory: "8Mi", "ephemeral-storage": "1Mi" },
          limits: { cpu: "10m", memory: "16Mi", "ephemeral-storage": "16Mi" }
        },
        readinessProbe: neverRuns,
        livenessProbe: neverRuns
      }))
    }
  };
}
function podList(probes, run) {
  return { apiVersion: "v1", kind: "List", items: probes.map((probe) => podOf(probe, run)) };
}
var endedLifeSeconds = 150;
function isLeftover({ createdAt, status }, now) {
  const ageSeconds = (now - createdAt) / 1e3;
  const ended = status.phase === "Failed" || status.phase === "Succeeded";
  return ageSeconds > (ended ? endedLifeSeconds : podLifeSeconds);
}
function describeLeft({ cluster, namespace }, run, error) {
  const reason = (error instanceof Error ? error.message : String(error)).replace(/\.$/, "");
  return `The probe pods on ${cluster.name} could not be deleted: ${reason}. They end by themselves after ${podLifeSeconds / 60} minutes. To delete them:
  kubectl delete pods --namespace ${namespace} --selector ${labels.run}=${run}`;
}

// src/services/kubernetes/verdict.ts
var rules2 = [
  { verdict: "rate-limited", says: "429 Too Many|too ?many ?requests|pull QPS exceeded" },
  // Azure Container Registry's firewall says so when it says anything.
  { verdict: "unreachable", says: "client with IP|aka\\.ms/acr/firewall" },
  {
    verdict: "denied",
    says: "401 Unauthorized|403 Forbidden|unauthorized|authentication required|insufficient_scope|pull access denied|denied: "
  },
  {
    verdict: "not-found",
    says: "no match for platform|no matching manifest|manifest unknown|name unknown|manifest_unknown|name_unknown|: not found"
  },
  {
    verdict: "unreachable",
    says: "no such host|server misbehaving|name resolution|i/o timeout|connection refused|connection reset|connection timed out|no route to host|network is unreachable|context deadline exceeded|Client\\.Timeout|x509:|tls:|TLS handshake|proxyconnect|dial tcp|unexpected EOF|: EOF|registry is unavailable|50[0234] (Internal|Bad|Service|Gateway)"
  }
];
var healing = ["denied", "unreachable", "rate-limited", "failed", "slow"];
function healingPatterns() {
  return rules2.filter(({ verdict }) => healing.includes(verdict)).map(({ says }) => says);
}
function finalPatterns() {
  return [...rules2.filter(({ verdict }) => !healing.includes(verdict)).map(({ says }) => says), '"not taken: '];
}
function judgeMessage(message) {
  return rules2.find(({ says }) => new RegExp(says, "i").test(message))?.verdict ?? "failed";
}
var pending = ["", "ContainerCreating", "PodInitializing"];
var pullFailures = [
  "ErrImagePull",
  "ImagePullBackOff",
  "ErrImageNeverPull",
  "ImageInspectError",
  "InvalidImageName",
  "RegistryUnavailable",
  "SignatureValidationFailed"
];
function judgePull(status, container, events = []) {
  const found = status.containerStatuses?.find(({ name }) => name === container);
  const { waiting } = found?.state ?? {};
  const reason = waiting?.reason ?? "";
  if (found && wasPulled(found, reason)) return { verdict: "pulled", message: "" };
  if (pullFailures.includes(reason)) {
    const message = explainFailure(reason, waiting?.message ?? "", container, events);
    if (reason === "SignatureValidationFailed") return { verdict: "refused", message };
    if (reason === "InvalidImageName") return { verdict: "not-found", message };
    return { verdict: judgeMessage(message), message };
  }
  return judgePod(status, events);
}
function wasPulled({ imageID, state }, reason) {
  if (imageID || state?.terminated || state?.running) return true;
  return !pending.includes(reason) && !pullFailures.includes(reason);
}
function judgePod(status, events) {
  const { phase, reason = "", message = "" } = status;
  if (phase === "Failed") {
    if (reason === "DeadlineExceeded") return { verdict: "slow", message };
    return { verdict: "unschedulable", message: [reason, message].filter(Boolean).join(": ") };
  }
  const unscheduled = status.conditions?.find(({ type, status: is }) => type === "PodScheduled" && is === "False");
  if (unscheduled) return { verdict: "unschedulable", message: unscheduled.message ?? unscheduled.reason ?? "" };
  return { verdict: void 0, message: shorten(events.at(-1)?.message ?? "") };
}
function explainFailure(reason, message, container, events) {
  if (reason !== "ImagePullBackOff" || judgeMessage(message) !== "failed") return shorten(message);
  const failures = events.filter((event) => event.message.startsWith("Failed to pull image"));
  const [told] = container === "image-0" || failures.length === 1 ? failures.slice(-1) : [];
  return shorten(told?.message ?? message);
}
function shorten(message) {
  return message.replace(/^Back-off pulling image "[^"]*": ErrImagePull: /, "").replace(/^Failed to pull image "[^"]*": /, "").replace(/(rpc error: code = \w+ desc = )?failed to pull and unpack image "[^"]*": /g, "").replace(/failed to resolve reference "[^"]*": /g, "").replace(/\s+/g, " ").trim().slice(0, 600);
}

// src/services/kubernetes/kubectl.ts
var podsPerProcess = 15;
var lookMs = 500;
var makingMs = 6e4;
var spareMs = 5e3;
var cleanUpMs = 5e3;
var creationEndMs = 2e3;
function createKubectl(means) {
  const { attempt, run, clock, signal, debug, warn } = means;
  const { namespace } = attempt;
  const ofRun = `${labels.run}=${run}`;
  const runner = createRunner(means);
  const kubectl = (args, call) => runner.run(args, call);
  const creating = new AbortController();
  const alive = /* @__PURE__ */ new Set();
  const remaining = /* @__PURE__ */ new Set();
  let removal = Promise.resolve();
  const get = (what, format, more, call = { signal }) => abortable(kubectl(["get", what, ...more, "--output", `jsonpath=${format}`], call), signal);
  const knock = async () => {
    const { firstAnswerMs: firstAnswerMs2 } = means;
    try {
      const call = { requestMs: firstAnswerMs2, limitMs: firstAnswerMs2 + spareMs, signal };
      await kubectl(["get", "--raw", "/version"], call);
    } catch (error) {
      if (!(error instanceof ActionError) || error.code === "CLUSTER_UNREACHABLE") throw error;
    }
  };
  const inNamespace = ["--namespace", namespace];
  const remove = (selector) => kubectl(["delete", "--raw", podsPath(namespace, selector)]);
  const create = async (probes) => {
    const shares = shareOut(probes, podsPerProcess);
    const process2 = (share) => kubectl(["create", ...inNamespace, "--validate=false", "--filename", "-"], {
      input: JSON.stringify(podList(share, run)),
      limitMs: makingMs,
      signal: creating.signal
    });
    const ended = await abortable(Promise.allSettled(shares.map(process2)), signal);
    const refused = ended.find((end) => end.status === "rejected");
    if (refused) throw refused.reason;
  };
  const warnings = async (call) => {
    const selector = [
      "--field-selector",
      "involvedObject.kind=Pod,type=Warning",
      "--sort-by",
      ".metadata.creationTimestamp"
    ];
    const events = readEvents(await get("events", eventsFormat, [...inNamespace, ...selector], call));
    return events.filter(({ pod }) => pod.startsWith(podPrefix(run)));
  };
  return {
    name: "kubectl",
    async look() {
      const ofAnyRun = [...inNamespace, "--selector", `${labels.managedBy}=${manager}`];
      const unanswered = new AbortController();
      const call = { signal: AbortSignal.any([signal, unanswered.signal]) };
      const answers = Promise.all([get("nodes", nodesFormat, [], call), get("pods", podsFormat, ofAnyRun, call)]);
      const knocking = knock().catch((error) => {
        unanswered.abort();
        throw error;
      });
      const [nodes, pods] = await Promise.race([answers, knocking.then(() => answers)]);
      const leftovers = readPods(pods).filter((pod) => isLeftover(pod, clock.now()));
      const runs = [...new Set(leftovers.map((pod) => pod.labels[labels.run] ?? ""))].filter((other) => other !== run);
      if (leftovers.length > 0) {
        debug(`sweeping ${leftovers.length} pods of ${runs.length} runs that have ended without`);
        const names = leftovers.map(({ name }) => name);
        await kubectl(["delete", "pods", ...inNamespace, ...names, "--wait=false", "--ignore-not-found"]);
      }
      return readNodes(nodes);
    },
    async round(probes, until) {
      const fresh = probes.filter(({ index }) => !alive.has(index));
      await abortable(removal, signal);
      for (const { index } of fresh) remaining.add(index);
      if (fresh.length > 0) await create(fresh);
      for (const { index } of fresh) alive.add(index);
      const created = new Set(fresh.map(({ index }) => index));
      let found = /* @__PURE__ */ new Map();
      const call = () => {
        const limitMs = Math.min(askingMs, Math.max(0, until - clock.now()) + spareMs);
        return { signal, limitMs };
      };
      for (; ; ) {
        signal.throwIfAborted();
        const pods = readPods(await get("pods", podsFormat, [...inNamespace, "--selector", ofRun], call()));
        found = new Map(pods.map((pod) => [Number(pod.labels[labels.probe]), pod]));
        if (probes.every((probe) => isDecided(probe, found.get(probe.index))) || clock.now() >= until) break;
        await clock.sleep(lookMs, signal);
      }
      const unexplained = probes.some((probe) => isUnexplained(probe, found.get(probe.index)));
      const events = unexplained ? await warnings(call()) : [];
      const decided = probes.filter((probe) => isDecided(probe, found.get(probe.index))).map(({ index }) => index);
      for (const index of decided) alive.delete(index);
      if (decided.length > 0) {
        const forget = () => {
          for (const index of decided) remaining.delete(index);
        };
        removal = remove(`${ofRun},${labels.probe} in (${decided.join(",")})`).then(forget, () => void 0);
      }
      return probes.map(({ index }) => {
        const pod = found.get(index);
        return {
          index,
          attempts: created.has(index) ? 1 : 0,
          ...pod && { pod: pod.status },
          events: events.filter((event) => event.pod === pod?.name)
        };
      });
    },
    async close() {
      const cleanUp = async () => {
        const created = runner.settled();
        await (signal.aborted ? atMost(creationEndMs, created) : created);
        creating.abort();
        if (remaining.size > 0) await remove(ofRun);
      };
      try {
        await (signal.aborted ? atMost(cleanUpMs, cleanUp()) : cleanUp());
      } catch (error) {
        warn(describeLeft(attempt, run, error));
      } finally {
        await runner.end();
      }
    }
  };
}
function isDecided({ images }, pod) {
  return !pod || images.every(({ container }) => judgePull(pod.status, container).verdict !== void 0);
}
function isUnexplained({ images }, pod) {
  if (!pod) return false;
  return images.some(({ container }) => {
    const { verdict } = judgePull(pod.status, container);
    return verdict === void 0 || verdict === "failed";
  });
}
function shareOut(items, size) {
  const count = Math.ceil(items.length / size);
  const shares = Array.from({ length: count }, () => []);
  items.forEach((item, position) => shares[position % count]?.push(item));
  return shares;
}
async function atMost(ms, work) {
  const end = new AbortController();
  try {
    await Promise.race([work, delay(ms, void 0, { signal: end.signal })]);
  } finally {
    end.abort();
  }
}

// node_modules/fflate/esm/index.mjs
import { createRequire } from "module";
var require2 = createRequire("/");
var _a;
var Worker;
var isMarkedAsUntransferable;
try {
  _a = require2("worker_threads"), Worker = _a.Worker, isMarkedAsUntransferable = _a.isMarkedAsUntransferable;
} catch (e) {
}
var u8 = Uint8Array;
var u16 = Uint16Array;
var i32 = Int32Array;
var fleb = new u8([
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  1,
  1,
  1,
  1,
  2,
  2,
  2,
  2,
  3,
  3,
  3,
  3,
  4,
  4,
  4,
  4,
  5,
  5,
  5,
  5,
  0,
  /* unused */
  0,
  0,
  /* impossible */
  0
]);
var fdeb = new u8([
  0,
  0,
  0,
  0,
  1,
  1,
  2,
  2,
  3,
  3,
  4,
  4,
  5,
  5,
  6,
  6,
  7,
  7,
  8,
  8,
  9,
  9,
  10,
  10,
  11,
  11,
  12,
  12,
  13,
  13,
  /* unused */
  0,
  0
]);
var clim = new u8([16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]);
var freb = function(eb, start2) {
  var b = new u16(31);
  for (var i2 = 0; i2 < 31; ++i2) {
    b[i2] = start2 += 1 << eb[i2 - 1];
  }
  var r = new i32(b[30]);
  for (var i2 = 1; i2 < 30; ++i2) {
    for (var j = b[i2]; j < b[i2 + 1]; ++j) {
      r[j] = j - b[i2] << 5 | i2;
    }
  }
  return { b, r };
};
var _a = freb(fleb, 2);
var fl = _a.b;
var revfl = _a.r;
fl[28] = 258, revfl[258] = 28;
var _b = freb(fdeb, 0);
var fd = _b.b;
var revfd = _b.r;
var rev = new u16(32768);
for (i = 0; i < 32768; ++i) {
  x = (i & 43690) >> 1 | (i & 21845) << 1;
  x = (x & 52428) >> 2 | (x & 13107) << 2;
  x = (x & 61680) >> 4 | (x & 3855) << 4;
  rev[i] = ((x & 65280) >> 8 | (x & 255) << 8) >> 1;
}
var x;
var i;
var hMap = (function(cd, mb, r) {
  var s = cd.length;
  var i2 = 0;
  var l = new u16(mb);
  for (; i2 < s; ++i2) {
    if (cd[i2])
      ++l[cd[i2] - 1];
  }
  var le = new u16(mb);
  for (i2 = 1; i2 < mb; ++i2) {
    le[i2] = le[i2 - 1] + l[i2 - 1] << 1;
  }
  var co;
  if (r) {
    co = new u16(1 << mb);
    var rvb = 15 - mb;
    for (i2 = 0; i2 < s; ++i2) {
      if (cd[i2]) {
        var sv = i2 << 4 | cd[i2];
        var r_1 = mb - cd[i2];
        var v = le[cd[i2] - 1]++ << r_1;
        for (var m = v | (1 << r_1) - 1; v <= m; ++v) {
          co[rev[v] >> rvb] = sv;
        }
      }
    }
  } else {
    co = new u16(s);
    for (i2 = 0; i2 < s; ++i2) {
      if (cd[i2]) {
        co[i2] = rev[le[cd[i2] - 1]++] >> 15 - cd[i2];
      }
    }
  }
  return co;
});
var flt = new u8(288);
for (i = 0; i < 144; ++i)
  flt[i] = 8;
var i;
for (i = 144; i < 256; ++i)
  flt[i] = 9;
var i;
for (i = 256; i < 280; ++i)
  flt[i] = 7;
var i;
for (i = 280; i < 288; ++i)
  flt[i] = 8;
var i;
var fdt = new u8(32);
for (i = 0; i < 32; ++i)
  fdt[i] = 5;
var i;
var flm = /* @__PURE__ */ hMap(flt, 9, 0);
var fdm = /* @__PURE__ */ hMap(fdt, 5, 0);
var shft = function(p) {
  return (p + 7) / 8 | 0;
};
var slc = function(v, s, e) {
  if (s == null || s < 0)
    s = 0;
  if (e == null || e > v.length)
    e = v.length;
  return new u8(v.subarray(s, e));
};
var ec = [
  "unexpected EOF",
  "invalid block type",
  "invalid length/literal",
  "invalid distance",
  "stream finished",
  "no stream handler",
  ,
  // determined by compression function
  "no callback",
  "invalid UTF-8 data",
  "extra field too long",
  "date not in range 1980-2099",
  "filename too long",
  "stream finishing",
  "invalid zip data"
  // determined by unknown compression method
];
var err = function(ind, msg, nt) {
  var e = new Error(msg || ec[ind]);
  e.code = ind;
  if (Error.captureStackTrace)
    Error.captureStackTrace(e, err);
  if (!nt)
    throw e;
  return e;
};
var wbits = function(d, p, v) {
  v <<= p & 7;
  var o = p / 8 | 0;
  d[o] |= v;
  d[o + 1] |= v >> 8;
};
var wbits16 = function(d, p, v) {
  v <<= p & 7;
  var o = p / 8 | 0;
  d[o] |= v;
  d[o + 1] |= v >> 8;
  d[o + 2] |= v >> 16;
};
var hTree = function(d, mb) {
  var t = [];
  for (var i2 = 0; i2 < d.length; ++i2) {
    if (d[i2])
      t.push({ s: i2, f: d[i2] });
  }
  var s = t.length;
  var t2 = t.slice();
  if (!s)
    return { t: et, l: 0 };
  if (s == 1) {
    var v = new u8(t[0].s + 1);
    v[t[0].s] = 1;
    return { t: v, l: 1 };
  }
  t.sort(function(a, b) {
    return a.f - b.f;
  });
  t.push({ s: -1, f: 25001 });
  var l = t[0], r = t[1], i0 = 0, i1 = 1, i22 = 2;
  t[0] = { s: -1, f: l.f + r.f, l, r };
  while (i1 != s - 1) {
    l = t[t[i0].f < t[i22].f ? i0++ : i22++];
    r = t[i0 != i1 && t[i0].f < t[i22].f ? i0++ : i22++];
    t[i1++] = { s: -1, f: l.f + r.f, l, r };
  }
  var maxSym = t2[0].s;
  for (var i2 = 1; i2 < s; ++i2) {
    if (t2[i2].s > maxSym)
      maxSym = t2[i2].s;
  }
  var tr = new u16(maxSym + 1);
  var mbt = ln(t[i1 - 1], tr, 0);
  if (mbt > mb) {
    var i2 = 0, dt = 0;
    var lft = mbt - mb, cst = 1 << lft;
    t2.sort(function(a, b) {
      return tr[b.s] - tr[a.s] || a.f - b.f;
    });
    for (; i2 < s; ++i2) {
      var i2_1 = t2[i2].s;
      if (tr[i2_1] > mb) {
        dt += cst - (1 << mbt - tr[i2_1]);
        tr[i2_1] = mb;
      } else
        break;
    }
    dt >>= lft;
    while (dt > 0) {
      var i2_2 = t2[i2].s;
      if (tr[i2_2] < mb)
        dt -= 1 << mb - tr[i2_2]++ - 1;
      else
        ++i2;
    }
    for (; i2 >= 0 && dt; --i2) {
      var i2_3 = t2[i2].s;
      if (tr[i2_3] == mb) {
        --tr[i2_3];
        ++dt;
      }
    }
    mbt = mb;
  }
  return { t: new u8(tr), l: mbt };
};
var ln = function(n, l, d) {
  return n.s == -1 ? Math.max(ln(n.l, l, d + 1), ln(n.r, l, d + 1)) : l[n.s] = d;
};
var lc = function(c) {
  var s = c.length;
  while (s && !c[--s])
    ;
  var cl = new u16(++s);
  var cli = 0, cln = c[0], cls = 1;
  var w = function(v) {
    cl[cli++] = v;
  };
  for (var i2 = 1; i2 <= s; ++i2) {
    if (c[i2] == cln && i2 != s)
      ++cls;
    else {
      if (!cln && cls > 2) {
        for (; cls > 138; cls -= 138)
          w(32754);
        if (cls > 2) {
          w(cls > 10 ? cls - 11 << 5 | 28690 : cls - 3 << 5 | 12305);
          cls = 0;
        }
      } else if (cls > 3) {
        w(cln), --cls;
        for (; cls > 6; cls -= 6)
          w(8304);
        if (cls > 2)
          w(cls - 3 << 5 | 8208), cls = 0;
      }
      while (cls--)
        w(cln);
      cls = 1;
      cln = c[i2];
    }
  }
  return { c: cl.subarray(0, cli), n: s };
};
var clen = function(cf, cl) {
  var l = 0;
  for (var i2 = 0; i2 < cl.length; ++i2)
    l += cf[i2] * cl[i2];
  return l;
};
var wfblk = function(out, pos, dat) {
  var s = dat.length;
  var o = shft(pos + 2);
  out[o] = s & 255;
  out[o + 1] = s >> 8;
  out[o + 2] = out[o] ^ 255;
  out[o + 3] = out[o + 1] ^ 255;
  for (var i2 = 0; i2 < s; ++i2)
    out[o + i2 + 4] = dat[i2];
  return (o + 4 + s) * 8;
};
var wblk = function(dat, out, final, syms, lf, df, eb, li, bs, bl, p) {
  wbits(out, p++, final);
  ++lf[256];
  var _a2 = hTree(lf, 15), dlt = _a2.t, mlb = _a2.l;
  var _b2 = hTree(df, 15), ddt = _b2.t, mdb = _b2.l;
  var _c = lc(dlt), lclt = _c.c, nlc = _c.n;
  var _d = lc(ddt), lcdt = _d.c, ndc = _d.n;
  var lcfreq = new u16(19);
  for (var i2 = 0; i2 < lclt.length; ++i2)
    ++lcfreq[lclt[i2] & 31];
  for (var i2 = 0; i2 < lcdt.length; ++i2)
    ++lcfreq[lcdt[i2] & 31];
  var _e = hTree(lcfreq, 7), lct = _e.t, mlcb = _e.l;
  var nlcc = 19;
  for (; nlcc > 4 && !lct[clim[nlcc - 1]]; --nlcc)
    ;
  var flen = bl + 5 << 3;
  var ftlen = clen(lf, flt) + clen(df, fdt) + eb;
  var dtlen = clen(lf, dlt) + clen(df, ddt) + eb + 14 + 3 * nlcc + clen(lcfreq, lct) + 2 * lcfreq[16] + 3 * lcfreq[17] + 7 * lcfreq[18];
  if (bs >= 0 && flen <= ftlen && flen <= dtlen)
    return wfblk(out, p, dat.subarray(bs, bs + bl));
  var lm, ll, dm, dl;
  wbits(out, p, 1 + (dtlen < ftlen)), p += 2;
  if (dtlen < ftlen) {
    lm = hMap(dlt, mlb, 0), ll = dlt, dm = hMap(ddt, mdb, 0), dl = ddt;
    var llm = hMap(lct, mlcb, 0);
    wbits(out, p, nlc - 257);
    wbits(out, p + 5, ndc - 1);
    wbits(out, p + 10, nlcc - 4);
    p += 14;
    for (var i2 = 0; i2 < nlcc; ++i2)
      wbits(out, p + 3 * i2, lct[clim[i2]]);
    p += 3 * nlcc;
    var lcts = [lclt, lcdt];
    for (var it = 0; it < 2; ++it) {
      var clct = lcts[it];
      for (var i2 = 0; i2 < clct.length; ++i2) {
        var len = clct[i2] & 31;
        wbits(out, p, llm[len]), p += lct[len];
        if (len > 15)
          wbits(out, p, clct[i2] >> 5 & 127), p += clct[i2] >> 12;
      }
    }
  } else {
    lm = flm, ll = flt, dm = fdm, dl = fdt;
  }
  for (var i2 = 0; i2 < li; ++i2) {
    var sym = syms[i2];
    if (sym > 255) {
      var len = sym >> 18 & 31;
      wbits16(out, p, lm[len + 257]), p += ll[len + 257];
      if (len > 7)
        wbits(out, p, sym >> 23 & 31), p += fleb[len];
      var dst = sym & 31;
      wbits16(out, p, dm[dst]), p += dl[dst];
      if (dst > 3)
        wbits16(out, p, sym >> 5 & 8191), p += fdeb[dst];
    } else {
      wbits16(out, p, lm[sym]), p += ll[sym];
    }
  }
  wbits16(out, p, lm[256]);
  return p + ll[256];
};
var deo = /* @__PURE__ */ new i32([65540, 131080, 131088, 131104, 262176, 1048704, 1048832, 2114560, 2117632]);
var et = /* @__PURE__ */ new u8(0);
var dflt = function(dat, lvl, plvl, pre, post, st) {
  var s = st.z || dat.length;
  var o = new u8(pre + s + 5 * (1 + Math.ceil(s / 7e3)) + post);
  var w = o.subarray(pre, o.length - post);
  var lst = st.l;
  var pos = (st.r || 0) & 7;
  if (lvl) {
    if (pos)
      w[0] = st.r >> 3;
    var opt = deo[lvl - 1];
    var n = opt >> 13, c = opt & 8191;
    var msk_1 = (1 << plvl) - 1;
    var prev = st.p || new u16(32768), head = st.h || new u16(msk_1 + 1);
    var bs1_1 = Math.ceil(plvl / 3), bs2_1 = 2 * bs1_1;
    var hsh = function(i3) {
      return (dat[i3] ^ dat[i3 + 1] << bs1_1 ^ dat[i3 + 2] << bs2_1) & msk_1;
    };
    var syms = new i32(25e3);
    var lf = new u16(288), df = new u16(32);
    var lc_1 = 0, eb = 0, i2 = st.i || 0, li = 0, wi = st.w || 0, bs = 0;
    for (; i2 + 2 < s; ++i2) {
      var hv = hsh(i2);
      var imod = i2 & 32767, pimod = head[hv];
      prev[imod] = pimod;
      head[hv] = imod;
      if (wi <= i2) {
        var rem = s - i2;
        if ((lc_1 > 7e3 || li > 24576) && (rem > 423 || !lst)) {
          pos = wblk(dat, w, 0, syms, lf, df, eb, li, bs, i2 - bs, pos);
          li = lc_1 = eb = 0, bs = i2;
          for (var j = 0; j < 286; ++j)
            lf[j] = 0;
          for (var j = 0; j < 30; ++j)
            df[j] = 0;
        }
        var l = 2, d = 0, ch_1 = c, dif = imod - pimod & 32767;
        if (rem > 2 && hv == hsh(i2 - dif)) {
          var maxn = Math.min(n, rem) - 1;
          var maxd = Math.min(32767, i2);
          var ml = Math.min(258, rem);
          while (dif <= maxd && --ch_1 && imod != pimod) {
            if (dat[i2 + l] == dat[i2 + l - dif]) {
              var nl = 0;
              for (; nl < ml && dat[i2 + nl] == dat[i2 + nl - dif]; ++nl)
                ;
              if (nl > l) {
                l = nl, d = dif;
                if (nl > maxn)
                  break;
                var mmd = Math.min(dif, nl - 2);
                var md = 0;
                for (var j = 0; j < mmd; ++j) {
                  var ti = i2 - dif + j & 32767;
                  var pti = prev[ti];
                  var cd = ti - pti & 32767;
                  if (cd > md)
                    md = cd, pimod = ti;
                }
              }
            }
            imod = pimod, pimod = prev[imod];
            dif += imod - pimod & 32767;
          }
        }
        if (d) {
          syms[li++] = 268435456 | revfl[l] << 18 | revfd[d];
          var lin = revfl[l] & 31, din = revfd[d] & 31;
          eb += fleb[lin] + fdeb[din];
          ++lf[257 + lin];
          ++df[din];
          wi = i2 + l;
          ++lc_1;
        } else {
          syms[li++] = dat[i2];
          ++lf[dat[i2]];
        }
      }
    }
    for (i2 = Math.max(i2, wi); i2 < s; ++i2) {
      syms[li++] = dat[i2];
      ++lf[dat[i2]];
    }
    pos = wblk(dat, w, lst, syms, lf, df, eb, li, bs, i2 - bs, pos);
    if (!lst) {
      st.r = pos & 7 | w[pos / 8 | 0] << 3;
      pos -= 7;
      st.h = head, st.p = prev, st.i = i2, st.w = wi;
    }
  } else {
    for (var i2 = st.w || 0; i2 < s + lst; i2 += 65535) {
      var e = i2 + 65535;
      if (e >= s) {
        w[pos / 8 | 0] = lst;
        e = s;
      }
      pos = wfblk(w, pos + 1, dat.subarray(i2, e));
    }
    st.i = s;
  }
  return slc(o, 0, pre + shft(pos) + post);
};
var crct = /* @__PURE__ */ (function() {
  var t = new Int32Array(256);
  for (var i2 = 0; i2 < 256; ++i2) {
    var c = i2, k = 9;
    while (--k)
      c = (c & 1 && -306674912) ^ c >>> 1;
    t[i2] = c;
  }
  return t;
})();
var crc = function() {
  var c = -1;
  return {
    p: function(d) {
      var cr = c;
      for (var i2 = 0; i2 < d.length; ++i2)
        cr = crct[cr & 255 ^ d[i2]] ^ cr >>> 8;
      c = cr;
    },
    d: function() {
      return ~c;
    }
  };
};
var dopt = function(dat, opt, pre, post, st) {
  if (!st) {
    st = { l: 1 };
    if (opt.dictionary) {
      var dict = opt.dictionary.subarray(-32768);
      var newDat = new u8(dict.length + dat.length);
      newDat.set(dict);
      newDat.set(dat, dict.length);
      dat = newDat;
      st.w = dict.length;
    }
  }
  return dflt(dat, opt.level == null ? 6 : opt.level, opt.mem == null ? st.l ? Math.ceil(Math.max(8, Math.min(13, Math.log(dat.length))) * 1.5) : 20 : 12 + opt.mem, pre, post, st);
};
var mrg = function(a, b) {
  var o = {};
  for (var k in a)
    o[k] = a[k];
  for (var k in b)
    o[k] = b[k];
  return o;
};
var wbytes = function(d, b, v) {
  for (; v; ++b)
    d[b] = v, v >>>= 8;
};
function deflateSync(data, opts) {
  return dopt(data, opts || {}, 0, 0);
}
var fltn = function(d, p, t, o) {
  for (var k in d) {
    var val = d[k], n = p + k, op = o;
    if (Array.isArray(val))
      op = mrg(o, val[1]), val = val[0];
    if (ArrayBuffer.isView(val))
      t[n] = [val, op];
    else {
      t[n += "/"] = [new u8(0), op];
      fltn(val, n, t, o);
    }
  }
};
var te = typeof TextEncoder != "undefined" && /* @__PURE__ */ new TextEncoder();
var td = typeof TextDecoder != "undefined" && /* @__PURE__ */ new TextDecoder();
var tds = 0;
try {
  td.decode(et, { stream: true });
  tds = 1;
} catch (e) {
}
function strToU8(str, latin1) {
  if (latin1) {
    var ar_1 = new u8(str.length);
    for (var i2 = 0; i2 < str.length; ++i2)
      ar_1[i2] = str.charCodeAt(i2);
    return ar_1;
  }
  if (te)
    return te.encode(str);
  var l = str.length;
  var ar = new u8(str.length + (str.length >> 1));
  var ai = 0;
  var w = function(v) {
    ar[ai++] = v;
  };
  for (var i2 = 0; i2 < l; ++i2) {
    if (ai + 5 > ar.length) {
      var n = new u8(ai + 8 + (l - i2 << 1));
      n.set(ar);
      ar = n;
    }
    var c = str.charCodeAt(i2);
    if (c < 128 || latin1)
      w(c);
    else if (c < 2048)
      w(192 | c >> 6), w(128 | c & 63);
    else if (c > 55295 && c < 57344)
      c = 65536 + (c & 1023 << 10) | str.charCodeAt(++i2) & 1023, w(240 | c >> 18), w(128 | c >> 12 & 63), w(128 | c >> 6 & 63), w(128 | c & 63);
    else
      w(224 | c >> 12), w(128 | c >> 6 & 63), w(128 | c & 63);
  }
  return slc(ar, 0, ai);
}
var exfl = function(ex) {
  var le = 0;
  if (ex) {
    for (var k in ex) {
      var l = ex[k].length;
      if (l > 65535)
        err(9);
      le += l + 4;
    }
  }
  return le;
};
var wzh = function(d, b, f, fn, u, c, ce, co) {
  var fl2 = fn.length, ex = f.extra, col = co && co.length;
  var exl = exfl(ex);
  wbytes(d, b, ce != null ? 33639248 : 67324752), b += 4;
  if (ce != null)
    d[b++] = 20, d[b++] = f.os;
  d[b] = 20, b += 2;
  d[b++] = f.flag << 1 | (c < 0 && 8), d[b++] = u && 8;
  d[b++] = f.compression & 255, d[b++] = f.compression >> 8;
  var dt = new Date(f.mtime == null ? Date.now() : f.mtime), y = dt.getFullYear() - 1980;
  if (y < 0 || y > 119)
    err(10);
  wbytes(d, b, y << 25 | dt.getMonth() + 1 << 21 | dt.getDate() << 16 | dt.getHours() << 11 | dt.getMinutes() << 5 | dt.getSeconds() >> 1), b += 4;
  if (c != -1) {
    wbytes(d, b, f.crc);
    wbytes(d, b + 4, c < 0 ? -c - 2 : c);
    wbytes(d, b + 8, f.size);
  }
  wbytes(d, b + 12, fl2);
  wbytes(d, b + 14, exl), b += 16;
  if (ce != null) {
    wbytes(d, b, col);
    wbytes(d, b + 6, f.attrs);
    wbytes(d, b + 10, ce), b += 14;
  }
  d.set(fn, b);
  b += fl2;
  if (exl) {
    for (var k in ex) {
      var exf = ex[k], l = exf.length;
      wbytes(d, b, +k);
      wbytes(d, b + 2, l);
      d.set(exf, b + 4), b += 4 + l;
    }
  }
  if (col)
    d.set(co, b), b += col;
  return b;
};
var wzf = function(o, b, c, d, e) {
  wbytes(o, b, 101010256);
  wbytes(o, b + 8, c);
  wbytes(o, b + 10, c);
  wbytes(o, b + 12, d);
  wbytes(o, b + 16, e);
};
function zipSync(data, opts) {
  if (!opts)
    opts = {};
  var r = {};
  var files = [];
  fltn(data, "", r, opts);
  var o = 0;
  var tot = 0;
  for (var fn in r) {
    var _a2 = r[fn], file = _a2[0], p = _a2[1];
    var compression = p.level == 0 ? 0 : 8;
    var f = strToU8(fn), s = f.length;
    var com = p.comment, m = com && strToU8(com), ms = m && m.length;
    var exl = exfl(p.extra);
    if (s > 65535)
      err(11);
    var d = compression ? deflateSync(file, p) : file, l = d.length;
    var c = crc();
    c.p(file);
    files.push(mrg(p, {
      size: file.length,
      crc: c.d(),
      c: d,
      f,
      m,
      u: s != fn.length || m && com.length != ms,
      o,
      compression
    }));
    o += 30 + s + exl + l;
    tot += 76 + 2 * (s + exl) + (ms || 0) + l;
  }
  var out = new u8(tot + 22), oe = o, cdl = tot - o;
  for (var i2 = 0; i2 < files.length; ++i2) {
    var f = files[i2];
    wzh(out, f.o, f, f.f, f.u, f.c.length);
    var badd = 30 + f.f.length + exfl(f.extra);
    out.set(f.c, f.o + badd);
    wzh(out, o, f, f.f, f.u, f.c.length, f.o, f.m), o += 16 + badd + (f.m ? f.m.length : 0);
  }
  wzf(out, o, files.length, cdl, oe);
  return out;
}

// src/services/kubernetes/scripts.ts
var lookScript = `set -u
namespace=$(cat namespace)
kubectl get nodes --output jsonpath="$(cat nodes.jsonpath)" || exit 1
kubectl get pods --namespace "$namespace" --selector "$(cat selector)" --output jsonpath="$(cat pods.jsonpath)" || exit 1
echo
echo looked
`;
var removeScript = `set -u
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
var roundScript = `set -u
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
function standTemplate(pullFailures2) {
  const failures = pullFailures2.map((reason) => `"${reason}"`).join(" ");
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

// src/services/kubernetes/run-command.ts
var longestRoundSeconds = 75;
var shortestRoundSeconds = 5;
function createRunCommand(means) {
  const { attempt, run, clock, debug, warn } = means;
  const { namespace, cluster } = attempt;
  const ofRun = `${labels.run}=${run}`;
  let isDirty = false;
  const execute = async (script, files) => {
    const started = clock.now();
    const { provisioningState, exitCode, reason, logs } = await means.execute(pack(script, { namespace, ...files }));
    debug(`run command: ${provisioningState}, exit code ${exitCode}, ${clock.now() - started} ms`);
    if (provisioningState.toLowerCase() !== "succeeded") throw notRun(cluster, provisioningState, reason || logs);
    if (exitCode !== 0) throw explainKubectl(logs, attempt);
    return logs;
  };
  return {
    name: "run-command",
    async look() {
      const selector = `${labels.managedBy}=${manager}`;
      const logs = await execute(lookScript, {
        selector,
        "nodes.jsonpath": nodesFormat,
        "pods.jsonpath": podsFormat
      });
      if (!/^looked$/m.test(logs)) throw notRun(cluster, "Succeeded", `its output can't be read: ${logs.slice(0, 300)}`);
      const leftovers = readPods(logs).filter((pod) => isLeftover(pod, clock.now()));
      if (leftovers.length > 0) {
        debug(`sweeping ${leftovers.length} pods of runs that have ended without`);
        const items = leftovers.map(({ name }) => ({ apiVersion: "v1", kind: "Pod", metadata: { name, namespace } }));
        await means.submit(
          pack(removeScript, { namespace, pods: JSON.stringify({ apiVersion: "v1", kind: "List", items }) })
        );
      }
      return readNodes(logs);
    },
    async round(probes, until) {
      const left = Math.ceil((until - clock.now()) / 1e3);
      const seconds = Math.min(longestRoundSeconds, Math.max(shortestRoundSeconds, left));
      const manifests = probes.map((probe) => [`probes/${probe.index}.json`, JSON.stringify(podOf(probe, run))]);
      isDirty = true;
      const logs = await execute(roundScript, {
        selector: ofRun,
        "pods-path": podsPath(namespace, ofRun),
        prefix: podPrefix(run),
        seconds: String(seconds),
        healing: lines(healingPatterns()),
        final: lines(finalPatterns()),
        "stand.gotemplate": standTemplate(pullFailures),
        "pods.jsonpath": podsFormat,
        "events.jsonpath": eventsFormat,
        ...Object.fromEntries(manifests)
      });
      isDirty = false;
      const refusal = rowsOf(logs, "refusal").flat().join(" ");
      if (refusal) throw explainKubectl(refusal, attempt);
      const pods = readPods(logs);
      const events = readEvents(logs);
      const made = rowsOf(logs, "attempt").flat();
      return probes.map(({ index }) => {
        const pod = pods.find(({ labels: found }) => found[labels.probe] === String(index));
        return {
          index,
          attempts: made.filter((probe) => probe === String(index)).length,
          ...pod && { pod: pod.status },
          events: events.filter((event) => event.pod === pod?.name)
        };
      });
    },
    async close() {
      if (!isDirty) return;
      try {
        await means.submit(pack(removeScript, { "pods-path": podsPath(namespace, ofRun) }));
      } catch (error) {
        warn(describeLeft(attempt, run, error));
      }
    }
  };
}
function pack(script, files) {
  const entries = Object.entries({ ...files, "probe.sh": script });
  const context = zipSync(Object.fromEntries(entries.map(([name, text]) => [name, strToU8(text)])));
  return { command: "sh probe.sh", context };
}
function lines(patterns) {
  return patterns.map((pattern) => `${pattern}
`).join("");
}
function notRun(cluster, state, reason) {
  return new ActionError(
    "PROBE_FAILED",
    `AKS Run Command could not run on ${cluster.name} (${state.toLowerCase()}): ${reason || "no reason was given"}.`,
    {
      subject: cluster.name,
      fix: `Azure runs the command in a pod of the namespace aks-command, which needs a node with room and a way to mcr.microsoft.com. Run the step again, or set probe-with: kubectl on a runner that reaches the API server. By hand:
  ${aksCommand("command invoke", cluster.id, '--command "kubectl get nodes"')}`
    }
  );
}

// src/services/kubernetes/connect.ts
var aksServerScope = "6dae42f8-4368-4678-94ff-3960e28e3630/.default";
var longestCommandMs = 3e5;
var startMs = 6e4;
var firstAnswerMs = { withOther: 5e3, alone: 15e3 };
async function chooseWay(target, means) {
  const { probeWith } = means.inputs;
  const installed = probeWith === "run-command" ? "" : await which("kubectl");
  if (probeWith === "kubectl") {
    if (!installed) throw noKubectl(target);
    return kubectlFor(target, means);
  }
  const { access } = target;
  const isShut = access && !access.runCommandDisabled && letsInNobody(access);
  if (probeWith === "run-command" || !installed || access?.isPrivate || isShut) {
    if (access?.runCommandDisabled) throw runCommandDisabled(target, installed !== "");
    return runCommandFor(target, means);
  }
  return kubectlFor(target, means);
}
function fallBack(target, means, error) {
  const mayFallBack = means.inputs.probeWith === "auto" && error.code === "CLUSTER_UNREACHABLE";
  return mayFallBack && !target.access?.runCommandDisabled ? runCommandFor(target, means) : void 0;
}
function letsInNobody({ authorizedRanges }) {
  return authorizedRanges.length > 0 && authorizedRanges.every((range) => range === "0.0.0.0/32");
}
function kubectlFor(target, means) {
  const { azure, clock, log, run, inputs } = means;
  const hasOther = inputs.probeWith === "auto" && !target.access?.runCommandDisabled;
  return createKubectl({
    attempt: attemptOn(target, means, "kubectl"),
    run,
    clock,
    signal: azure.signal,
    firstAnswerMs: hasOther ? firstAnswerMs.withOther : firstAnswerMs.alone,
    debug: (line) => {
      log.debug(line);
    },
    warn: (text) => {
      log.warn(text);
    },
    fetchToken: () => fetchToken(means, azure.signal),
    async fetchKubeconfig() {
      const kubeconfig = await getKubeconfig(azure.clients, idOf(target), azure.signal);
      secretsOf(kubeconfig).forEach(mask);
      return kubeconfig;
    }
  });
}
function runCommandFor(target, means) {
  const { azure, clock, log, run } = means;
  const requestOf = async (command2, signal) => ({
    ...command2,
    clusterToken: target.access?.usesEntra ? await fetchToken(means, signal) : ""
  });
  return createRunCommand({
    attempt: attemptOn(target, means, "run-command"),
    run,
    clock,
    debug: (line) => {
      log.debug(line);
    },
    warn: (text) => {
      log.warn(text);
    },
    execute: async (command2) => runCommand(azure.clients, idOf(target), await requestOf(command2, azure.signal), {
      sleep: (ms) => clock.sleep(ms, azure.signal),
      longestMs: Math.min(longestCommandMs, means.inputs.timeoutMs + startMs),
      abortSignal: azure.signal
    }),
    async submit(command2) {
      const signal = AbortSignal.timeout(5e3);
      await submitCommand(azure.clients, idOf(target), await requestOf(command2, signal), signal);
    }
  });
}
function attemptOn({ id, name }, { azure, inputs }, way) {
  return { cluster: { id, name }, namespace: inputs.probeNamespace, objectId: azure.caller.objectId, way };
}
async function fetchToken({ azure }, abortSignal) {
  const token = await azure.credential.getToken(aksServerScope, { abortSignal });
  return token?.token ?? "";
}
function idOf({ id }) {
  const parsed = parseResourceId(id);
  if (!parsed) throw new Error(`not a cluster's resource ID: ${id}`);
  return parsed;
}
function noKubectl({ name }) {
  return new ActionError("PROBE_FAILED", `The nodes of ${name} could not be probed: kubectl is not on the runner.`, {
    subject: name,
    fix: "GitHub-hosted runners have it. On this one install it in a step before, or set probe-with: run-command (or leave it at auto):\n  az aks install-cli"
  });
}
function runCommandDisabled({ id, name, access }, hasKubectl) {
  const why = access?.isPrivate ? "its API server is private" : hasKubectl ? "probe-with asks for it" : "there is no kubectl here";
  return new ActionError(
    "CLUSTER_UNREACHABLE",
    `The nodes of ${name} could not be probed: Run Command is disabled on the cluster, and ${why}.`,
    {
      subject: name,
      fix: `Run the job on a runner inside its network, with kubectl and probe-with: kubectl; or allow Run Command:
  ${aksCommand("update", id, "--enable-run-command")}`
    }
  );
}

// src/verify/nodes.ts
function selectNodes(nodes, pools, wanted) {
  const withoutNodes = pools.map(({ name }) => [name, []]);
  const byPool = new Map([...withoutNodes, ...groupBy(nodes, ({ pool }) => pool)]);
  const chosen = [];
  const skipped = [];
  for (const [pool, members] of byPool) {
    const why = whySkipped(
      members,
      pools.find(({ name }) => name === pool)
    );
    if (why) {
      skipped.push({ pool, why });
      continue;
    }
    const usable = members.filter(isUsable).sort((a, b) => Number(a.isCordoned) - Number(b.isCordoned));
    const [first, ...others] = usable;
    if (wanted === "all") chosen.push(...usable.map((node) => ({ node, spares: [] })));
    else if (first) chosen.push({ node: first, spares: others });
  }
  return { chosen, skipped };
}
function isUsable({ os, isReady, isVirtual }) {
  return os === "linux" && isReady && !isVirtual;
}
function whySkipped(members, pool) {
  if (pool?.os.toLowerCase() === "windows" || members.length > 0 && members.every(({ os }) => os === "windows"))
    return "Windows";
  if (members.length === 0) return "no nodes";
  if (members.every(({ isVirtual }) => isVirtual)) return "virtual nodes, where no kubelet pulls";
  return members.some(isUsable) ? "" : "no node is ready";
}

// src/verify/pull-errors.ts
var explanations = {
  refused: {
    code: "PROBE_FAILED",
    what: () => "could not be probed, for Kubernetes refuses the pods",
    fix: () => "Give a namespace in probe-namespace where the probe pods are allowed."
  },
  "not-found": {
    code: "IMAGE_NOT_FOUND",
    what: ({ registry }, image) => `did not find ${image} on ${registry.name}`,
    fix: ({ registry }, { image, arch, message }) => /platform/i.test(message) ? `The image has no variant for linux/${arch}. Build or import it for all platforms of the cluster's nodes. What it has:
  az acr manifest list-metadata --registry ${registry.name} --name ${repositoryOf(image.reference)} --output table` : `Check repository and tag (named in: ${image.from}). What the registry has:
  az acr repository show-tags --name ${registry.name} --repository ${repositoryOf(image.reference)} --output table`
  },
  unschedulable: {
    code: "PROBE_FAILED",
    what: () => "took no probe pod",
    fix: ({ target }) => `The kubelet refused the pod, for want of room for pods or because the node is going away. Make room, or set probe-nodes: one-per-pool, which takes another node of the pool then:
  kubectl describe nodes
  ${nodePoolCommand("list", target.id)}`
  },
  failed: {
    code: "PROBE_FAILED",
    what: (_, image) => `could not pull ${image}`,
    fix: () => "The message above is what the node said. What else it says:\n  kubectl describe node <node>"
  },
  unreachable: {
    code: "PULL_DENIED",
    what: ({ registry }) => `can not reach ${registry.loginServer}`,
    fix: ({ registry, target }, { message }) => /client with IP|firewall/i.test(message) ? `The registry's firewall does not let the cluster's outbound addresses in. Add them, or use a private endpoint:
  ${aksCommand("show", target.id, "--query networkProfile.loadBalancerProfile.effectiveOutboundIPs")}
  az acr network-rule add --name ${registry.name} --ip-address <address>` : `Names or connections fail on the way: look at the private DNS zone privatelink.azurecr.io and its link to the network of the cluster, at network security groups, firewall and proxy, and at the data endpoint (*.blob.core.windows.net):
  az network private-dns link vnet list --zone-name privatelink.azurecr.io --resource-group <group> --output table
  az acr private-endpoint-connection list --registry-name ${registry.name} --output table`
  },
  denied: {
    code: "PULL_DENIED",
    what: ({ registry, group }) => group ? `are still refused by ${registry.loginServer}: their access comes through the group ${group}, and a node keeps its token, with the groups that it knew then, for up to a day` : `are still refused by ${registry.loginServer}`,
    fix: ({ registry, target, group, mayAssignDirectly }, { message }) => [
      ...group ? [
        mayAssignDirectly ? "Nothing renews the token earlier. A role of its own works within minutes: set on-timeout: assign-directly, or leave group empty." : "Nothing renews the token earlier. A role of its own works within minutes: leave group empty and set role: auto, or give it by hand."
      ] : [
        "Azure documents up to 10 minutes for a new role; the step can be run again, with a longer timeout. If that is over, see what the pull identity holds, and whether the nodes use that identity:"
      ],
      `  az role assignment list --assignee ${target.identity.objectId} --scope ${registry.id} --include-inherited --include-groups --output table`,
      `  ${aksCommand("show", target.id, "--query identityProfile.kubeletidentity")}`,
      "Nodes that were made before the identity was changed keep the old one until they are reimaged:",
      `  ${aksCommand("upgrade", target.id, "--node-image-only")}`,
      ...message.includes("403") ? [
        "A 403 can also come from the registry's firewall, or from a private DNS zone that is not linked to the cluster's network:",
        `  az acr network-rule list --name ${registry.name} --output table`
      ] : []
    ].join("\n")
  },
  "rate-limited": {
    code: "THROTTLED",
    what: ({ registry }) => `are throttled by ${registry.loginServer}`,
    fix: ({ registry }) => `Run the step again later, probe fewer nodes at once (probe-nodes: one-per-pool), or take a larger SKU:
  az acr update --name ${registry.name} --sku Premium`
  },
  slow: {
    code: "PROBE_FAILED",
    what: (_, image) => `had not pulled ${image} when the time was over`,
    fix: () => "No refusal came, so the pull may only be slow: give a longer timeout, or a smaller image in probe-image. What the node does:\n  kubectl get events --all-namespaces --field-selector involvedObject.kind=Pod"
  }
};
var ranks = Object.keys(explanations);
function explainPulls(pulls, context) {
  const failed = pulls.filter(({ verdict }) => verdict !== "pulled");
  const worst = ranks.find((rank) => failed.some(({ verdict }) => verdict === rank)) ?? "failed";
  const these = failed.filter(({ verdict }) => verdict === worst);
  const [first] = these;
  if (!first) throw new Error("no pull failed");
  const { target, registry } = context;
  const { code, what, fix: fix2 } = explanations[worst];
  const nodes = [...new Set(these.map(({ node }) => node))];
  const total = new Set(pulls.map(({ node }) => node)).size;
  const image = shortDigest(first.image.reference);
  const subject = total === 1 ? `The probed node of ${target.name}` : `${nodes.length} of the ${total} probed nodes of ${target.name}`;
  const names = nodes.slice(0, mostNodes).join(", ") + (nodes.length > mostNodes ? ` and ${nodes.length - mostNodes} more` : "");
  const verb = nodes.length === 1 ? what(context, image).replace(/^are /, "is ") : what(context, image);
  const said = first.message ? ` The node said: ${first.message.replace(/\.$/, "")}.` : "";
  const place = first.image.from.includes(", document ") ? ` The image is named in ${first.image.from}.` : "";
  return new ActionError(code, `${subject} ${verb} (${names}).${place}${said}`, {
    subject: registry.name,
    fix: fix2(context, first)
  });
}
var mostNodes = 5;
function repositoryOf(reference) {
  return reference.replace(/^[^/]*\//, "").replace(/(:[^:/]*)?(@.*)?$/, "");
}

// src/verify/rounds.ts
var podsPerWave = 100;
var patienceMs = 2e4;
var mostFailures = 2;
async function verifyPull(way, wish, progress) {
  const { clock, deadline, signal } = wish;
  const startedAt = clock.now();
  const tasks = wish.nodes.map(({ node, spares }, index) => {
    const pulls = wish.images.map((image) => startPull(node, image, startedAt));
    return { index, node, spares, pulls };
  });
  const all = () => tasks.flatMap(({ pulls }) => pulls);
  let failures = 0;
  for (; ; ) {
    const isLast = clock.now() >= deadline;
    const asked = tasks.filter((task) => openPulls(task, all()).length > 0);
    try {
      for (const wave of chunk(asked, podsPerWave)) await probeWave(way, wave, { ...wish, startedAt }, all);
      failures = 0;
    } catch (error) {
      if (!(error instanceof ActionError)) throw error;
      failures += 1;
      if (error.code !== "CLUSTER_UNREACHABLE" || failures > mostFailures || isLast) {
        for (const pull of tasks.flatMap((task) => openPulls(task, all())))
          Object.assign(pull, { verdict: "refused", message: error.message, finishedAt: clock.now() });
        progress.onRound(
          asked.flatMap(({ pulls }) => pulls),
          void 0
        );
        return { pulls: all(), error };
      }
    }
    asked.forEach(useSpare);
    const open = tasks.flatMap((task) => openPulls(task, all()));
    const told = asked.flatMap(({ pulls }) => pulls);
    if (open.length === 0 || isLast) {
      progress.onRound(told, void 0);
      return { pulls: all() };
    }
    const pause = Math.min(pauseAfter(clock.now() - startedAt, open, way, wish), Math.max(0, deadline - clock.now()));
    progress.onRound(told, pause);
    await clock.sleep(pause, signal);
  }
}
function startPull({ name, pool, arch }, image, now) {
  return { node: name, pool, arch, image, verdict: "slow", message: "", attempts: 0, startedAt: now, finishedAt: now };
}
function openPulls({ pulls }, all) {
  const lost = new Set(all.filter(isFinal).map(({ image }) => image.registryId));
  return pulls.filter(({ verdict, image }) => healing.includes(verdict) && !lost.has(image.registryId));
}
function isFinal({ verdict }) {
  return verdict !== "pulled" && !healing.includes(verdict);
}
async function probeWave(way, wave, wish, all) {
  const open = new Map(wave.map((task) => [task.index, openPulls(task, all())]));
  const probes = wave.map(({ index, node, pulls }) => {
    const images = (open.get(index) ?? []).map((pull) => ({
      container: containerOf(pull, pulls),
      reference: pull.image.reference
    }));
    return { index, node: node.name, images };
  });
  const { clock, deadline, startedAt } = wish;
  const now = clock.now();
  const isLong = way.name === "run-command" && isQuick(now - startedAt, wish);
  const until = Math.max(isLong ? deadline : Math.min(now + patienceMs, deadline), now + patienceMs / 4);
  const statuses = await way.round(probes, until);
  for (const { index, pulls } of wave) {
    const status = statuses.find((each) => each.index === index);
    for (const pull of open.get(index) ?? []) if (status) note(pull, status, containerOf(pull, pulls), clock.now());
  }
}
function containerOf(pull, pulls) {
  return `image-${pulls.indexOf(pull)}`;
}
function note(pull, { attempts, pod, events }, container, now) {
  const judged = pod && judgePull(pod, container, events);
  pull.attempts += attempts;
  pull.finishedAt = now;
  pull.verdict = judged ? judged.verdict ?? "slow" : "failed";
  pull.message = judged ? judged.message : "the pod was deleted by someone else, or its node is gone";
}
function useSpare(task) {
  if (!task.pulls.some(({ verdict }) => verdict === "unschedulable")) return;
  const spare = task.spares.shift();
  if (!spare) return;
  task.node = spare;
  for (const pull of task.pulls) {
    if (pull.verdict !== "pulled") Object.assign(pull, { node: spare.name, arch: spare.arch, verdict: "slow" });
  }
}
var quickMs = 1500;
var documentedMs = 10 * 6e4;
var groupQuickMs = 6e4;
var slowestMs = 6e4;
var throttledMs = 15e3;
function isQuick(elapsedMs, wish) {
  return elapsedMs < quickFor(wish);
}
function quickFor({ throughGroup }) {
  return throughGroup ? groupQuickMs : documentedMs;
}
function pauseAfter(elapsedMs, open, way, wish) {
  const quick = way.name === "run-command" ? quickMs / 3 : quickMs;
  const pause = Math.min(Math.max(quick, (elapsedMs - quickFor(wish)) / 10), slowestMs);
  const jittered = pause * (0.9 + 0.2 * wish.clock.random());
  return open.every(({ verdict }) => verdict === "rate-limited") ? Math.max(jittered, throttledMs) : jittered;
}

// src/verify/clusters.ts
function createProver(means) {
  const wayMeans = { ...means, run: randomUUID().slice(0, 8) };
  const { azure, inputs, clock, progress } = means;
  const opening = pLimit(inputs.concurrency);
  const proving = pLimit(inputs.concurrency);
  const ways = /* @__PURE__ */ new Set();
  const sessions = /* @__PURE__ */ new Map();
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
    } catch (error) {
      const other = error instanceof ActionError ? fallBack(target, wayMeans, error) : void 0;
      if (!other || first.name === other.name) throw error;
      progress.onFallBack(target, error);
      return look(other);
    }
  };
  const sessionOf = (target) => {
    const key = normalizeId(target.id);
    const session = sessions.get(key) ?? opening(() => open(target));
    sessions.set(key, session);
    session.catch(() => void 0);
    return session;
  };
  const proveCluster = async (target, pairs, deadline) => {
    const { way, selection } = await sessionOf(target);
    const throughGroup = pairs.some(({ group }) => group !== "");
    progress.onStart(target, way.name, selection, throughGroup);
    if (selection.chosen.length === 0) throw noNodes(target, selection);
    const images = pairs.flatMap((pair) => pair.images);
    const wish = {
      nodes: selection.chosen,
      images,
      throughGroup,
      clock,
      deadline,
      signal: azure.signal
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
      return pairs.map((each) => [each.pair, judge(each, outcome, clock.now() - startedAt)]);
    } catch (error) {
      return pairs.map(({ pair }) => [pair, { verified: "none", error: toActionError(error) }]);
    }
  };
  const judge = ({ target, registry, group, writtenAt }, outcome, waitedMs) => {
    const pulls = outcome.pulls.filter(({ image }) => sameId(image.registryId, registry.id));
    if (pulls.some(({ verdict }) => verdict !== "pulled")) {
      const mayAssignDirectly = inputs.group !== "" && inputs.onTimeout === "fail";
      const error = outcome.error ?? explainPulls(pulls, { target, registry, group, mayAssignDirectly, waitedMs });
      return { verified: "none", pulls, error };
    }
    const provenAt = Math.max(...pulls.map(({ finishedAt }) => finishedAt));
    const propagationSeconds = writtenAt === void 0 ? void 0 : Math.max(0, provenAt - writtenAt) / 1e3;
    return { verified: "pull", pulls, ...propagationSeconds !== void 0 && { propagationSeconds } };
  };
  return {
    prepare(targets) {
      for (const target of targets) void sessionOf(target);
    },
    async prove(pairs, deadline) {
      const byTarget = groupBy(pairs, ({ target }) => target);
      const ended = await Promise.all([...byTarget].map(([target, its]) => verify(target, its, deadline)));
      return new Map(ended.flat());
    },
    findings: () => findings,
    async close() {
      if (!azure.signal.aborted) await Promise.allSettled(sessions.values());
      await Promise.all([...ways].map((way) => way.close()));
    }
  };
}
function toFindings({ id, name }, { skipped }) {
  return skipped.map(({ pool, why }) => ({
    code: "POOL_SKIPPED",
    severity: "notice",
    subject: id,
    message: `The pool ${pool} of ${name} was not probed: ${why}.`,
    fix: fix("Its nodes pull with the same identity. What the pool is:", nodePoolCommand("show", id, pool))
  }));
}
function noNodes({ id, name }, { skipped }) {
  const pools = skipped.map(({ pool, why }) => `${pool}: ${why}`).join("; ");
  return new ActionError(
    "PROBE_FAILED",
    `${name} has no Linux node that is ready, so nothing can pull (${pools || "no pools"}).`,
    {
      subject: name,
      fix: `Scale a Linux pool up, or set verify: assignment. What the pools are:
  ${nodePoolCommand("list", id)}`
    }
  );
}
function whyNotProvable(target) {
  if (!target.isStopped) return void 0;
  return new ActionError("CLUSTER_STOPPED", `${target.name} is stopped, so its nodes can't pull.`, {
    subject: target.name,
    fix: `Start it and run the step again, or set verify: assignment:
  ${aksCommand("start", target.id)}`
  });
}

// src/verify/probe-images.ts
function chooseProbeImages(registry, { inputs, images, manifests }) {
  const imageOf = (reference, from) => ({ reference, registryId: registry.id, from });
  const ofManifests = manifests.filter((check) => sameId(check.registry.id, registry.id) && check.status !== "missing").map(({ image }) => imageOf(image.text, describePlace(image)));
  const first = images.find(
    ({ image, status }) => sameId(image.registry.id, registry.id) && (status === "imported" || status === "present")
  );
  const named = inputs.probeImages.length > 0 ? inputs.probeImages.map((name) => imageOf(`${registry.loginServer}/${name}`, "probe-image")) : first ? [imageOf(pinned(first), first.image.request.isProbe ? "pause image" : "images")] : [];
  return distinctImages([...named, ...ofManifests]);
}
function distinctImages(images) {
  return [...new Map([...images].reverse().map((image) => [image.reference, image])).values()].reverse();
}

// src/verify/pulls.ts
function lookAtNodes(pairs, means) {
  const prover = createProver(means);
  prover.prepare(clustersOf(pairs));
  return prover;
}
async function verifyPulls(pairs, done, nodes, { inputs, clock }) {
  const classified = pairs.map((pair) => ({ pair, is: classify(pair, inputs, done) }));
  const provable = classified.flatMap(({ is }) => typeof is === "object" && "images" in is ? is : []);
  const settled = classified.flatMap(
    ({ pair, is }) => typeof is === "object" && "verified" in is ? [[pair, is]] : []
  );
  const proven = await nodes.prove(provable, clock.now() + inputs.timeoutMs);
  return {
    verifications: new Map([...settled, ...proven]),
    findings: nodes.findings(),
    unknown: [],
    nodeless: classified.flatMap(({ pair, is }) => is === "nodeless" ? pair : [])
  };
}
async function releaseNodes(nodes) {
  await nodes.close();
}
function clustersOf(pairs) {
  const targets = pairs.flatMap(({ target, error }) => error ? [] : target);
  return [...new Set(targets)].filter((target) => target.kind === "cluster" && !whyNotProvable(target));
}
function classify(pair, inputs, { outcomes, images: ended, manifests }) {
  if (pair.error) return void 0;
  const written = outcomes.filter(({ operation }) => pair.operations.includes(operation));
  if (written.length < pair.operations.length || written.some(({ error }) => error)) return void 0;
  const { target, registry } = pair;
  if (target.kind === "kubelet-identity") return "nodeless";
  const isCheck = inputs.mode === "check";
  const why = whyNotProvable(target);
  if (why) return isCheck ? { verified: "assignment" } : { verified: "none", error: why };
  const images = chooseProbeImages(registry, { inputs, images: ended, manifests });
  if (images.length === 0) {
    if (isCheck) return { verified: "assignment" };
    const failed = ended.find(({ image, error }) => error && sameId(image.registry.id, registry.id));
    return { verified: "none", error: failed?.error ?? nothingToPull(registry.name) };
  }
  const throughGroup = pair.access?.grantedBy === "group" ? pair.access.assignment.principalId : "";
  const group = pair.operations.some(isDirect) ? "" : inputs.group || throughGroup;
  return {
    pair,
    target,
    registry,
    images,
    group,
    ...written.length > 0 && { writtenAt: Math.max(...written.map(({ finishedAt }) => finishedAt)) }
  };
}
function nothingToPull(name) {
  return new ActionError(
    "PROBE_FAILED",
    `There is nothing on ${name} for the nodes to pull: none of the manifests' images is there.`,
    {
      subject: name,
      fix: `Name one that is there in probe-image:
  az acr repository list --name ${name} --output table`
    }
  );
}
export {
  lookAtNodes,
  releaseNodes,
  verifyPulls
};
