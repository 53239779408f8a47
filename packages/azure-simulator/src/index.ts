import { setMaxListeners } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { keptCertificateAuthority, sharedCertificateAuthority } from './front/certificates.js'
import { clientEnvironment } from './front/environment.js'
import { createFaults, type Faults } from './front/faults.js'
import { createGateway } from './front/gateway.js'
import { createHosts, keys } from './front/hosts.js'
import { createProxy, type ListenAddress } from './front/proxy.js'
import { createVariations, type Varying } from './front/variations.js'
import type { RequestRecord } from './model/request-log.js'
import { createRunner, runnerEnvironment, subjectOf, type Runner, type RunnerOptions } from './runner/runner.js'
import { createManagedIdentity, type Machine } from './services/runner/managed-identity.js'
import { createSpecCheck } from './front/spec-check.js'
import type { Timing } from './model/timing.js'
import type { World } from './world/world.js'

export { createWorld } from './world/world.js'
export type { CloudName } from './model/clouds.js'
export type { Fault } from './front/faults.js'
export { newGuid } from './model/ids.js'
export { createRandom, numberOf } from './model/random.js'
export type { RequestRecord } from './model/request-log.js'
export type { RunnerOptions } from './runner/runner.js'
export type { Machine } from './services/runner/managed-identity.js'
export type { Timing } from './model/timing.js'
export { repositoryRights } from './services/registry/rights.js'
export { accessOf } from './world/cluster-access.js'
export { parseCondition, type Condition } from './world/conditions.js'
export type { Cluster, ClusterOptions, ExternalCluster } from './world/clusters.js'
export type { Client, Group } from './world/directory.js'
export type { UserAssignedIdentity } from './world/identities.js'
export type { Kubernetes } from './world/kubernetes.js'
export type { Container, ContainerStatus, KubernetesObject, Pod, PodSpec } from './world/kubernetes-objects.js'
export { createPuller } from './services/kubernetes/nodes/pull.js'
export { cpuLimitOf, startDelay } from './services/kubernetes/nodes/start-delay.js'
export { joinMessages, pullMessages } from './services/kubernetes/nodes/pull-messages.js'
export { apiFaults } from './services/kubernetes/objects/api-faults.js'
export type { RunningWorkload } from './world/kubernetes-running.js'
export type { Registry, RegistryOptions } from './world/registries.js'
export type { Varying } from './front/variations.js'
export type { Resource } from './world/resources.js'
export type { RoleAssignment } from './world/role-assignments.js'
export { sideHosts } from './front/hosts.js'

export interface SimulatorOptions {
  world: World
  timing?: Partial<Timing>
  runner?: RunnerOptions
  /** The managed identities of the machine that runs the job. */
  machine?: Machine
  /** Hosts that are refused without a problem, with what clients use them for; see `sideHosts`. */
  sideHosts?: ReadonlyMap<string, string>
  /** The address to listen on, for clients on other machines; a free port of 127.0.0.1 by default. */
  listen?: ListenAddress
  /** The folder of a certificate authority that such machines trust; created on first use. A new authority by default. */
  authorityFolder?: string
  /** Gives answers in other legal forms. */
  variations?: Varying
  /** Called with each request once it is answered. */
  onRequest?: (record: RequestRecord) => void
}

export interface Simulator {
  readonly world: World
  readonly runner: Runner
  /** The `sub` claim of this run's ID tokens. */
  readonly subject: string
  /** Environment variables that route any client to the simulator: proxy and certificate authority. */
  readonly environment: Record<string, string>
  /** GitHub's runner variables, including the ID token endpoint if the job has permission to use it. */
  readonly runnerEnvironment: Record<string, string>
  /** Variables of an App Service or Container Apps machine; the virtual machine endpoint needs none. */
  readonly managedIdentityEnvironment: Record<string, string>
  /** All requests so far, oldest first. */
  readonly requests: readonly RequestRecord[]
  /** Every secret that a client sent or received: tokens, passwords, and the secrets in kubeconfigs and signed URLs. */
  readonly secrets: ReadonlySet<string>
  clearRequests(): void
  readonly faults: Faults
  /** A text of the client's with each ID as the world has it, and not in the letter case of `variations`. */
  original(text: string): string
  /** Mistakes that no correct client makes, and the simulator's own. Tests assert that it is empty. */
  readonly problems: readonly string[]
  /** Refused connections to `sideHosts`. */
  readonly refusals: readonly string[]
  close(): Promise<void>
}

/** Starts a simulator for a world. */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { world } = options
  Object.assign(world.timing, options.timing)
  const runner = createRunner(options.runner)
  const managedIdentity = createManagedIdentity(world, options.machine ?? {}, keys.tokens)
  const { authorityFolder } = options
  const authority = await (authorityFolder === undefined
    ? sharedCertificateAuthority()
    : keptCertificateAuthority(authorityFolder))
  const closing = new AbortController()
  // Each running pod adds a listener.
  setMaxListeners(0, closing.signal)
  const hosts = createHosts(world, runner, managedIdentity, {
    certificate: authority.certificate,
    clientCertificate: (name, organization) => authority.clientCertificate(name, organization),
    environment: network => clientEnvironment(proxy.url.replace('://', `://${network}:inside@`), certificateFile),
    closing: closing.signal,
  })
  const faults = createFaults()
  const variations = options.variations && createVariations(options.variations)
  const specCheck = createSpecCheck()
  const requests: RequestRecord[] = []
  const secrets = new Set<string>()
  const problems: string[] = []
  const refusals: string[] = []
  const problem = (text: string): void => {
    problems.push(text)
  }
  const directory = await mkdtemp(join(tmpdir(), 'azure-in-a-box-'))
  const certificateFile = join(directory, 'ca.pem')
  await writeFile(certificateFile, authority.certificate)
  const proxy = await createProxy({
    listen: options.listen,
    authority,
    knows: (host, isPlain) => [isPlain ? 'plain' : 'tunnel', 'both'].includes(hosts.get(host)?.reach ?? ''),
    failureOf: host => faults.takeConnection(host),
    isReachable: (host, network) => hosts.get(host)?.isReachableFrom?.(network) ?? true,
    connectTimeoutMs: () => world.timing.connectTimeoutMs,
    refused: host => {
      const purpose = options.sideHosts?.get(host.replace(/:443$/, ''))
      if (purpose === undefined) problem(`refused a connection to ${host}`)
      else refusals.push(`${host}: ${purpose}`)
    },
    listener: createGateway({
      world,
      hosts,
      faults,
      specCheck,
      requests,
      secrets,
      problem,
      onRequest: options.onRequest,
      variations,
    }),
  })

  return {
    world,
    runner,
    subject: subjectOf(runner),
    environment: clientEnvironment(proxy.url, certificateFile),
    runnerEnvironment: runnerEnvironment(runner),
    managedIdentityEnvironment: managedIdentity.environment,
    requests,
    secrets,
    clearRequests() {
      requests.length = 0
    },
    faults,
    original: text => variations?.original(text) ?? text,
    get problems() {
      specCheck.drain()
      return problems
    },
    refusals,
    async close() {
      closing.abort()
      await proxy.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
