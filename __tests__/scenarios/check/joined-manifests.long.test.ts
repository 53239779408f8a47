import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect } from 'vitest'
import { headlineOf, problemsOf } from '../../support/reading.js'
import { onceIt } from '../../support/scenario.js'

const folder = mkdtempSync(join(tmpdir(), 'manifests-'))

afterAll(() => {
  rmSync(folder, { recursive: true })
})

const pod = (name: string): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: { containers: [{ name: 'a', image: `contosoacr.azurecr.io/${name}:1` }] },
  })

onceIt.for([
  ['JSON objects in a row', 'row.json', `${pod('a')}${pod('b')}`],
  ['JSON objects in lines', 'lines.json', `${pod('a')}\n${pod('b')}\n`],
  ['the same in a YAML file', 'lines.yaml', `${pod('a')}\n${pod('b')}\n`],
  ['a key twice in JSON', 'twice.json', '{"kind":"Pod","spec":{"containers":[]},"spec":{"containers":[]}}'],
] as const)('a manifest with %s is no ✓, and its file is named', async ([, name, text], { begin }) => {
  const scenario = await begin()
  await scenario.attach()
  const file = join(folder, name)
  writeFileSync(file, text)
  for (const mode of ['check', 'attach']) {
    const end = await scenario.attach({ mode, manifests: file })
    expect(headlineOf(end)).not.toMatch(/^✓ /)
    const told = [...problemsOf(end, 'manifests'), ...end.report.unknown.map(({ message }) => message)]
    expect(told.join('\n')).toContain(name)
  }
})
