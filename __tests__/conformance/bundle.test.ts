import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, inject, onTestFinished, test } from 'vitest'
import { inPart } from 'azure-simulator/testing/parts'

const root = join(import.meta.dirname, '../..')

const it = inPart(test, inject('part'))

it('a change of one source changes its file of dist/ alone, and renames none; a comment changes nothing', () => {
  const folder = copySources()
  onTestFinished(() => {
    rmSync(folder, { recursive: true })
  })
  const before = build(folder)
  appendFileSync(join(folder, 'src/main.ts'), '// A comment.\n')
  appendFileSync(join(folder, 'packages/pull-proof/src/pulls.ts'), "process.stdout.write('changed')\n")
  const after = build(folder)
  expect([...after.keys()]).toEqual([...before.keys()])
  expect([...after.keys()].filter(file => after.get(file) !== before.get(file))).toEqual(['pulls.js'])
  expect(after.get('pulls.js')).toContain('"changed"')
})

/** What the bundle is made of, in a folder of its own; its packages are found there, the others where they are installed. */
function copySources(): string {
  const folder = mkdtempSync(join(tmpdir(), 'attach-acr-bundle-'))
  for (const name of ['package.json', 'packages', 'schemas', 'scripts', 'src', 'tsconfig.json'])
    cpSync(join(root, name), join(folder, name), {
      recursive: true,
      filter: path => !/azure-simulator.|__tests__/.test(path),
    })
  mkdirSync(join(folder, 'node_modules'))
  for (const name of readdirSync(join(root, 'node_modules'))) {
    const installed = join(root, 'node_modules', name)
    const isOwn = lstatSync(installed).isSymbolicLink()
    symlinkSync(isOwn ? join(folder, 'packages', name) : installed, join(folder, 'node_modules', name))
  }
  return folder
}

/** The files of dist/, with their texts. */
function build(folder: string): Map<string, string> {
  execFileSync('npx', ['tsx', 'scripts/build.ts'], { cwd: folder, stdio: 'inherit' })
  const dist = join(folder, 'dist')
  return new Map(readdirSync(dist).map(file => [file, readFileSync(join(dist, file), 'utf8')]))
}
