import { clouds, type CloudName } from '../../src/model/clouds.js'
import type { Recording } from '../../src/recording/shapes.js'
import { createRunner, subjectOf } from '../../src/runner/runner.js'
import { createWorld, type World } from '../../src/world/world.js'
import { addDirectory } from './directory.js'
import { addImages } from './images.js'
import { addResources } from './resources.js'
import type { Seen } from './seen.js'

/** An application that signs in with a secret. */
export interface Caller {
  readonly clientId: string
  readonly secret: string
}

/** A world in the state before a recording's first request. */
export interface ReplayWorld {
  readonly world: World
  /** Owns every subscription and can change the directory. */
  readonly caller: Caller
  /** Sees the subscriptions and has no other rights there. */
  readonly stranger: Caller
  /** Maps recorded digests to those of this world. */
  readonly known: ReadonlyMap<string, string>
}

/** Derives the initial world from a recording. */
export function createReplayWorld(recordings: readonly Recording[]): ReplayWorld {
  const hosts = recordings.map(({ request }) => new URL(request.url).host)
  const cloud = (Object.keys(clouds) as CloudName[]).find(name => {
    const { armHost, loginHosts, graphHost } = clouds[name]
    return hosts.some(host => [armHost, graphHost, ...loginHosts].includes(host))
  })
  const everything = JSON.stringify(recordings)
  const tenantId = tenantOf(recordings, everything)
  const world = createWorld({
    ...(cloud === undefined ? {} : { cloud }),
    ...(tenantId === undefined ? {} : { tenantId }),
  })
  const subscription = (id: string) => world.findSubscription(id) ?? world.addSubscription({ id })
  const seen: Seen = {
    recordings,
    world,
    group(subscriptionId, name) {
      const owner = subscription(subscriptionId)
      return owner.groups.find(group => group.name.toLowerCase() === name.toLowerCase()) ?? owner.addResourceGroup(name)
    },
  }
  const missing = new Set(
    recordings
      .filter(({ response }) => JSON.stringify(response.body).includes('SubscriptionNotFound'))
      .flatMap(({ request }) => /\/subscriptions\/([^/?]+)/i.exec(request.url)?.[1] ?? []),
  )
  for (const [, id = ''] of everything.matchAll(/\/subscriptions\/([0-9a-f-]{36})/gi))
    if (!missing.has(id)) subscription(id)
  addGroups(seen, missing)
  addDirectory(seen)
  addResources(seen)
  const known = addImages(seen)

  const caller = addCaller(world, 'caller', 'Owner')
  const stranger = addCaller(world, 'stranger', 'AcrPull')
  addClients(seen)
  return { world, caller, stranger, known }
}

function tenantOf(recordings: readonly Recording[], everything: string): string | undefined {
  const loginHosts = Object.values(clouds).flatMap(cloud => cloud.loginHosts)
  const signIn = recordings.find(({ request }) => loginHosts.includes(new URL(request.url).host))
  return (
    /^\/([0-9a-f-]{36})\//.exec(signIn === undefined ? '' : new URL(signIn.request.url).pathname)?.[1] ??
    /"tenantId":"([0-9a-f-]{36})"/i.exec(everything)?.[1]
  )
}

/** The groups that requests address, except those that aren't found. */
function addGroups({ recordings, group }: Seen, missing: ReadonlySet<string>): void {
  const absent = new Set<string>()
  for (const { request, response } of recordings) {
    const [, subscription = '', name = ''] =
      /\/subscriptions\/([^/?]+)\/resourceGroups\/([^/?]+)/i.exec(request.url) ?? []
    const key = `${subscription}/${name}`.toLowerCase()
    if (name === '' || missing.has(subscription)) continue
    const isGone =
      response.status === 404 &&
      (request.method === 'HEAD' || JSON.stringify(response.body).includes('ResourceGroupNotFound'))
    if (isGone) absent.add(key)
    else if (!absent.has(key) && response.status < 500) group(subscription, name)
  }
}

function addCaller(world: World, name: string, role: string): Caller {
  const secret = 'a secret of the replay'
  const app = world.addApplication(name, { secrets: [secret] })
  allow(world, app, role)
  return { clientId: app.clientId, secret }
}

function allow(world: World, app: { clientId: string; objectId: string }, role: string): void {
  for (const { id } of world.subscriptions) world.assignRole({ principalId: app.objectId, role, scope: id })
  if (role === 'Owner')
    world.grantGraphPermission(app, 'Directory.Read.All', 'GroupMember.ReadWrite.All', 'Application.ReadWrite.All')
}

/**
 * An error of Entra means a federated credential that doesn't match; for the codes see the simulator's
 * `entra/errors.ts`.
 */
const misfits: Readonly<Record<number, { issuer?: string; subject?: string; audience?: string } | undefined>> = {
  700211: { issuer: 'https://issuer.invalid' },
  700212: { audience: 'api://another' },
  700213: { subject: 'repo:another/repository:ref:refs/heads/main' },
}

/** The applications that sign in within the recording. */
function addClients({ recordings, world }: Seen): void {
  const subject = subjectOf(createRunner())
  const done = new Set<string>()
  for (const { request, response } of recordings) {
    const { client_id: clientId, client_assertion: assertion } = (request.body ?? {}) as Record<
      string,
      string | undefined
    >
    if (clientId === undefined || done.has(clientId) || !world.cloud.loginHosts.includes(new URL(request.url).host))
      continue
    const codes = (response.body as { error_codes?: readonly number[] }).error_codes ?? []
    // An application that doesn't exist.
    if (codes.includes(700016)) continue
    done.add(clientId)
    const misfit = codes.map(code => misfits[code]).find(found => found !== undefined)
    const isRefused = response.status >= 400
    const credentials = isRefused && misfit === undefined ? [] : [{ subject, ...misfit }]
    const app = world.addApplication(`client ${String(done.size)}`, {
      clientId,
      federatedCredentials: assertion === undefined ? [] : credentials,
      secrets: isRefused ? [] : ['masked'],
    })
    if (!isRefused) allow(world, app, 'Owner')
  }
}
