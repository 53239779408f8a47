import { fork, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { transform } from 'esbuild'
import { parseDocument } from 'yaml'
import type { Behaviour } from './behaviour.js'
import type { Question, Told } from './host.js'

type Test = Behaviour['test']

/**
 * Breaks the behaviour in a copy of the checkout, runs its test there, and mends it.
 * @returns what became of the test, which must fail
 */
export async function breakOne(copy: Copy, { file, text, replacement, test }: Behaviour): Promise<Told> {
  const path = join(copy.folder, file)
  const whole = readFileSync(path, 'utf8')
  const [before, after, ...more] = whole.split(text)
  if (before === undefined || after === undefined || more.length > 0)
    return tell(`was not run: ${JSON.stringify(text)} occurs ${whole.split(text).length - 1} times instead of once`)
  const broken = before + replacement + after
  const syntax = await syntaxError(file, broken)
  if (syntax !== undefined) return tell(`was not run: the broken file does not parse: ${syntax}`)
  writeFileSync(path, broken)
  try {
    return (await runTests(copy, [test], path))(test)
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

/** A copy of the checkout, with a process that runs tests in it. */
export interface Copy {
  folder: string
  host: ChildProcess
}

/** Starts the process that runs tests in a copy of the checkout, the scenarios from `src/`. If it fails, so does this one. */
export function startHost(folder: string): Copy {
  const host = fork(join(folder, '__tests__/behaviours/host.ts'), {
    cwd: folder,
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: { ...process.env, PART: '', DEBUG_SOURCE: '1' },
  })
  const said: Buffer[] = []
  host.stderr?.on('data', (chunk: Buffer) => said.push(chunk))
  host.on('exit', status => {
    if (status === 0) return
    process.stderr.write(Buffer.concat(said).subarray(-2000))
    process.exit(1)
  })
  return { folder, host }
}

/** Runs these tests in a copy of the checkout. @param changed the file that was changed for it */
export async function runTests(
  { host }: Copy,
  tests: readonly Test[],
  changed?: string,
): Promise<(test: Test) => Told> {
  host.send({ tests, changed } satisfies Question)
  const [answer] = (await once(host, 'message')) as [Told[]]
  const told = new Map(tests.map((test, index) => [test, answer[index]]))
  return test => told.get(test) ?? tell('did not run')
}

function tell(did: string): Told {
  return { did, because: '' }
}
