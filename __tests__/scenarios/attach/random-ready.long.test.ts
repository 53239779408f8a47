import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect } from 'vitest'
import { createRandom, type Registry } from 'azure-simulator'
import { canPull } from '../../support/access-model.js'
import { letImport } from '../../support/image-world.js'
import { it, type Scenario } from '../../support/scenario.js'

// `ready` gates deployments. In random worlds it is never true if a cluster can't pull an image that the step was given: what is true is read from
// the world, by a model that knows nothing of the action.

const seeds = Array.from({ length: 48 }, (_, index) => index + 1)
let worlds = 0
let trueOnes = 0

it.for(seeds)('ready is true only if all clusters can pull all images (world %i)', async (seed, { begin }) => {
  const world = createRandomWorld(await begin(), seed)
  const end = await world.run()
  worlds += 1
  const lies = world.findObstacles()
  if (end.outputs.ready !== 'true') return
  trueOnes += 1
  expect(lies, `${JSON.stringify(world.inputs)}\n${end.log}`).toEqual([])
})

const content = "ActionMatches{'Microsoft.ContainerRegistry/registries/repositories/content/read'}"
const repositoryName = '@Request[Microsoft.ContainerRegistry/registries/repositories:name]'

/** A condition that allows repositories whose names start like this. */
const limitTo = (start: string): string =>
  `((!(${content})) OR (${repositoryName} StringStartsWithIgnoreCase '${start}'))`

/** One listed image, where it lives and whether it is there. */
interface Listed {
  host: string
  repository: string
  registry: Registry | undefined
}

function createRandomWorld(scenario: Scenario, seed: number) {
  const random = createRandom(seed * 7919)
  const pick = <T>(...all: readonly [T, ...T[]]): T => all[Math.floor(random() * all.length)] ?? all[0]
  const chance = (share: number): boolean => random() < share
  const { group, world, cluster, registry, deployer } = scenario
  letImport(scenario)

  const setMode = (each: Registry, isAbac: boolean): void => {
    each.body.properties.roleAssignmentMode = isAbac ? 'AbacRepositoryPermissions' : 'LegacyRegistryPermissions'
  }
  const isAbac = chance(0.6)
  setMode(registry, isAbac)
  const second = group.addRegistry('contosobase', { loginServer: 'contosobase-a1b2c3.azurecr.io' })
  setMode(second, isAbac && chance(0.5))
  const unlisted = group.addRegistry('contosoother')
  const admin = 'Role Based Access Control Administrator'
  world.assignRole({ principalId: deployer.objectId, role: admin, scope: second.id })

  const clusters = [cluster, ...(chance(0.4) ? [group.addCluster('aks-prod-2')] : [])]
  for (const { body } of clusters) if (chance(0.1)) body.properties.powerState = { code: 'Stopped' }
  const used = chance(0.3) ? [registry, second] : [registry]

  const repositories = ['team-a/web', 'team-b/api']
  for (const each of [registry, second, unlisted])
    for (const name of repositories) if (chance(0.9)) each.images.push(name, '1')
  for (const each of used)
    for (const name of repositories) {
      if (!each.images.find(name, '1')) continue
      if (chance(0.06)) each.images.lock(name, '1')
    }

  // What clusters hold before: nothing, a limited or a whole grant, or a broader role.
  const roles = (each: Registry) =>
    each.body.properties.roleAssignmentMode === 'AbacRepositoryPermissions'
      ? 'Container Registry Repository Reader'
      : 'AcrPull'
  for (const { kubeletIdentity } of clusters)
    for (const each of used) {
      const role = roles(each)
      const kind = pick('none', 'none', 'whole', 'limited', 'other-mode', 'broad')
      const give = (name: string, condition?: string): unknown =>
        world.assignRole({
          principalId: kubeletIdentity.objectId,
          role: name,
          scope: each.id,
          ...(condition && { condition }),
        })
      if (kind === 'whole') give(role)
      if (kind === 'limited' && role !== 'AcrPull') give(role, limitTo(pick('team-a/', 'team-b/', 'team')))
      if (kind === 'other-mode') give(role === 'AcrPull' ? 'Container Registry Repository Reader' : 'AcrPull')
      if (kind === 'broad') give('Contributor')
    }

  const isLimited = used.every(each => roles(each) !== 'AcrPull') && chance(0.5)
  const hosts = used.map(({ loginServer }) => loginServer)
  const listed: Listed[] = Array.from({ length: pick(0, 1, 1, 2) }, () => {
    const repository = pick(...(['team-a/web', 'team-b/api'] as const))
    const host = chance(0.8)
      ? pick(...(hosts as [string]))
      : pick('contosoarc.azurecr.io', unlisted.loginServer, 'contosobase.azurecr.io', 'docker.io')
    return { host, repository, registry: used.find(({ loginServer }) => loginServer === host) }
  })
  const folder = mkdtempSync(join(tmpdir(), 'ready-'))
  for (const [index, { host, repository }] of listed.entries())
    writeFileSync(
      join(folder, `${index}.json`),
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: `pod-${index}` },
        spec: { containers: [{ name: 'a', image: `${host}/${repository}:1` }] },
      }),
    )
  // Only the first registry may be imported into.
  const imported = used.length === 1 && chance(0.3) ? pick('team-a/nginx', 'team-b/nginx') : undefined
  const inputs = {
    mode: pick('attach', 'attach', 'check'),
    'fail-on-drift': pick('true', 'false'),
    verify: pick('assignment', 'assignment', 'none'),
    cluster: clusters.map(({ name }) => name).join('\n'),
    registry: used.map(({ name }) => name).join('\n'),
    ...(isLimited && { repositories: pick('team-a/*', 'team-a/web', 'team-b/*\nteam-a/web') }),
    ...(listed.length > 0 && { manifests: '*.json' }),
    ...(imported && { images: `nginx:1.27 => ${imported}:1` }),
  }

  return {
    inputs,
    run: () => scenario.attach(inputs, { environment: { GITHUB_WORKSPACE: folder } }),
    /** Why a deployment would fail now. */
    findObstacles(): string[] {
      const wanted = [
        ...listed.map(each => ({ ...each, tag: '1' })),
        ...(imported ? [{ host: registry.loginServer, repository: imported, registry, tag: '1' }] : []),
      ]
      const ofImages = wanted.flatMap(({ host, repository, registry: at, tag }) => {
        if (host === 'docker.io') return []
        const name = `${host}/${repository}:${tag}`
        if (!at?.images.find(repository, tag)) return [`${name} is not there`]
        if (at.images.isReadLocked(repository, tag)) return [`${name} is locked`]
        const refused = clusters.filter(each => !canPull(world, each, at, repository))
        return refused.map(each => `${each.name} can't pull ${name}`)
      })
      const stopped = clusters.filter(
        ({ body }) => (body.properties.powerState as { code: string } | undefined)?.code === 'Stopped',
      )
      return [...ofImages, ...stopped.map(({ name }) => `${name} is stopped`)]
    },
  }
}

// In some of these worlds it is. A part of the suite has only a part of them.
afterAll(() => {
  if (worlds === seeds.length) expect(trueOnes).toBeGreaterThan(5)
})
