import { expect, vi } from 'vitest'
import { arm, textOf, type Answer, type RequestOptions } from '../../src/client.js'
import { start, type Fixture } from './fixture.js'
import { hour } from './hour.js'

/** A world in which every recorded request can be repeated. */
export interface Stage extends Fixture {
  send: (method: string, url: string, options?: RequestOptions) => Promise<Answer>
  graph: (method: string, path: string, body?: unknown) => Promise<Answer>
  /** The role assignments of a scope, optionally by name. */
  assignments: (scope: string, name?: string) => string
}

/** A stage whose deployer owns the subscription and reads the directory. */
export async function setStage(timing: NonNullable<Parameters<typeof start>[0]>['timing'] = {}): Promise<Stage> {
  const fixture = await start({ timing })
  const { client, world, deployer, subscription } = fixture
  world.assignRole({ principalId: deployer.objectId, role: 'Owner', scope: subscription.id })
  world.grantGraphPermission(deployer, 'Directory.Read.All', 'Group.ReadWrite.All')
  const token = await client.signIn(deployer)
  const graphToken = await client.signIn(deployer, 'https://graph.microsoft.com')
  return {
    ...fixture,
    send: (method, url, options) => client.send(method, url, { token, ...options }),
    graph: (method, path, body) =>
      client.send(method, `https://graph.microsoft.com/v1.0${path}`, { token: graphToken, body }),
    assignments: (scope, name) =>
      arm(`${scope}/providers/Microsoft.Authorization/roleAssignments${name === undefined ? '' : `/${name}`}`),
  }
}

/** A name for a role assignment. */
export const guid = (digit: number): string => `88888888-0000-4000-8000-${String(digit).padStart(12, '0')}`
const acrPull = '7f951dda-4ed3-4680-a7ca-43fe172d538d'
const role = ({ subscription }: Stage): string =>
  `${subscription.id}/providers/Microsoft.Authorization/roleDefinitions/${acrPull}`

/** Assigns AcrPull with the recorded clients' request. */
export const assign = (stage: Stage, scope: string, digit: number, more: Record<string, unknown>): Promise<Answer> =>
  stage.send('PUT', stage.assignments(scope, guid(digit)), {
    body: {
      properties: { roleDefinitionId: role(stage), principalId: stage.cluster.kubeletIdentity.objectId, ...more },
    },
  })

/** The filter for the role assignments of the cluster's pull identity. */
export const principalFilter = ({ cluster }: Stage): Record<string, string> => ({
  $filter: `principalId eq '${cluster.kubeletIdentity.objectId}'`,
})
export const roleAssignmentList = (stage: Stage, scope: string, query: Record<string, string>): Promise<Answer> =>
  stage.send('GET', arm(`${scope}/providers/Microsoft.Authorization/roleAssignments`, '2022-04-01', query))

const importBody = {
  source: { registryUri: 'docker.io', sourceImage: 'library/nginx:1.27' },
  targetTags: ['nginx:1.27'],
}

/** Starts an import; it is polled at the last URL that the simulator returned. */
export async function startImport(
  firstAnswer: 'null' | 'empty',
): Promise<{ stage: Stage; first: Answer; poll: () => Promise<Answer> }> {
  const stage = await setStage({ importMs: hour })
  const { world, registry, send } = stage
  world.imports.firstAnswer = firstAnswer
  world.addSourceRegistry('docker.io').push('library/nginx', '1.27')
  const first = await send('POST', arm(`${registry.id}/importImage`, '2025-11-01'), { body: importBody })
  let location = textOf(first.headers.location)
  const poll = async (): Promise<Answer> => {
    const answer = await send('GET', location)
    location = answer.headers.location ?? location
    return answer
  }
  return { stage, first, poll }
}

/** The answer of a finished import. */
export async function endImport(firstAnswer: 'null' | 'empty'): Promise<Answer> {
  const { stage, poll } = await startImport(firstAnswer)
  stage.world.passTime(hour)
  return untilDone(poll, ({ status }) => status === 200)
}

/** Polls until an answer satisfies the test. */
export async function untilDone(poll: () => Promise<Answer>, isDone: (answer: Answer) => boolean): Promise<Answer> {
  return vi.waitFor(
    async () => {
      const answer = await poll()
      if (!isDone(answer)) throw new Error('not yet')
      return answer
    },
    { timeout: 60_000, interval: 25 },
  )
}

/** Creates a registry, at once or within that time. */
export async function createRegistry(
  body: Record<string, unknown>,
  version: string,
  registryCreationMs = 0,
): Promise<{ stage: Stage; first: Answer }> {
  const stage = await setStage({ registryCreationMs })
  const url = arm(`${stage.group.id}/providers/Microsoft.ContainerRegistry/registries/newacr`, version)
  return { stage, first: await stage.send('PUT', url, { body: { location: 'westeurope', ...body } }) }
}

/** Deletes a registry, which takes a minute. The answer is the registry, as az recorded it in 2026 (azure-service-operator, too). */
export async function deleteRegistry(version: string): Promise<{ stage: Stage; poll: () => Promise<Answer> }> {
  const stage = await setStage({ registryDeletionMs: 60_000 })
  const { send, registry } = stage
  const first = await send('DELETE', arm(registry.id, version))
  expect([first.status, first.json.properties?.provisioningState]).toEqual([202, 'Deleting'])
  let location = textOf(first.headers.location)
  const poll = async (): Promise<Answer> => {
    const answer = await send('GET', location)
    location = answer.headers.location ?? location
    return answer
  }
  return { stage, poll }
}

