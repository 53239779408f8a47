import type { RepositoryPattern } from 'repository-conditions'
import { cloudNames, cloudOf, parseResourceId, resourceTypes, type Auth, type Cloud } from 'azure'
import { maskProxyPasswords } from 'azure-clients'
import { createInputReader, inputText, isGuid, mask, quote, type InputReader } from 'runner'
import { type Run, type Inputs } from 'run-model'
import { readEvery } from './filters.js'
import { readImageInputs } from './images.js'
import { inputNames } from './input-names.js'
import { checkFleetEntry, ignoredIn, readKeeping, readMergeInputs } from './merge.js'
import { checkProxies } from './proxies.js'
import { checkProof, readProbeInputs, readWorkloads } from './probe.js'

// learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
const clusterName = /^[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?$/i

const resourceGroupName = /^[\p{L}\p{N}_().-]{0,89}[\p{L}\p{N}_()-]$/u

const registryName = /^[a-z0-9]{5,50}$/i

// With a domain name label the login server is `<name>-<hash>.azurecr.io`, and a regional endpoint has `.<region>.geo` before the suffix
// (learn.microsoft.com/azure/container-registry/container-registry-get-started-azure-cli, …/container-registry-regional-endpoints).
const loginServer = /^([a-z0-9]{5,50}(?:-[a-z0-9]+)?)(?:\.[a-z0-9]+\.geo)?(\.azurecr\.(?:io|us|cn))$/i

// github.com/opencontainers/distribution-spec: the grammar of <name>; with /* at the end, a prefix.
const repositoryPattern = /^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*(\/\*)?$/

/** Masks the secrets among the inputs and in the environment. Call it before anything is printed. */
export function maskSecrets(): void {
  maskProxyPasswords()
  for (const name of ['source-password', 'github-token']) mask(inputText(name))
}

const modes = ['attach', 'detach', 'check', 'merge'] as const

/** The mode; `attach` if it is invalid. */
export function readMode(): Run['mode'] {
  return createInputReader().choice('mode', modes)
}

/**
 * Reads and checks all inputs, and the files that they name, before any request.
 * @throws ActionError `INVALID_INPUT` with all problems
 */
export async function readInputs(): Promise<Inputs | ReturnType<typeof readMergeInputs>> {
  const reader = createInputReader()
  reader.allowOnly(inputNames)
  const mode = reader.choice('mode', modes)
  if (mode === 'merge') return readMergeInputs(reader)
  const cloud = cloudOf(reader.choice('environment', cloudNames, { anyCase: true }))
  const createRegistry = readCreateRegistry(reader)
  const groupNames = 'the name of a resource group: up to 90 letters, digits and _-.()'
  const resourceGroup = reader.matching('resource-group', resourceGroupName, groupNames)
  const clusters = readClusters(reader, resourceGroup)
  const registries = readRegistries(reader, cloud, resourceGroup)
  const namespaces = readWorkloads(reader)
  const inputs = {
    mode,
    auth: readAuth(reader, cloud),
    cloud,
    subscriptionId: reader.guid('subscription-id', 'AZURE_SUBSCRIPTION_ID'),
    clusters,
    kubeletIdentities: reader
      .list('kubelet-identity')
      .flatMap(text => readResourceId(reader, 'kubelet-identity', text)),
    registries,
    role: readRole(reader),
    repositories: readRepositories(reader),
    group: reader.guid('group'),
    ...(createRegistry && { createRegistry }),
    ...(namespaces && { workloads: namespaces }),
    ...readImageInputs(reader, cloud),
    ...(await readProbeInputs(reader, { mode, cloud, registries })),
    timeoutMs: reader.duration('timeout', '15m'),
    onTimeout: reader.choice('on-timeout', ['fail', 'assign-directly']),
    concurrency: reader.integer('concurrency', 8, 1, 64),
    ...readKeeping(reader, mode),
  }
  checkFleetEntry(reader)
  checkTogether(reader, inputs)
  checkProof(reader, inputs)
  checkProxies(reader, { ...inputs, driftIssue: mode === 'check' ? inputs.driftIssue : '' })
  reader.finish()
  // After a role is removed, nodes can still pull with the token that they have.
  const verify = mode === 'detach' && inputs.verify === 'pull' ? 'assignment' : inputs.verify
  const hasEffect = mode !== 'detach' && clusters.length > 0
  const { workloads, ...others } = inputs
  const group = mode === 'detach' ? '' : inputs.group
  const ignored = listIgnored(reader, inputs)
  return { ...others, ...(workloads && hasEffect && { workloads }), group, verify, ignored }
}

/** Warnings about inputs that have no effect in the mode, or beside the others. */
function listIgnored(reader: InputReader, inputs: Omit<Inputs, 'ignored'>): string[] {
  const { mode, clusters, group, images, workloads, verify, driftIssue, reportHtml } = inputs
  const isDetaching = mode === 'detach'
  const noProof =
    'verify: pull is treated as assignment when mode is detach: no pod can prove that nodes can no longer pull.'
  const noLeaving =
    'group is ignored when mode is detach: no identity leaves a group, and access through one is reported.'
  const noCluster = 'workloads is ignored without cluster: an identity runs no workloads yet.'
  const warnings: [boolean, string][] = [
    [isDetaching && group !== '', noLeaving],
    [isDetaching && images.length > 0, ignoredIn('images', mode)],
    [isDetaching && reader.list('manifests').length > 0, ignoredIn('manifests', mode)],
    [isDetaching && verify === 'pull', noProof],
    [mode !== 'check' && driftIssue !== '', ignoredIn('drift-issue', mode)],
    [mode !== 'check' && reportHtml, ignoredIn('report-html', mode)],
    [reader.text('reports') !== '', ignoredIn('reports', mode)],
    [reader.text('fleet') !== '', ignoredIn('fleet', mode)],
    [mode !== 'check' && reader.text('fleet-entry') !== '', ignoredIn('fleet-entry', mode)],
    [isDetaching && workloads !== undefined, ignoredIn('workloads', mode)],
    [!isDetaching && workloads !== undefined && clusters.length === 0, noCluster],
  ]
  return warnings.flatMap(([isGiven, text]) => (isGiven ? text : []))
}

/**
 * Reads only the inputs that the post step needs to sign in again: the files that others name can be gone by then.
 * @throws ActionError `INVALID_INPUT`
 */
export function readSignIn(): Pick<Inputs, 'auth' | 'cloud'> {
  const reader = createInputReader()
  const cloud = cloudOf(reader.choice('environment', cloudNames, { anyCase: true }))
  const auth = readAuth(reader, cloud)
  checkProxies(reader, { auth, driftIssue: '' })
  reader.finish()
  return { auth, cloud }
}

function checkTogether(reader: InputReader, inputs: Omit<Inputs, 'ignored'>): void {
  const { mode, clusters, registries, subscriptionId, onTimeout, group } = inputs
  if (reader.list('cluster').length + reader.list('kubelet-identity').length === 0) {
    const expected = 'names or resource IDs of AKS clusters, one per line, or * for all; or kubelet-identity instead'
    reader.reject('cluster', '', expected)
  }
  const every = [
    ['cluster', clusters, 'the access of every cluster'],
    ['registry', registries, 'access to every registry'],
  ] as const
  for (const [input, references, what] of every) {
    if (mode === 'detach' && references.some(({ kind }) => kind === 'all'))
      reader.reject(input, '*', `names or resource IDs when mode is detach, because * could remove ${what}`)
  }
  const byName = clusters.find(({ kind }) => kind !== 'id') ?? registries.find(({ kind }) => kind === 'all')
  if (byName && !subscriptionId) {
    const expected = `a subscription ID, here or in AZURE_SUBSCRIPTION_ID, in which to look up ${quote(byName.text)}; or only resource IDs`
    reader.reject('subscription-id', '', expected)
  }
  if (onTimeout === 'assign-directly' && !group) {
    reader.reject('on-timeout', quote(onTimeout), 'fail; assign-directly needs group')
  }
}

function readAuth(reader: InputReader, cloud: Cloud): Auth {
  const type = reader.choice('auth-type', ['oidc', 'azure-cli', 'managed-identity'])
  const clientId = reader.guid('client-id', 'AZURE_CLIENT_ID')
  const tenantId = reader.guid('tenant-id', 'AZURE_TENANT_ID')
  if (type === 'azure-cli') return { type, tenantId }
  if (type === 'managed-identity') return { type, clientId }
  if (!clientId) {
    const what = 'the client ID of an app registration or user-assigned identity with a federated credential'
    reader.reject('client-id', '', `${what}, here or in AZURE_CLIENT_ID`)
  }
  if (!tenantId) reader.reject('tenant-id', '', 'the ID of the Microsoft Entra tenant, here or in AZURE_TENANT_ID')
  return { type, clientId, tenantId, audience: reader.text('audience') || cloud.tokenAudience }
}

function readClusters(reader: InputReader, resourceGroup: string): Inputs['clusters'] {
  const { every, entries } = readEvery(reader, 'cluster', clusterName, resourceGroup)
  const named = entries.flatMap((text): Inputs['clusters'] => {
    if (text.startsWith('/')) return readResourceId(reader, 'cluster', text)
    if (clusterName.test(text)) return [{ kind: 'name', text, resourceGroup }]
    const expected = 'the name of an AKS cluster (letters, digits, _ and -) or its resource ID, one per line'
    return reader.reject('cluster', quote(text), expected)
  })
  return [...every, ...named]
}

function readRegistries(reader: InputReader, cloud: Cloud, resourceGroup: string): Inputs['registries'] {
  const suffix = cloud.registrySuffix
  const expected = `registry names (5 to 50 letters and digits), login servers (x${suffix}), regional endpoints (x.REGION.geo${suffix}) or resource IDs, one per line`
  const { every, entries: given } = readEvery(reader, 'registry', registryName, resourceGroup)
  // Users paste addresses.
  const entries = given.map(entry => entry.replace(/^https:\/\/([^/]+)\/*$/i, '$1'))
  if (reader.list('registry').length === 0) reader.reject('registry', '', expected)
  const named = entries.flatMap((text): Inputs['registries'] => {
    if (text.startsWith('/')) return readResourceId(reader, 'registry', text)
    if (registryName.test(text)) return [{ kind: 'name', text }]
    const [, label, ofCloud] = loginServer.exec(text.toLowerCase()) ?? []
    if (label && ofCloud === suffix) return [{ kind: 'login-server', text: `${label}${suffix}` }]
    const ofOther = `registries of ${cloud.name}, such as x${suffix}; this one belongs to a different cloud`
    return reader.reject('registry', quote(text), label ? ofOther : expected)
  })
  return [...every, ...named]
}

/**
 * Clusters outside Azure (learn.microsoft.com/azure/azure-arc/kubernetes/overview). One on Azure Local is an Arc-enabled cluster with an extension resource
 * (learn.microsoft.com/azure/templates/microsoft.hybridcontainerservice/provisionedclusterinstances).
 */
const withoutKubeletIdentity: readonly [RegExp, string][] = [
  [/\/providers\/Microsoft\.HybridContainerService\//i, 'this is an AKS cluster on Azure Local'],
  [/\/providers\/Microsoft\.Kubernetes\/connectedClusters\//i, 'this is an Arc-enabled cluster'],
]

function readResourceId(
  reader: InputReader,
  input: keyof typeof resourceTypes,
  text: string,
): Inputs['kubeletIdentities'][number][] {
  const type = resourceTypes[input]
  const id = parseResourceId(text)
  const [, other] = withoutKubeletIdentity.find(([of]) => input === 'cluster' && of.test(text)) ?? []
  if (other) {
    const expected = `AKS clusters in Azure; ${other}, whose nodes have no kubelet identity that a role could be assigned to: they pull with pull secrets`
    return reader.reject(input, quote(text), expected)
  }
  if (id?.type.toLowerCase() === type.toLowerCase()) return [{ kind: 'id', text, id: { ...id, type } }]
  return reader.reject(input, quote(text), `/subscriptions/<id>/resourceGroups/<group>/providers/${type}/<name>`)
}

function readRole(reader: InputReader): Inputs['role'] {
  const role = reader.text('role')
  if (!role || role === 'auto') return { kind: 'auto' }
  if (role === 'both') return { kind: 'both' }
  return isGuid(role) ? { kind: 'id', id: role.toLowerCase() } : { kind: 'name', name: role }
}

function readRepositories(reader: InputReader): RepositoryPattern[] {
  const entries = reader.list('repositories')
  const expected = 'a repository (team/app) or a prefix (team/*), in lower case, one per line'
  for (const entry of entries.filter(each => !repositoryPattern.test(each)))
    reader.reject('repositories', quote(entry), expected)
  return entries
}

function readCreateRegistry(reader: InputReader): Inputs['createRegistry'] {
  const sku = reader.choice('create-registry', ['', 'Basic', 'Standard', 'Premium'])
  const location = reader.text('location')
  return sku ? { sku, location } : undefined
}
