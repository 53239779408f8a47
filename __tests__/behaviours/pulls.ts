import type { Behaviour } from './behaviour.js'

/** The proof by pulls, and the post step. */
export const pulls: readonly Behaviour[] = [
  {
    bullet: 'a probe pod passes the restricted pod security standard',
    file: 'packages/kubernetes/src/probe-pod.ts',
    text: '      allowPrivilegeEscalation: false,\n',
    replacement: '',
    test: {
      file: 'packages/kubernetes/__tests__/probe-pod.test.ts',
      title: 'a probe pod > passes the restricted pod security standard',
    },
  },
  {
    bullet: 'a probe pod has no service account token',
    file: 'packages/kubernetes/src/probe-pod.ts',
    text: '      automountServiceAccountToken: false,\n',
    replacement: '',
    test: {
      file: 'packages/kubernetes/__tests__/service-accounts.test.ts',
      title:
        'a probe pod > names its service account, without its token, or else a pull secret that keeps those of the default one away',
    },
  },
  {
    bullet: 'a probe pod is out of service meshes',
    file: 'packages/kubernetes/src/probe-pod.ts',
    text: 'const outOfMeshes = {\n  labels: {\n',
    replacement: 'const outOfMeshes = {\n  labels: {},\n  others: {\n',
    test: {
      file: 'packages/kubernetes/__tests__/probe-pod.test.ts',
      title: 'a probe pod > opts out of service meshes',
    },
  },
  {
    bullet: 'a probe pod always pulls',
    file: 'packages/kubernetes/src/probe-pod.ts',
    text: "imagePullPolicy: 'Always',",
    replacement: "imagePullPolicy: 'IfNotPresent',",
    test: {
      file: '__tests__/scenarios/proof/pull-direct.test.ts',
      title: 'a direct grant > is proven as soon as it has taken effect on the node',
    },
  },
  {
    bullet: "the image's own program never runs",
    file: 'packages/kubernetes/src/probe-pod.ts',
    text: '        command,\n        securityContext',
    replacement: '        securityContext',
    test: {
      file: '__tests__/scenarios/proof/pull-direct.test.ts',
      title:
        'the probe pod > passes the restricted standard and the deployment safeguards, and runs nothing from the image',
    },
  },
  {
    bullet: 'pulled means an image ID: an ended pod has not pulled',
    file: 'packages/kubernetes/src/pod-verdict.ts',
    text: "if (container.imageId !== '') return pulled",
    replacement: "if (container.imageId !== '' || pod.phase === 'Failed') return pulled",
    test: {
      file: 'packages/kubernetes/__tests__/pull-verdict.test.ts',
      title: 'a pod > that the kubelet rejects or ends: Evicted',
    },
  },
  {
    bullet: 'an image that was replaced on admission proves nothing',
    file: 'packages/kubernetes/src/pod-verdict.ts',
    text: 'if (!isSame) return `its image',
    replacement: "if (container.image === '') return `its image",
    test: {
      file: 'packages/kubernetes/__tests__/pull-verdict.test.ts',
      title: 'a pod > that the cluster gave another image does not prove anything',
    },
  },
  {
    bullet: 'the node of a pod must not be changed on admission',
    file: 'packages/kubernetes/src/pod-verdict.ts',
    text: 'if (pod.node !== node) return pod.node',
    replacement: "if (pod.node === '') return pod.node",
    test: {
      file: 'packages/kubernetes/__tests__/pull-verdict.test.ts',
      title: 'a pod > proves nothing on another node: its node was set to n2',
    },
  },
  {
    bullet: 'a pull secret besides the placeholder proves nothing',
    file: 'packages/kubernetes/src/pod-verdict.ts',
    text: 'if (others.length > 0 && !image.account)',
    replacement: 'if (others.length > 9)',
    test: {
      file: 'packages/kubernetes/__tests__/pull-verdict.test.ts',
      title: 'a pod > that the cluster gave secrets does not prove anything',
    },
  },
  {
    bullet: 'ANONYMOUS_PULL: the level stays assignment',
    file: 'packages/pull-proof/src/clusters.ts',
    text: 'const isProven = !registry.anonymousPull && !mirror &&',
    replacement: 'const isProven = !mirror &&',
    test: {
      file: 'packages/pull-proof/__tests__/verify-pull.test.ts',
      title: 'a pair > of a registry open to all is not',
    },
  },
  {
    bullet: 'PEER_MIRROR: the level stays assignment',
    file: 'packages/pull-proof/src/clusters.ts',
    text: 'const isProven = !registry.anonymousPull && !mirror &&',
    replacement: 'const isProven = !registry.anonymousPull &&',
    test: {
      file: 'packages/pull-proof/__tests__/verify-pull.test.ts',
      title: 'a pair > of a cluster with a mirror is not',
    },
  },
  {
    bullet: "SERVICE_ACCOUNT_PULL: the level stays assignment unless the workload's account pulled",
    file: 'packages/pull-proof/src/clusters.ts',
    text: '!mayBeBySecret && (!pulls',
    replacement: '(!pulls',
    test: {
      file: 'packages/pull-proof/__tests__/verify-pull.test.ts',
      title: 'a pair > is not proven by the secret of one',
    },
  },
  {
    bullet: 'an image of manifests goes to nodes that its nodeSelector allows',
    file: 'packages/pull-proof/src/nodes.ts',
    text: 'Object.entries(nodeSelector).every(([key, value]) => node.labels[key] === value) &&',
    replacement: '',
    test: {
      file: 'packages/pull-proof/__tests__/scheduling.test.ts',
      title: 'the nodes for an image > are those that {"nodeSelector":{"tier":"web"}} allows',
    },
  },
  {
    bullet: 'an image of manifests goes to nodes whose taints its workload tolerates',
    file: 'packages/pull-proof/src/nodes.ts',
    text: "return operator === 'Exists' || (key !== '' && value === taint.value)",
    replacement: 'return true',
    test: {
      file: 'packages/pull-proof/__tests__/scheduling.test.ts',
      title:
        'the nodes for an image > with a taint are for a workload that tolerates it: [{"key":"dedicated","value":"cpu"}] is false',
    },
  },
  {
    bullet: 'an image goes to nodes whose platform it has',
    file: 'packages/pull-proof/src/nodes.ts',
    text: 'return isBuiltFor && (constraints',
    replacement: 'return (constraints',
    test: {
      file: 'packages/pull-proof/__tests__/scheduling.test.ts',
      title: 'the nodes for an image > are those whose platform it has, and all if its platforms are unknown',
    },
  },
  {
    bullet: "a foreign platform is no missing image where the workload can't run",
    file: 'packages/pull-proof/src/nodes.ts',
    text: "return cause === 'platform' && !image.constraints",
    replacement: 'return false',
    test: {
      file: 'packages/pull-proof/__tests__/left-out.test.ts',
      title: 'findings > about skipped nodes are told as in findings/',
    },
  },
  {
    bullet: 'IMAGE_NOT_PROBED for an image without a node',
    file: 'packages/pull-proof/src/clusters.ts',
    text: 'images.filter(image => !tried.has(keyOf(image))).map(image => notProbed(target, image))',
    replacement: 'images.filter(() => false).map(image => notProbed(target, image))',
    test: {
      file: 'packages/pull-proof/__tests__/verify-pull.test.ts',
      title: 'a pair > with an image that no node may run',
    },
  },
  {
    bullet: 'POOL_SKIPPED and NODE_SKIPPED: hosted and virtual nodes are left out',
    file: 'packages/pull-proof/src/nodes.ts',
    text: 'return !hindrances.some(([trait]) => node[trait])',
    replacement: 'return true',
    test: {
      file: 'packages/pull-proof/__tests__/node-selection.test.ts',
      title: 'the nodes that pull > can be there later, unless they are virtual or hosted',
    },
  },
  {
    bullet: 'under all, nodes that join are probed',
    file: 'packages/pull-proof/src/rounds.ts',
    text: "const mayJoin = order.probeNodes === 'all' || ",
    replacement: 'const mayJoin = ',
    test: {
      file: 'packages/pull-proof/__tests__/decide.test.ts',
      title: 'nodes that have joined are asked, too, before all count as having pulled',
    },
  },
  {
    bullet: 'a refused secret is not a stale credential',
    file: 'packages/pull-proof/src/record.ts',
    text: "image.cause === 'stale-credential' ? { ...image, cause: 'secret' } : image",
    replacement: 'image',
    test: {
      file: 'packages/pull-proof/__tests__/pull-results.test.ts',
      title:
        'a pull > is refused because of the secret of an application, which is not exchanged for a credential that could be old',
    },
  },
  {
    bullet: 'a pool without an image for its platform in one registry is POOL_SKIPPED there',
    file: 'packages/pull-proof/src/nodes.ts',
    text: '.filter(({ own }) => !fitsAny(own, nodes))',
    replacement: '.filter(() => false)',
    test: {
      file: 'packages/pull-proof/__tests__/node-selection.test.ts',
      title: 'the nodes that images fit > are not the platform of one',
    },
  },
  {
    bullet: 'what was heard is kept until a pull has got further than a dead connection',
    file: 'packages/pull-proof/src/seen-pull.ts',
    text: 'export const deadMs = 90_000',
    replacement: 'export const deadMs = 30_000',
    test: {
      file: 'packages/pull-proof/__tests__/pull-record.test.ts',
      title:
        'the record of pulls > keeps that a node reported unreachable until it has been pulling for 90000 ms since the event',
    },
  },
  {
    bullet: 'a round that heard nothing does not overwrite what was heard',
    file: 'packages/pull-proof/src/seen-pull.ts',
    text: "if (before.verdict === 'pulled' || (isHeard(before) && !isLetIn(kept))) return kept",
    replacement: "if (before.verdict === 'pulled') return kept",
    test: {
      file: 'packages/pull-proof/__tests__/pull-record.test.ts',
      title:
        'the record of pulls > keeps that a node reported denied until it has been pulling for 20000 ms since the event',
    },
  },
  {
    bullet: 'a verify: pull that proved nothing in check is a warning, not an error',
    file: 'packages/pull-proof/src/clusters.ts',
    text: "if (inputs.mode === 'check' && lackPause(counted))",
    replacement: "if (inputs.mode === 'merge' && lackPause(counted))",
    test: {
      file: 'packages/pull-proof/__tests__/verify-pull.test.ts',
      title: 'a pair > in check without a pause image is no drift',
    },
  },
  {
    bullet: 'an old grant and nothing under way: three tries decide',
    file: 'packages/pull-proof/src/finality.ts',
    text: 'export const settledTries = 3',
    replacement: 'export const settledTries = 30',
    test: {
      file: 'packages/pull-proof/__tests__/decide.test.ts',
      title: 'a refusal that nothing can end is tried three times within half a minute',
    },
  },
  {
    bullet: 'a grant younger than 15 minutes may still take effect',
    file: 'packages/pull-proof/src/pending.ts',
    text: "now - updatedAt > oldMs ? 'nothing'",
    replacement: "now - updatedAt > 0 ? 'nothing'",
    test: {
      file: 'packages/pull-proof/__tests__/verify-pull.test.ts',
      title: 'a pair > whose grant was just written, or is new, is waited for',
    },
  },
  {
    bullet: 'the gate opens at most a twentieth of the wait after the node could pull',
    file: 'packages/pull-proof/src/pace.ts',
    text: 'const share = 1 / 25',
    replacement: 'const share = 1 / 5',
    test: {
      file: 'packages/pull-proof/__tests__/verify-pull.test.ts',
      title:
        'the nodes > let the gate open at most 3 s, or a twentieth of the wait, after they can pull, also right after a refusal: after 590000 ms',
    },
  },
  {
    bullet: 'while all nodes are refused, one a pool is asked',
    file: 'packages/pull-proof/src/rounds.ts',
    text: 'pauseMs, everyone: isProgress || fitsInOne, asked }',
    replacement: 'pauseMs, everyone: true, asked }',
    test: {
      file: 'packages/pull-proof/__tests__/decide.test.ts',
      title: 'while nodes are refused, one per pool is asked, and all again when one was let in',
    },
  },
  {
    bullet: 'hiccups of the API server are retried by time',
    file: 'packages/pull-proof/src/rounds.ts',
    text: "if (last === 'failure' && trouble && !trouble.error.recovers)",
    replacement: "if (last === 'failure' && trouble)",
    test: {
      file: 'packages/pull-proof/__tests__/decide.test.ts',
      title: 'a failure of the API server that may pass is waited out',
    },
  },
  {
    bullet: 'an image that a replica does not have yet is waited for',
    file: 'packages/pull-proof/src/finality.ts',
    text: "return image.isThere && (!cause || cause === 'part')",
    replacement: "return false && (!cause || cause === 'part')",
    test: {
      file: 'packages/pull-proof/__tests__/finality.test.ts',
      title: 'another attempt after not-found (open, {}) may help until 300000 ms',
    },
  },
  {
    bullet: 'what could not be deleted is told',
    file: 'packages/kubernetes/src/prober.ts',
    text: '        log.warn(describeLeft(name, attempt, selectRun(run), error))\n',
    replacement: '        log.debug(String(error))\n',
    test: {
      file: '__tests__/scenarios/proof/pull-cleanliness.long.test.ts',
      title: 'a cancelled job > without permission to delete pods reports the remaining ones',
    },
  },
  {
    bullet: 'auto takes Run Command where the authorized addresses let nobody in',
    file: 'packages/kubernetes/src/connect.ts',
    text: "range === '0.0.0.0/32'",
    replacement: "range === '0.0.0.0'",
    test: {
      file: '__tests__/scenarios/proof/kubectl.long.test.ts',
      title: 'an API server that only accepts other addresses > is not tried if no address is allowed',
    },
  },
  {
    bullet: 'kubectl gets only the environment that it needs',
    file: 'packages/kubernetes/src/program.ts',
    text: 'value !== undefined && passed.has(name.toUpperCase())',
    replacement: 'value !== undefined',
    test: {
      file: '__tests__/scenarios/proof/kubectl.long.test.ts',
      title: 'kubectl > gets the path, the home and the proxy of the runner, and nothing else',
    },
  },
  {
    bullet: 'denied only where each part of a message is',
    file: 'packages/kubernetes/src/verdict.ts',
    text: 'const counted = known.length > 0 ? known : parts',
    replacement: 'const counted = parts',
    test: {
      file: 'packages/kubernetes/__tests__/joint-errors.test.ts',
      title: 'the errors of several credentials > a refused anonymous token does not count, first',
    },
  },
  {
    bullet: 'a missing role is a cause of its own',
    file: 'packages/kubernetes/src/verdict.ts',
    text: "cause: 'role', pattern",
    replacement: "cause: 'stale-credential', pattern",
    test: {
      file: 'packages/kubernetes/__tests__/pull-verdict.test.ts',
      title:
        'a message of a failed pull > means denied, with the cause role: failed to pull and unpack image "contosoacr.azurecr.io/team/app:v1": failed to resolve reference "contosoacr.azurecr.io/team/app:v1": pull access denied: server message: insufficient_scope: authorization failed',
    },
  },
  {
    bullet: 'no credential at all is a cause of its own',
    file: 'packages/kubernetes/src/verdict.ts',
    text: "    cause: 'no-credential',\n",
    replacement: '',
    test: {
      file: 'packages/kubernetes/__tests__/recorded-pulls.test.ts',
      title: 'the messages of a real kubelet > are understood: api-killed',
    },
  },
  {
    bullet: 'leftovers of a killed run are swept, those of a living run are not',
    file: 'packages/kubernetes/src/probe-pod.ts',
    text: 'run !== own && !alive.has(run)',
    replacement: 'run !== own',
    test: {
      file: 'packages/kubernetes/__tests__/probe-pod.test.ts',
      title: 'the pods of another run are deleted if all of them are leftovers',
    },
  },
  {
    bullet: 'in a check, the nodes of a pool take turns, a day each',
    file: 'packages/pull-proof/src/nodes.ts',
    text: 'day % taking.length',
    replacement: '0',
    test: {
      file: 'packages/pull-proof/__tests__/node-selection.test.ts',
      title:
        'the nodes that pull > take turns in a check > so that a month has seen a pool of thirty, and each day another node',
    },
  },
  {
    bullet: 'the age of the pods of other runs is measured by the clock of the cluster',
    file: 'packages/kubernetes/src/prober.ts',
    text: 'await sweep(end.others, end.firstMadeAt)',
    replacement: 'await sweep(end.others, Date.now())',
    test: {
      file: '__tests__/scenarios/proof/pull-cleanliness.long.test.ts',
      title:
        'pods of other runs > are kept while that run is alive, also if the clocks here and of the nodes are fast (kubectl)',
    },
  },
  {
    bullet: 'signed URLs never reach log, summary, output, report or issue',
    file: 'packages/kubernetes/src/signatures.ts',
    text: '(signed.test(query) ? `${address}?…` : whole)',
    replacement: 'whole',
    test: {
      file: 'packages/kubernetes/__tests__/pull-verdict.test.ts',
      title: 'signatures are removed from URLs, complete or truncated',
    },
  },
  {
    bullet: 'nothing is left behind, also on cancellation',
    file: 'packages/pull-proof/src/sessions.ts',
    text: '      await Promise.all([...probers].map(prober => prober.close()))\n',
    replacement: '',
    test: {
      file: '__tests__/scenarios/proof/post.long.test.ts',
      title: 'the post step > does nothing after a cancelled proof that has deleted its pods',
    },
  },
  {
    bullet: 'the post step deletes what a killed step left',
    file: 'src/step/step.ts',
    text: 'if (leftovers.length === 0) return\n',
    replacement: 'if (leftovers.length >= 0) return\n',
    test: {
      file: '__tests__/scenarios/proof/post.long.test.ts',
      title: 'the post step of a killed step > deletes its pods and its kubeconfig, by kubectl',
    },
  },
  {
    bullet: 'the post step does nothing else',
    file: 'src/step/step.ts',
    text: "if (process.argv[2] === 'post') await afterJob(surroundings)\n    else if",
    replacement: 'if',
    test: {
      file: '__tests__/scenarios/proof/post.long.test.ts',
      title: "the post step > does nothing without saved state, and doesn't run the action again",
    },
  },
  {
    bullet: 'a refusal by a firewall whose rules are old is final, whatever the age of the role',
    file: 'packages/pull-proof/src/pending.ts',
    text: '(refusesAddresses(registry) && now - changedAt > oldMs)',
    replacement: 'refusesAddresses(registry) === undefined',
    test: {
      file: 'packages/pull-proof/__tests__/barred.test.ts',
      title: 'a refusal by address > by { publicNetworkAccess: false } is final while the role is new: true',
    },
  },
  {
    bullet: 'a stale credential is waited out',
    file: 'packages/pull-proof/src/finality.ts',
    text: "cause === 'stale-credential' && now - startedAt < cacheMs",
    replacement: "cause === 'stale-credential' && now < startedAt",
    test: {
      file: 'packages/pull-proof/__tests__/finality.test.ts',
      title:
        'another attempt after denied (settled, {"attempts":9,"cause":"stale-credential"}) may help until 3600000 ms',
    },
  },
  {
    bullet: 'auto takes Run Command where the API server does not answer within 5 s',
    file: 'packages/kubernetes/src/connect.ts',
    text: 'withFallback: 5000,',
    replacement: 'withFallback: 12_000,',
    test: {
      file: '__tests__/scenarios/proof/kubectl.long.test.ts',
      title:
        'an API server that only accepts other addresses > and drops the rest is reached by Run Command within six seconds',
    },
  },
  {
    bullet: 'a sealed registry is decided at once',
    file: 'packages/pull-proof/src/finality.ts',
    text: "  if (verdict === 'unreachable' && prospects.sealed.has(registryId)) return true\n",
    replacement: '',
    test: {
      file: 'packages/pull-proof/__tests__/decide.test.ts',
      title: 'a registry that lets nobody in is decided by one refusal, however new everything is',
    },
  },
  {
    bullet: 'a sealed registry is decided at once, also if it was changed lately',
    file: 'packages/pull-proof/src/pending.ts',
    text: "state.toLowerCase() !== 'updating')\n  return",
    replacement: "state.toLowerCase() !== 'updating').filter(({ isChanging }) => !isChanging)\n  return",
    test: {
      file: 'packages/pull-proof/__tests__/barred.test.ts',
      title: 'a private registry without an approved endpoint lets nobody in, unless Azure is changing that',
    },
  },
  {
    bullet: 'a blocked registry is decided after three minutes',
    file: 'packages/pull-proof/src/finality.ts',
    text: '  if (isBlocked(pull, prospects, now)) return false\n',
    replacement: '',
    test: {
      file: 'packages/pull-proof/__tests__/finality.test.ts',
      title: 'another attempt after unreachable (quiet, {}) may help until 180000 ms',
    },
  },
  {
    bullet: 'nodes are listed every 15 s while one is silent',
    file: 'packages/pull-proof/src/churn.ts',
    text: 'isInTrouble ? troubledLookMs',
    replacement: 'isInTrouble ? pullingLookMs',
    test: {
      file: 'packages/pull-proof/__tests__/churn.test.ts',
      title:
        'a list of the nodes > is asked for every three minutes, each minute while one pulls, and each 15 s while one is in trouble',
    },
  },
  {
    bullet: 'creations wait 35 s for webhooks',
    file: 'packages/kubernetes/src/kubectl-pods.ts',
    text: 'const admittingMs = 35_000',
    replacement: 'const admittingMs = 15_000',
    test: {
      file: '__tests__/scenarios/proof/pull-hiccups.long.test.ts',
      title: 'temporary failures are retried > of a webhook that takes half a minute (kubectl)',
    },
  },
  {
    bullet: 'a creation that was cut is not about the way to the API server',
    file: 'packages/kubernetes/src/errors.ts',
    text: 'if (what.startsWith(creating)) {',
    replacement: "if (what === '') {",
    test: {
      file: 'packages/kubernetes/__tests__/kubectl-errors.test.ts',
      title: 'what is told > of a command that was killed is as in kubectl-errors/',
    },
  },
]
