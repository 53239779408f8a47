import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { beginFleet, downloaded, merge } from '../../support/fleet.js'
import { beginWithAbac } from '../../support/estate.js'
import { letImport, wall } from '../../support/image-world.js'
import { letPull } from '../../support/pull-scenario.js'
import { headlineOf } from '../../support/reading.js'
import { expectAttached, onceIt, type StepEnd } from '../../support/scenario.js'

const readyOf = ({ outputs, report }: Pick<StepEnd, 'outputs' | 'report'>): string[] => {
  expect(outputs.ready).toBe(String(report.ready))
  return [outputs.attached, outputs.ready].map(value => value ?? 'not set')
}

describe('ready', () => {
  onceIt('is not only access: images that are missing or conflict, and a failed import', async ({ begin }) => {
    const { attach, registry } = letImport(await begin())
    expect(readyOf(await attach({ images: 'nginx:9.9' }))).toEqual(['true', 'false'])
    registry.images.push('nginx', 'v1', { content: 'other' })
    const images = 'nginx:1.27 => nginx:v1'
    expect(readyOf(await attach({ images }))).toEqual(['true', 'false'])
    // Not failing on drift doesn't make the image the right one.
    const check = { images, mode: 'check', 'fail-on-drift': 'false' }
    expect(readyOf(await attach(check))).toEqual(['true', 'false'])
    expect(readyOf(await attach({ ...check, 'force-import': 'true' }))).toEqual(['true', 'false'])
    expect(readyOf(await attach({ images, 'force-import': 'true' }))).toEqual(['true', 'true'])
    expect(readyOf(await attach(check))).toEqual(['true', 'true'])
  })

  onceIt('is not only access: images of the manifests', async ({ begin }) => {
    const { attach, registry } = await begin()
    const folder = mkdtempSync(join(tmpdir(), 'manifests-'))
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' } }
    const spec = { containers: [{ name: 'web', image: 'contosoacr.azurecr.io/shop/web:v1' }] }
    writeFileSync(join(folder, 'web.json'), JSON.stringify({ ...pod, spec }))
    const run = () => attach({ manifests: '*.json' }, { environment: { GITHUB_WORKSPACE: folder } })
    expect(readyOf(await run())).toEqual(['true', 'false'])
    registry.images.push('shop/web', 'v1')
    expect(readyOf(await run())).toEqual(['true', 'true'])
  })

  onceIt(
    'is not only access: what the role does not reach, and hosts of Azure that are not listed',
    async ({ begin }) => {
      const { attach, inputs, limit, abac, objectId, deployer, world } = await beginWithAbac(begin)
      world.assignRole({
        principalId: deployer.objectId,
        role: 'Container Registry Repository Reader',
        scope: abac.id,
      })
      for (const repository of ['team-a/web', 'team-b/api']) abac.images.push(repository, 'v1')
      const folder = mkdtempSync(join(tmpdir(), 'manifests-'))
      const run = (mode: string, ...images: string[]) => {
        const containers = images.map((image, index) => ({ name: `c${index}`, image }))
        const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' }, spec: { containers } }
        writeFileSync(join(folder, 'web.json'), JSON.stringify(pod))
        const given = { ...inputs, mode, repositories: 'team-a/*', manifests: '*.json' }
        return attach(given, { environment: { GITHUB_WORKSPACE: folder } })
      }
      const [web, api] = ['abacacr.azurecr.io/team-a/web:v1', 'abacacr.azurecr.io/team-b/api:v1'] as const
      for (const mode of ['attach', 'check']) {
        expect(readyOf(await run(mode, web))).toEqual(['true', 'true'])
        const outside = await run(mode, web, api)
        expect(outside).toMatchObject({ exitCode: 0, outputs: { drift: 'false', 'error-code': '' } })
        expect(readyOf(outside)).toEqual(['true', 'false'])
        expect(outside.report.findings).toMatchObject([{ code: 'IMAGE_OUT_OF_REACH', subject: abac.id }])
        const elsewhere = await run(mode, web, 'abacarc.azurecr.io/team-a/web:v1', 'nginx:1.27')
        expect(readyOf(elsewhere)).toEqual(['true', 'false'])
        expect(elsewhere.report.findings).toMatchObject([{ code: 'IMAGE_OUT_OF_REACH', subject: 'abacarc.azurecr.io' }])
      }
      // Grants add up.
      limit(objectId, abac.id.replace(/\/providers.*$/, ''), 'team-b/*')
      for (const mode of ['attach', 'check']) expect(readyOf(await run(mode, web, api))).toEqual(['true', 'true'])
    },
  )

  onceIt('is not only access: a cluster that is stopped', async ({ begin }) => {
    const { attach, cluster } = await begin()
    expect(readyOf(await attach())).toEqual(['true', 'true'])
    Object.assign(cluster.body.properties, { powerState: { code: 'Stopped' } })
    for (const mode of ['attach', 'check']) {
      const end = await attach({ mode })
      expect(readyOf(end)).toEqual(['true', 'false'])
      expect(headlineOf(end)).toContain('; aks-prod-1 is stopped: nothing can pull until it runs')
    }
  })

  onceIt('counts an image that Azure has imported where the runner can read nothing', async ({ begin }) => {
    const { attach, registry } = letImport(await begin())
    wall(registry)
    const folder = mkdtempSync(join(tmpdir(), 'manifests-'))
    const spec = { containers: [{ name: 'web', image: 'contosoacr.azurecr.io/library/nginx:1.27' }] }
    writeFileSync(
      join(folder, 'web.json'),
      JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' }, spec }),
    )
    const end = await attach(
      { images: 'nginx:1.27', manifests: '*.json' },
      { environment: { GITHUB_WORKSPACE: folder } },
    )
    expectAttached(end, { changed: true })
    expect(readyOf(end)).toEqual(['true', 'true'])
    expect(end.report.images).toMatchObject([{ status: 'imported', digest: null }])
    expect(end.report.manifests).toMatchObject([{ status: 'present' }])
    expect(end.log).not.toContain('does not exist')
  })

  onceIt('is not only access: the proof that was asked for', async ({ begin }) => {
    const { pull, registry, attach } = letPull(await begin())
    expect(readyOf(await pull())).toEqual(['true', 'true'])
    // Anyone can pull, so that nodes do proves nothing about their role.
    registry.body.properties.anonymousPullEnabled = true
    const end = await pull()
    expectAttached(end, { changed: false })
    expect(readyOf(end)).toEqual(['true', 'false'])
    expect(readyOf(await attach())).toEqual(['true', 'true'])
  })

  onceIt('is never true after a detach, and only without drift in a check', async ({ begin }) => {
    const { attach, world, registry, cluster } = await begin()
    const check = { mode: 'check', 'fail-on-drift': 'false' }
    expect(readyOf(await attach(check))).toEqual(['false', 'false'])
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'Contributor', scope: registry.id })
    expect(readyOf(await attach(check))).toEqual(['true', 'true'])
    expect(readyOf(await attach({ mode: 'check' }))).toEqual(['true', 'false'])
    expect(readyOf(await attach())).toEqual(['true', 'true'])
    expect(readyOf(await attach({ mode: 'check' }))).toEqual(['true', 'true'])
    expect(readyOf(await attach({ mode: 'detach' }))).toEqual(['false', 'false'])
  })

  onceIt('of a fleet needs every job, and its report', async ({ begin }) => {
    const { scenario, fleet, checkAll, grant, cluster, registry } = await beginFleet(begin)
    const readyAfter = async (reports: (string | undefined)[]) => {
      const { outputs } = await merge(scenario, { reports: downloaded(reports), fleet, 'fail-on-drift': 'false' })
      return [outputs.attached, outputs.ready]
    }
    grant(scenario.cluster, scenario.registry)
    const before = (await checkAll()).map(({ reportFile }) => reportFile)
    expect(await readyAfter(before)).toEqual(['false', 'false'])
    grant(cluster, registry)
    const [first, second] = (await checkAll()).map(({ reportFile }) => reportFile)
    expect(await readyAfter([first, second])).toEqual(['true', 'true'])
    expect(await readyAfter([first, undefined])).toEqual(['false', 'false'])
  })
})
