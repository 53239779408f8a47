import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, type TestContext } from 'vitest'
import { armRequests, expectFailure, it, type StepEnd } from '../../support/scenario.js'
import { expectProven, letPull } from '../../support/pull-scenario.js'

const runCommands = (end: Pick<StepEnd, 'requests'>) => armRequests(end, 'POST', '/runCommand')
const credentials = (end: Pick<StepEnd, 'requests'>) => armRequests(end, 'POST', '/listClusterUserCredential')

/** Puts a wrapper before kubectl in the path, which runs the script and then kubectl; and creates a folder for its notes. */
async function wrapKubectl(
  script: string,
  onTestFinished: TestContext['onTestFinished'],
): Promise<{ environment: Record<string, string>; folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'kubectl-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const { PATH = '' } = process.env
  const file = join(folder, 'kubectl')
  await writeFile(file, `#!/bin/sh\nnotes=${folder}\n${script}\nPATH='${PATH}'\nexec kubectl "$@"\n`)
  await chmod(file, 0o755)
  return { environment: { PATH: `${folder}:${PATH}`, RUNNER_TEMP: folder }, folder }
}

describe('kubectl', () => {
  // A busy machine can take longer than `auto` waits for the first answer.
  const byKubectl = { 'probe-with': 'kubectl' }

  it('reads its kubeconfig from a file that only the runner can read, and that is deleted', async ({
    begin,
    onTestFinished,
  }) => {
    const scenario = letPull(await begin(), {})
    const { environment, folder } = await wrapKubectl(
      'stat -c "%a %n" "$2" "$(dirname "$2")" > "$notes/modes"',
      onTestFinished,
    )
    const end = await scenario.pull(byKubectl, { environment })
    expectProven(end, scenario)
    expect(end.stdout).toContain(`::add-mask::${scenario.cluster.kubernetes.tokens.user}`)
    const [file = '', parent = ''] = (await readFile(join(folder, 'modes'), 'utf8')).trim().split('\n')
    expect(file).toMatch(/^600 .*kubeconfig$/)
    expect(parent).toMatch(/^700 /)
    expect(await readdir(folder, { recursive: true })).not.toContainEqual(expect.stringContaining('kubeconfig'))
  })

  it('that ends without reading its input is reported, and leaves no kubeconfig', async ({ begin, onTestFinished }) => {
    const scenario = letPull(await begin(), { agentPools: [{ name: 'system', count: 60 }] })
    const { environment, folder } = await wrapKubectl(
      'case " $* " in *" create "*) exec 0<&-; echo "error: no space left on device" >&2; exit 1;; esac',
      onTestFinished,
    )
    const end = await scenario.pull({ ...byKubectl, 'probe-nodes': 'all', timeout: '5s' }, { environment })
    expectFailure(end, 'PROBE_FAILED')
    expect(await readdir(folder, { recursive: true })).not.toContainEqual(expect.stringContaining('kubeconfig'))
  })

  it('that waits for a pause requested by a server is ended in time', async ({ begin }) => {
    const scenario = letPull(await begin(), {})
    const body = { kind: 'Status', status: 'Failure', reason: 'TooManyRequests', message: 'too many', code: 429 }
    const isOurs = /\/namespaces\/default\/pods$/
    const fault = { host: /azmk8s/, method: 'GET', path: isOurs, status: 429, headers: { 'retry-after': '3600' }, body }
    scenario.simulator.faults.add({ ...fault, skip: 1, times: Infinity })
    const end = await scenario.pull({ ...byKubectl, timeout: '5s' })
    expect(end.exitCode, end.log).toBe(1)
    expect(scenario.cluster.kubernetes.podsCreated).not.toEqual([])
    expect(scenario.cluster.kubernetes.pods).toEqual([])
  })

  it('that hangs does not outlive a cancelled job', async ({ begin, onTestFinished }) => {
    const scenario = letPull(await begin(), {})
    const { environment, folder } = await wrapKubectl(
      'case " $* " in *" get pods "*) echo $$ >> "$notes/pids"; exec sleep 600;; esac',
      onTestFinished,
    )
    const isLook = ({ path }: { path: string }) => path.endsWith('/nodes')
    const end = await scenario.pull(byKubectl, { environment, cancel: { when: isLook } })
    expectFailure(end, 'CANCELLED')
    expect(end.msToCancel).toBeLessThan(7000)
    const pids = (await readFile(join(folder, 'pids'), 'utf8')).trim().split('\n').map(Number)
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH')
    expect(await readdir(folder, { recursive: true })).not.toContainEqual(expect.stringContaining('kubeconfig'))
  })
})

describe('an API server that only accepts other addresses', () => {
  it('and drops the rest is reached by Run Command, once kubectl has given up', async ({ begin }) => {
    // A request to a server that does not answer takes a minute.
    const timing = { connectTimeoutMs: 60_000 }
    const scenario = letPull(await begin({ timing }), { authorizedIpRanges: ['192.0.2.0/24'] })
    const end = await scenario.pull()
    expectProven(end, scenario)
    expect(credentials(end)).toHaveLength(1)
    expect(runCommands(end)).not.toEqual([])
  })
})
