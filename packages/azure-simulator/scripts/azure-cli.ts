/**
 * Runs azure-cli's own scenario tests live against a simulated Azure: `npm run test:azure-cli -- FOLDER [pytest arguments…]`.
 * FOLDER has test files of github.com/Azure/azure-cli, fetched by hand. It isn't changed: the tests run from a copy.
 */
import { spawn } from 'node:child_process'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { sideHosts, startSimulator, type Simulator } from '../src/index.js'
import { createWorld } from '../src/world/world.js'

const help = `Usage: npm run test:azure-cli -- FOLDER [pytest arguments…]

Runs the scenario tests in FOLDER against a simulated Azure, and shows which pass and why others don't. The tests must be of the
installed release of azure-cli. Needs az with its test SDK, and pytest: on Debian azure-cli, python3-azure-cli-testsdk and
python3-pytest. Test files are in github.com/Azure/azure-cli under src/azure-cli/azure/cli/command_modules/{acr,role,acs}/tests/latest.
`

/** Debian's own: only this Python has az and its SDK. */
const python = '/usr/bin/python3'
/** Milliseconds; az sleeps for half a minute between two polls of a long-running operation. */
const limit = 600_000
/** Exit codes of pytest. */
const exits = { passed: 0, failed: 1, none: 5 } as const

interface End {
  readonly code: number | null
  readonly output: string
}

async function main([folder, ...words]: readonly string[]): Promise<number> {
  if (folder === undefined || folder.startsWith('-')) {
    process.stdout.write(help)
    return folder === undefined ? 2 : 0
  }
  const home = await mkdtemp(join(tmpdir(), 'azure-cli-tests-'))
  const world = createWorld({ tenantName: 'contoso' })
  const subscription = world.addSubscription({ displayName: 'Contoso tests' })
  const secret = 'only-good-in-the-simulator'
  const owner = world.addApplication('owner', { secrets: [secret] })
  world.assignRole({ principalId: owner.objectId, role: 'Owner', scope: subscription.id })
  world.grantGraphPermission(owner, 'Application.ReadWrite.All', 'Directory.Read.All', 'GroupMember.ReadWrite.All')
  const simulator = await startSimulator({ world, sideHosts })
  try {
    const tests = join(home, basename(join(process.cwd(), folder)))
    await cp(folder, tests, { recursive: true })
    const environment = {
      ...simulator.environment,
      HOME: home,
      AZURE_CONFIG_DIR: join(home, '.azure'),
      AZURE_CORE_COLLECT_TELEMETRY: '0',
      AZURE_CORE_NO_COLOR: '1',
      AZURE_TEST_RUN_LIVE: 'True',
    }
    const run = (program: string, args: readonly string[]): Promise<End> => start(program, args, environment, home)
    const login = ['login', '--service-principal', '--username', owner.clientId, '--password', secret]
    const signedIn = await run('az', [...login, '--tenant', world.tenantId])
    if (signedIn.code !== 0) throw new Error(`az could not sign in: ${signedIn.output}`)
    const pytest = (...args: readonly string[]): Promise<End> =>
      run(python, ['-m', 'pytest', '-q', '-p', 'no:cacheprovider', '-W', 'ignore', '--rootdir', tests, ...args])
    return await runTests(simulator, pytest, [tests, ...words])
  } finally {
    await simulator.close()
    await rm(home, { recursive: true, force: true, maxRetries: 3 })
  }
}

/** Runs each test in a separate process, so that the simulator's problems belong to it. */
async function runTests(
  simulator: Simulator,
  pytest: (...args: readonly string[]) => Promise<End>,
  which: readonly string[],
): Promise<number> {
  const collected = await pytest('--collect-only', ...which)
  if (collected.code !== exits.passed && collected.code !== exits.none)
    throw new Error(`pytest could not collect the tests:\n${collected.output}`)
  const names = collected.output.split('\n').filter(line => line.includes('::'))
  const count = { pass: 0, skip: 0, fail: 0 }
  for (const name of names) {
    const seen = simulator.problems.length
    const end = await pytest('--tb=line', '-rs', `${which[0] ?? ''}/${name}`)
    const problems = [...new Set(simulator.problems.slice(seen))]
    const verdict = judge(end, problems)
    count[verdict.kind] += 1
    const reason = verdict.reason === '' ? '' : `: ${verdict.reason}`
    process.stdout.write(`${verdict.kind.padEnd(4)} ${name.split('::').slice(-2).join('.')}${reason}\n`)
  }
  process.stdout.write(`${String(count.pass)} pass, ${String(count.fail)} fail, ${String(count.skip)} skipped\n`)
  return count.fail === 0 ? 0 : 1
}

/** A test that passes although the simulator didn't support all of its requests counts as failed. */
function judge({ code, output }: End, problems: readonly string[]): { kind: 'pass' | 'skip' | 'fail'; reason: string } {
  if (problems.length > 0)
    return { kind: 'fail', reason: `the simulator reports ${problems.map(withoutGuids).join('; ')}` }
  if (code === exits.passed) {
    const skipped = /^SKIPPED \[\d+\] [^ ]+: (.*)$/m.exec(output)?.[1]
    return skipped === undefined ? { kind: 'pass', reason: '' } : { kind: 'skip', reason: skipped }
  }
  const lines = output.split('\n').map(line => line.trim())
  const reason =
    lines.findLast(line => /^(ERROR|CRITICAL) +\S+:\S+:\d+ /.test(line)) ??
    lines.find(line => /^(E +|\S+\.py:\d+: )\S/.test(line)) ??
    lines.findLast(line => line !== '')
  return { kind: 'fail', reason: withoutGuids(reason ?? `pytest ended with ${String(code)}`) }
}

const withoutGuids = (text: string): string => text.replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi, '…')

function start(
  program: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  folder: string,
): Promise<End> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: folder,
      env: { PATH: process.env.PATH, LANG: 'C.UTF-8', PYTHONDONTWRITEBYTECODE: '1', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: limit,
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (output += text))
    child.on('error', reject).on('close', (code, signal) => {
      resolve({ code, output: signal === null ? output : `${output}\nended by ${signal} after ten minutes` })
    })
  })
}

process.exitCode = await main(process.argv.slice(2))
