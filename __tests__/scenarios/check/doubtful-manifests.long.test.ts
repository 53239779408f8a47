import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect } from 'vitest'
import { headlineOf } from '../../support/reading.js'
import { it } from '../../support/scenario.js'

const folders: string[] = []

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true })
})

/** A file by its absolute path, which globs may name. */
function lay(name: string, content: string | Buffer): string {
  const folder = mkdtempSync(join(tmpdir(), 'manifests-'))
  folders.push(folder)
  writeFileSync(join(folder, name), content)
  return join(folder, name)
}

const pod =
  'apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec: { containers: [{ name: a, image: mcr.microsoft.com/x:1 }] }\n'

describe('manifests', () => {
  it('that name no image, or have a key twice, are a doubt, and no ✓', async ({ begin }) => {
    const scenario = await begin()
    await scenario.attach()
    const values = lay('values.yaml', 'image: { repository: contosoacr.azurecr.io/app, tag: v1 }\n')
    const repeated = lay('all.yaml', pod + pod)
    for (const file of [values, repeated])
      for (const mode of ['check', 'attach']) {
        const end = await scenario.attach({ mode, manifests: file })
        expect(end).toMatchObject({ exitCode: 0, stderr: '' })
        expect(headlineOf(end)).toMatch(/^⚠ /)
        expect(end.report.unknown).toMatchObject([{ about: null }])
        expect(end.report.unknown[0]?.message).toContain(file.split('/').at(-1))
      }
    const whole = await scenario.attach({ mode: 'check', manifests: lay('pod.yaml', pod) })
    expect(headlineOf(whole)).toMatch(/^✓ /)
  })
})
