import * as core from '@actions/core'
import { cloudNames, cloudOf, type Cloud } from './azure/clouds.js'
import { parseResourceId, type ResourceId } from './azure/resource-id.js'
import { createInputReader, quote, type InputReader } from './input-reader.js'
import type { Mode, VerifyLevel } from './state.js'

/** How a user names one cluster or, with `*`, all of them. `text` is what was written. */
export type ClusterReference =
  | { kind: 'id'; text: string; id: ResourceId }
  | { kind: 'name'; text: string; resourceGroup: string }
  | { kind: 'all'; text: string; resourceGroup: string }

/** How a user names a registry. */
export type RegistryReference =
  { kind: 'id'; text: string; id: ResourceId } | { kind: 'name' | 'login-server'; text: string }

/** How the action signs in. */
export interface Auth {
  type: 'oidc'
  clientId: string
  tenantId: string
  /** Audience of the GitHub ID token. */
  audience: string
}

/** The inputs, checked. */
export interface Inputs {
  mode: Mode
  auth: Auth
  cloud: Cloud
  /** Where clusters and registries given by name are looked up; empty when everything is given by resource ID. */
  subscriptionId: string
  clusters: ClusterReference[]
  registries: RegistryReference[]
  verify: VerifyLevel
  timeoutMs: number
  /** Requests in flight at most. */
  concurrency: number
}

// learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
const clusterName = /^[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?$/i
const resourceGroupName = /^[\p{L}\p{N}_().-]{0,89}[\p{L}\p{N}_()-]$/u
const registryName = /^[a-z0-9]{5,50}$/i
// With a domain name label the login server is `<name>-<hash>.azurecr.io`.
const loginServer = /^[a-z0-9]{5,50}(-[a-z0-9]+)?\.azurecr\.(io|us|cn)$/i

/** Masks the secrets among the inputs; to be called before anything is printed. */
export function maskSecretInputs(): void {
  for (const name of ['source-password', 'github-token']) {
    const secret = core.getInput(name)
    if (secret) core.setSecret(secret)
  }
}

/**
 * Reads and checks every input, before any request.
 * @throws ActionError `INVALID_INPUT` that lists every problem.
 */
export function readInputs(): Inputs {
  const reader = createInputReader()
  const mode = reader.choice('mode', ['attach', 'detach', 'check'])
  const cloud = cloudOf(reader.choice('environment', cloudNames, { anyCase: true }))
  const subscriptionId = reader.guid('subscription-id', 'AZURE_SUBSCRIPTION_ID')
  const inputs: Inputs = {
    mode,
    auth: readAuth(reader, cloud),
    cloud,
    subscriptionId,
    clusters: readClusters(reader),
    registries: readRegistries(reader, cloud),
    verify: reader.choice('verify', ['assignment', 'none', 'pull']),
    timeoutMs: reader.duration('timeout', '15m'),
    concurrency: reader.integer('concurrency', 8, 1, 64),
  }
  const lookedUp = [...inputs.clusters, ...inputs.registries].find(reference => reference.kind !== 'id')
  if (lookedUp && !subscriptionId) {
    reader.reject(
      'subscription-id',
      'nothing',
      `a subscription ID, here or in AZURE_SUBSCRIPTION_ID, to look up ${quote(lookedUp.text)} in; or resource IDs only`,
    )
  }
  refuseUnsupported(reader, inputs)
  reader.finish()
  return inputs
}

function readAuth(reader: InputReader, cloud: Cloud): Auth {
  const type = reader.choice('auth-type', ['oidc', 'azure-cli', 'managed-identity'])
  const clientId = reader.guid('client-id', 'AZURE_CLIENT_ID')
  const tenantId = reader.guid('tenant-id', 'AZURE_TENANT_ID')
  if (type === 'oidc') {
    if (!clientId)
      reader.reject(
        'client-id',
        'nothing',
        'the client ID of an app registration or user-assigned identity with a federated credential, here or in AZURE_CLIENT_ID',
      )
    if (!tenantId)
      reader.reject('tenant-id', 'nothing', 'the ID of the Microsoft Entra tenant, here or in AZURE_TENANT_ID')
  } else {
    reader.reject('auth-type', quote(type), 'oidc; this version does not support the others yet')
  }
  return { type: 'oidc', clientId, tenantId, audience: reader.text('audience') || cloud.tokenAudience }
}

function readClusters(reader: InputReader): ClusterReference[] {
  const resourceGroup = reader.matching(
    'resource-group',
    resourceGroupName,
    'the name of a resource group: up to 90 letters, digits and _-.()',
  )
  const entries = reader.list('cluster')
  if (entries.length === 0)
    reader.reject('cluster', 'nothing', 'names or resource IDs of AKS clusters, one a line, or * for all')
  if (entries.includes('*') && entries.length > 1)
    reader.reject('cluster', `* and ${entries.length - 1} more`, '* alone, or clusters one by one')
  return entries.flatMap((text): ClusterReference[] => {
    if (text === '*') return [{ kind: 'all', text, resourceGroup }]
    if (text.startsWith('/'))
      return readResourceId(reader, 'cluster', text, 'Microsoft.ContainerService/managedClusters')
    if (clusterName.test(text)) return [{ kind: 'name', text, resourceGroup }]
    reader.reject(
      'cluster',
      quote(text),
      'the name of an AKS cluster (letters, digits, _ and -) or its resource ID, one a line',
    )
    return []
  })
}

function readRegistries(reader: InputReader, cloud: Cloud): RegistryReference[] {
  const accepted = `registry names (5 to 50 letters and digits), login servers (x${cloud.registrySuffix}) or resource IDs, one a line`
  const entries = reader.list('registry')
  if (entries.length === 0) reader.reject('registry', 'nothing', accepted)
  return entries.flatMap((text): RegistryReference[] => {
    if (text.startsWith('/')) return readResourceId(reader, 'registry', text, 'Microsoft.ContainerRegistry/registries')
    if (registryName.test(text)) return [{ kind: 'name', text }]
    if (loginServer.test(text) && text.toLowerCase().endsWith(cloud.registrySuffix))
      return [{ kind: 'login-server', text: text.toLowerCase() }]
    reader.reject(
      'registry',
      quote(text),
      loginServer.test(text) ? `${accepted}; ${text} is not of ${cloud.name}` : accepted,
    )
    return []
  })
}

function readResourceId(
  reader: InputReader,
  input: string,
  text: string,
  type: string,
): { kind: 'id'; text: string; id: ResourceId }[] {
  const id = parseResourceId(text)
  if (id?.type.toLowerCase() === type.toLowerCase()) return [{ kind: 'id', text, id }]
  reader.reject(input, quote(text), `/subscriptions/<id>/resourceGroups/<group>/providers/${type}/<name>`)
  return []
}

/** What the contract promises and this version can't do yet is refused, never ignored; its values are checked all the same. */
function refuseUnsupported(reader: InputReader, { mode, verify }: Inputs): void {
  const refuse = (input: string, found: string, accepted = 'nothing'): void => {
    reader.reject(input, found, `${accepted}; this version does not support it yet`)
  }
  if (mode !== 'attach') refuse('mode', quote(mode), 'attach')
  if (verify === 'pull') refuse('verify', quote(verify), 'none or assignment')
  const role = reader.text('role')
  if (role && role !== 'auto') refuse('role', quote(role), 'auto')
  reader.choice('probe-with', ['auto', 'kubectl', 'run-command'])
  reader.choice('probe-nodes', ['one-per-pool', 'all'])
  const sku = reader.choice('create-registry', ['', 'Basic', 'Standard', 'Premium'])
  if (sku) refuse('create-registry', quote(sku))
  const onTimeout = reader.choice('on-timeout', ['fail', 'assign-directly'])
  if (onTimeout !== 'fail') refuse('on-timeout', quote(onTimeout), 'fail')
  const group = reader.guid('group')
  if (group) refuse('group', quote(group))
  for (const input of ['kubelet-identity', 'repositories', 'images', 'manifests']) {
    const entries = reader.list(input)
    if (entries.length > 0) refuse(input, quote(entries.join(', ')))
  }
  for (const input of ['source-username', 'probe-image', 'location']) {
    const value = reader.text(input)
    if (value) refuse(input, quote(value))
  }
  if (reader.text('source-password')) refuse('source-password', 'a value')
  if (reader.boolean('force-import', false)) refuse('force-import', 'true', 'false')
  if (reader.boolean('drift-issue', false)) refuse('drift-issue', 'true', 'false')
  reader.boolean('fail-on-drift', true)
}
