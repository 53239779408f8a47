import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { beginWithAbac } from '../../support/estate.js'
import { letImport, wall } from '../../support/image-world.js'
import { expectAttached, it, type StepEnd } from '../../support/scenario.js'

const readyOf = ({ outputs, report }: Pick<StepEnd, 'outputs' | 'report'>): string[] => {
  expect(outputs.ready).toBe(String(report.ready))
  return [outputs.attached, outputs.ready].map(value => value ?? 'not set')
}

describe('ready', () => {
  it('is not only access: what the role does not reach, and hosts of Azure that are not listed', async ({ begin }) => {
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
  })

  it('counts an image that Azure has imported where the runner can read nothing', async ({ begin }) => {
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
})
