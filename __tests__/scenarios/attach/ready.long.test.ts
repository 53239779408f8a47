import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { beginFleet, downloaded, merge } from '../../support/fleet.js'
import { letImport } from '../../support/image-world.js'
import { letPull } from '../../support/pull-scenario.js'
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
