import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { transform } from 'esbuild'
import type { Behaviour } from './behaviour.js'

type Test = Behaviour['test']

/** Longer than any of these tests takes. One that never ends says nothing about the behaviour. */
const timeoutMs = 180_000

/** Of Vitest's JSON reporter, what is read. */
interface Results {
  testResults: {
    name: string
    message: string
    assertionResults: { fullName: string; status: string; failureMessages: string[] }[]
  }[]
}

/** What a test did: `passed`, or else a phrase that follows “the test”. */
type Told = (test: Test) => string

/**
 * Breaks the behaviour in a copy of the checkout, runs its test there, and mends it.
 * @returns why the row is wrong; undefined if the test fails, as it must
 */
export async function breaks(copy: string, { file, text, replacement, test }: Behaviour): Promise<string | undefined> {
  const path = join(copy, file)
  const whole = readFileSync(path, 'utf8')
  const [before, after, ...more] = whole.split(text)
  if (before === undefined || after === undefined || more.length > 0)
    return `${JSON.stringify(text)} occurs ${whole.split(text).length - 1} times instead of once`
  const broken = before + replacement + after
  const syntax = await transform(broken, { loader: 'ts' }).then(
    () => undefined,
    (error: unknown) => String(error),
  )
  if (syntax !== undefined) return `the broken file does not parse: ${syntax}`
  writeFileSync(path, broken)
  try {
    const told = (await runTests(copy, [test]))(test)
    return told === 'failed' ? undefined : `broken, the test ${told}`
  } finally {
    writeFileSync(path, whole)
  }
}

/** Runs these tests in a copy of the checkout, in one process, the scenarios from `src/`. */
export async function runTests(copy: string, tests: readonly Test[]): Promise<Told> {
  const output = join(copy, 'node_modules/.results.json')
  rmSync(output, { force: true })
  const titles = [...new Set(tests.map(({ title }) => title.replace(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`)))]
  const child = spawn(
    process.execPath,
    [
      ...[join(copy, 'node_modules/vitest/vitest.mjs'), 'run'],
      ...['parts', 'scenarios', 'long'].flatMap(project => ['--project', project]),
      ...['--reporter=json', `--outputFile=${output}`, `--testTimeout=${timeoutMs}`],
      ...['--testNamePattern', `^(?:${titles.join('|')})$`],
      ...new Set(tests.map(({ file }) => file)),
    ],
    { cwd: copy, stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, PART: '', DEBUG_SOURCE: '1' } },
  )
  const said: Buffer[] = []
  child.stderr.on('data', (chunk: Buffer) => said.push(chunk))
  await once(child, 'close')
  const { testResults } = readResults(output) ?? { testResults: [] }
  return test => tell(test, testResults) ?? `did not run: ${Buffer.concat(said).toString().trim().slice(-1000)}`
}

function readResults(path: string): Results | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Results
  } catch {
    return undefined
  }
}

function tell({ file, title }: Test, results: Results['testResults']): string | undefined {
  const found = results.find(({ name }) => name.endsWith(`/${file}`))
  if (!found) return undefined
  const ran = found.assertionResults.filter(({ status }) => status === 'passed' || status === 'failed')
  const [own, ...namesakes] = ran.filter(({ fullName }) => fullName === title)
  // The file could not be loaded: that breaks every test.
  if (!own) return `does not exist${found.message ? `: ${found.message}` : ''}`
  if (namesakes.length > 0) return `is not the only one of this title in its file`
  const [message = ''] = own.failureMessages
  if (message.includes('Test timed out in')) return 'did not end'
  return own.status
}