/** Reads a registry with these settings. */
export const getRegistry = async (
  version: string,
  options: Parameters<Stage['group']['addRegistry']>[1] = {},
): Promise<Answer> => {
  const { group, send } = await setStage()
  return send('GET', arm(group.addRegistry('otheracr', options).id, version))
}

/** Reads a cluster with these settings. */
export const getCluster = async (options: Parameters<Stage['group']['addCluster']>[1] = {}): Promise<Answer> => {
  const { group, send } = await setStage()
  return send('GET', arm(group.addCluster('aks-other', options).id, '2025-03-01'))
}

/** Sends a cluster back with another tag. */
export async function updateCluster(clusterUpdateMs: number): Promise<{ stage: Stage; first: Answer }> {
  const stage = await setStage({ clusterUpdateMs })
  const { send, cluster } = stage
  const { location, identity, properties } = cluster.body
  const body = { location, identity, properties, tags: { tag3: 'v3' } }
  return { stage, first: await send('PUT', arm(cluster.id, '2025-03-01'), { body }) }
}
/** Polls an update until it has that status. */
export const pollCluster = async (clusterUpdateMs: number, status: string): Promise<Answer> => {
  const { stage, first } = await updateCluster(clusterUpdateMs)
  const poll = (): Promise<Answer> => stage.send('GET', textOf(first.headers['azure-asyncoperation']))
  return untilDone(poll, answer => textOf(answer.json.status) === status)
}

/** Starts a command in the cluster. */
export async function startCommand(runCommandStartMs = 0): Promise<{ stage: Stage; first: Answer }> {
  const stage = await setStage({ runCommandStartMs })
  const body = { command: 'echo hello', context: '', clusterToken: '' }
  return { stage, first: await stage.send('POST', arm(`${stage.cluster.id}/runCommand`, '2025-03-01'), { body }) }
}

/** The exchange at a registry's data plane, including the request before it. */
export const exchange = async ({ client, deployer, registry }: Stage): Promise<Answer> =>
  client.send('POST', `https://${registry.loginServer}/oauth2/exchange`, {
    body: new URLSearchParams({
      grant_type: 'access_token',
      service: registry.loginServer,
      access_token: await client.signIn(deployer, 'https://containerregistry.azure.net'),
    }),
  })
/** Exchanges for an access token with that scope. */
export const accessToken = async (stage: Stage, scope: string): Promise<Answer> => {
  const { client, registry } = stage
  const refresh = textOf((await exchange(stage)).json.refresh_token)
  const body = { grant_type: 'refresh_token', service: registry.loginServer, scope, refresh_token: refresh }
  return client.send('POST', `https://${registry.loginServer}/oauth2/token`, { body: new URLSearchParams(body) })
}

/** Checks whether the pull identity is in a group. */
export const checkMemberGroups = async (how: 'direct' | 'nested' | 'none'): Promise<Answer> => {
  const { world, cluster, graph } = await setStage()
  const { objectId } = cluster.kubeletIdentity
  const inner = world.addGroup('inner', { members: how === 'none' ? [] : [objectId] })
  const outer = world.addGroup('outer', { members: [inner.objectId] })
  const asked = how === 'nested' ? outer : inner
  return graph('POST', `/directoryObjects/${objectId}/checkMemberGroups`, { groupIds: [asked.objectId] })
}

export async function patchMode(roleAssignmentMode: string, version: string): Promise<Answer> {
  const { send, registry } = await setStage()
  return send('PATCH', arm(registry.id, version), { body: { properties: { roleAssignmentMode } } })
}

/** Polls the creation of a registry to its end. */
export async function pollRegistry(): Promise<Answer> {
  const { stage, first } = await createRegistry({ sku: { name: 'Standard' } }, '2025-11-01', 50)
  const poll = (): Promise<Answer> => stage.send('GET', textOf(first.headers['azure-asyncoperation']))
  return untilDone(poll, ({ json }) => textOf(json.status) === 'Succeeded')
}

/** Adds the pull identity to a group. */
export async function addMember(): Promise<Answer> {
  const { world, cluster, graph } = await setStage()
  const pullers = world.addGroup('pullers')
  const { objectId } = cluster.kubeletIdentity
  const body = { '@odata.id': `https://graph.microsoft.com/v1.0/directoryObjects/${objectId}` }
  return graph('POST', `/groups/${pullers.objectId}/members/$ref`, body)
}

/** Lists the assignments at and above the group. */
export async function listAtScope(): Promise<Answer> {
  const stage = await setStage()
  stage.world.addNoiseAssignments(10, stage.group.id)
  return roleAssignmentList(stage, stage.group.id, { $filter: 'atScope()' })
}

/** Lists the pull identity's assignments, at the subscription or the group. */
export async function listPrincipal(at: 'subscription' | 'group'): Promise<Answer> {
  const stage = await setStage()
  await assign(stage, stage.group.id, 1, { principalType: 'ServicePrincipal' })
  return roleAssignmentList(stage, stage[at].id, principalFilter(stage))
}

/** Lists the roles of that name. */
export async function listRole(name: string): Promise<Answer> {
  const { send, subscription } = await setStage()
  const query = { $filter: `roleName eq '${name}'` }
  const path = `${subscription.id}/providers/Microsoft.Authorization/roleDefinitions`
  return send('GET', arm(path, '2022-05-01-preview', query))
}
