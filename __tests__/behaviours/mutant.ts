import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { transform } from 'esbuild'
import { parseDocument } from 'yaml'
import type { Behaviour } from './behaviour.js'

type Test = Behaviour['test']

/** Longer than any of these tests takes. One that never ends says nothing about the behaviour. */
const timeoutMs = 120_000

/** Of Vitest's JSON reporter, what is read. */
interface Results {
  testResults: {
    name: string
    message: string
    assertionResults: { ancestorTitles: string[]; title: string; status: string; failureMessages: string[] }[]
  }[]
}

/** What became of a test: `passed`, `failed`, or another phrase that follows “the test”. */
interface Told {
  did: string
  /** The first line of its failure. */
  because: string
}

/**
 * Breaks the behaviour in a copy of the checkout, runs its test there, and mends it.
 * @returns what became of the test, which must fail
 */
export async function breakOne(copy: string, { file, text, replacement, test }: Behaviour): Promise<Told> {
  const path = join(copy, file)
  const whole = readFileSync(path, 'utf8')
  const [before, after, ...more] = whole.split(text)
  if (before === undefined || after === undefined || more.length > 0)
    return told(`was not run: ${JSON.stringify(text)} occurs ${whole.split(text).length - 1} times instead of once`)
  const broken = before + replacement + after
  const syntax = await syntaxError(file, broken)
  if (syntax !== undefined) return told(`was not run: the broken file does not parse: ${syntax}`)
  writeFileSync(path, broken)
  try {
    return (await runTests(copy, [test]))(test)
  } finally {
    writeFileSync(path, whole)
  }
}

/** Why a file of TypeScript, a script for bash, or a workflow does not parse; undefined if it does. Documents always do. */
async function syntaxError(file: string, text: string): Promise<string | undefined> {
  if (file.endsWith('.md')) return undefined
  if (file.endsWith('.yml')) return parseDocument(text).errors[0]?.message
  if (file.endsWith('.sh') || file === '.ci/run')
    return spawnSync('bash', ['-n'], { input: text, encoding: 'utf8' }).stderr || undefined
  return transform(text, { loader: 'ts' }).then(
    () => undefined,
    (error: unknown) => String(error),
  )
}

/** Runs these tests in a copy of the checkout, in one process, the scenarios from `src/`. */
export async function runTests(copy: string, tests: readonly Test[]): Promise<(test: Test) => Told> {
  const output = join(copy, 'node_modules/.results.json')
  rmSync(output, { force: true })
  // The pattern is for the titles of a test and those around it with spaces between.
  const names = tests.map(({ title }) => title.replaceAll(' > ', ' ').replace(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`))
  const child = spawn(
    process.execPath,
    [
      join(copy, 'node_modules/vitest/vitest.mjs'),
      'run',
      ...new Set(tests.map(({ file }) => `--project=${projectOf(file)}`)),
      '--reporter=json',
      `--outputFile=${output}`,
      `--testTimeout=${timeoutMs}`,
      '--testNamePattern',
      `^(?:${[...new Set(names)].join('|')})$`,
      ...new Set(tests.map(({ file }) => file)),
    ],
    { cwd: copy, stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, PART: '', DEBUG_SOURCE: '1' } },
  )
  const said: Buffer[] = []
  child.stderr.on('data', (chunk: Buffer) => said.push(chunk))
  await once(child, 'close')
  const { testResults } = readResults(output) ?? { testResults: [] }
  return test => find(test, testResults) ?? told(`did not run: ${Buffer.concat(said).toString().trim().slice(-1000)}`)
}

/** The project of vitest.config.ts that has a test file: the others need not start. */
function projectOf(file: string): string {
  if (!file.startsWith('__tests__/scenarios/')) return 'parts'
  return file.endsWith('.long.test.ts') ? 'long' : 'scenarios'
}

function readResults(path: string): Results | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Results
  } catch {
    return undefined
  }
}

function find({ file, title }: Test, results: Results['testResults']): Told | undefined {
  const found = results.find(({ name }) => name.endsWith(`/${file}`))
  if (!found) return undefined
  const ran = found.assertionResults.filter(({ status }) => status === 'passed' || status === 'failed')
  const [own, ...namesakes] = ran.filter(each => [...each.ancestorTitles, each.title].join(' > ') === title)
  // The file could not be loaded: that breaks every test.
  if (!own) return told(`does not exist${found.message && `: ${found.message}`}`)
  if (namesakes.length > 0) return told('is not the only one of this title in its file')
  const because = stripVTControlCharacters(own.failureMessages[0] ?? '').split('\n')[0] ?? ''
  return because.includes('Test timed out in') ? told('did not end') : { did: own.status, because }
}

function told(did: string): Told {
  return { did, because: '' }
}
