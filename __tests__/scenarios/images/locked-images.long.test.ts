import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { images, imports, letImport, type ImageScenario } from '../../support/image-world.js'
import { letPull, pulls } from '../../support/pull-scenario.js'
import { advisedCommands } from '../../support/reading.js'
import { letLook, runImage } from '../../support/running.js'
import { expectAttached, expectFailure, it, type Scenario } from '../../support/scenario.js'

const levels = ['tag', 'manifest', 'repository'] as const

/** Locks an image at a level, or takes all locks of its repository. */
function lock(
  { registry }: Pick<Scenario, 'registry'>,
  name: string,
  level: (typeof levels)[number],
  against: 'read' | 'write' = 'read',
): string {
  const [repository = '', tag = ''] = name.split(':')
  const digest = registry.images.find(repository, tag)?.digest ?? ''
  const reference = { tag, manifest: digest, repository: undefined }[level]
  registry.images.lock(repository, reference, against)
  return {
    tag: `--image ${name}`,
    manifest: `--image ${repository}@${digest}`,
    repository: `--repository ${repository}`,
  }[level]
}

function unlock({ registry }: Pick<Scenario, 'registry'>, repository: string): void {
  const { read, write } = registry.images.repositories.get(repository)?.locks ?? {}
  for (const each of [read, write]) each?.clear()
}

/** A cluster with access, and an image that was imported. */
async function beginWithImage(begin: () => Promise<Scenario>): Promise<ImageScenario> {
  const scenario = letImport(await begin())
  expectAttached(await scenario.attach(line), { changed: true })
  return scenario
}

const line = { images: 'nginx:1.27 => nginx:v1' }

describe.each(levels)('an image whose %s is locked', level => {
  it('is drift, and a failure of an attach, which imports nothing; unlocked, it is there again', async ({ begin }) => {
    const scenario = await beginWithImage(begin)
    const place = lock(scenario, 'nginx:v1', level)
    const check = await scenario.attach({ ...line, mode: 'check' })
    expectFailure(check, 'DRIFT')
    expect(check.outputs).toMatchObject({ attached: 'true', ready: 'false', drift: 'true', image: '' })
    expect(images(check)).toMatchObject([{ status: 'locked', error: { code: 'AZURE_REFUSED' } }])
    expect(advisedCommands(check)).toEqual([
      expect.stringContaining(`az acr repository show --name contosoacr ${place} `),
      expect.stringContaining(`az acr repository update --name contosoacr ${place} --read-enabled true`),
    ])

    // Another import of the same image would change nothing.
    const end = await scenario.attach({ ...line, 'force-import': 'true' })
    expectFailure(end, 'AZURE_REFUSED')
    expect(imports(end)).toEqual([])
    expect(end.outputs).toMatchObject({ image: '', changed: 'false' })
    unlock(scenario, 'nginx')
    const after = await scenario.attach({ ...line, mode: 'check' })
    expectAttached(after, { changed: false })
    expect(after.outputs.ready).toBe('true')
  })
})

describe('an image that is locked', () => {
  it('is drift for the manifests that name it', async ({ begin }) => {
    const scenario = await beginWithImage(begin)
    const folder = mkdtempSync(join(tmpdir(), 'manifests-'))
    const spec = { containers: [{ name: 'web', image: 'contosoacr.azurecr.io/nginx:v1' }] }
    writeFileSync(join(folder, 'a.json'), JSON.stringify({ kind: 'Pod', metadata: { name: 'web' }, spec }))
    lock(scenario, 'nginx:v1', 'manifest')
    const run = (mode: string) =>
      scenario.attach({ mode, manifests: '*.json' }, { environment: { GITHUB_WORKSPACE: folder } })
    const check = await run('check')
    expectFailure(check, 'DRIFT')
    expect(check.report.manifests).toMatchObject([{ status: 'locked', error: { code: 'AZURE_REFUSED' } }])
    expectFailure(await run('attach'), 'AZURE_REFUSED')
  })

  it('is drift for the workloads that run it, and a warning in an attach', async ({ begin }) => {
    const scenario = await begin()
    letLook(scenario)
    expectAttached(await scenario.attach(), { changed: true })
    runImage(scenario, 'shop/api', '1.4', { pods: 3 })
    lock(scenario, 'shop/api:1.4', 'repository')
    const check = await scenario.attach({ mode: 'check', workloads: '*', 'fail-on-drift': 'false' })
    expect(check.outputs).toMatchObject({ drift: 'true', 'error-code': '' })
    expect(check.report.workloads).toMatchObject([{ status: 'locked', pods: 3 }])
    const attached = await scenario.attach({ workloads: '*' })
    expectAttached(attached, { changed: false })
    expect(attached.report.findings).toMatchObject([{ code: 'AZURE_REFUSED', severity: 'warning' }])
  })

  it('is refused to the nodes that pull it as a proof, whose words are known', async ({ begin }) => {
    const scenario = letPull(await begin())
    expect((await scenario.pull()).outputs.ready).toBe('true')
    lock(scenario, 'team/app:v1', 'tag')
    const end = await scenario.pull()
    expectFailure(end, 'AZURE_REFUSED')
    expect(pulls(end)).toMatchObject([{ verdict: 'not-found', cause: 'locked', attempts: 1 }])
    expect(end.outputs).toMatchObject({ attached: 'true', ready: 'false' })
  })
})

describe('an image whose lock can not be read', () => {
  it('is unknown: neither there nor locked', async ({ begin }) => {
    const scenario = await beginWithImage(begin)
    scenario.simulator.faults.add({ path: /^\/acr\/v1\/nginx$/, status: 503, times: Infinity })
    const check = await scenario.attach({ ...line, mode: 'check' })
    expect(check.outputs).toMatchObject({ drift: 'false', ready: 'false', 'error-code': '' })
    expect(images(check)).toMatchObject([{ status: 'unknown' }])
  })
})
