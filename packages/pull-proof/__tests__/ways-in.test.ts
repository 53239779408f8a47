import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import type { ClusterAccess } from 'azure'
import { ActionError, attempt } from 'kernel'
import type { Prober } from 'kubernetes'
import type { Inputs } from 'run-model'
import { createSessions, explainNewRoles } from '../src/sessions.js'
import { answering } from '../../../__tests__/support/answering.js'
import { realTarget } from '../../../__tests__/support/observed.js'
import { openAccess, sampleInputs } from '../../../__tests__/support/sample.js'

const kubeconfig = `
current-context: c
contexts: [{ name: c, context: { cluster: c, user: u } }]
clusters: [{ name: c, cluster: { server: https://aks.azmk8s.io:443 } }]
users: [{ name: u, user: { token: the-token-of-the-cluster } }]
`

/** Notes its arguments, and lists one node, which is not ready the first time if there is a file called early, or does not reach the API server while there is a file called down. */
const program = `#!/bin/sh
cd "$(dirname "$0")" && echo "$*" >>asked
[ -e down ] && echo 'Unable to connect to the server: dial tcp 192.0.2.1:443: i/o timeout' >&2 && exit 1
ready=True
case " $* " in
  *" nodes "*)
    # On a busy machine, this answer could come before the question for the version is written down.
    until grep -q /version asked; do sleep 0.05; done
    [ -e early ] && ready=False && rm early
    ;;
esac
case " $* " in
  *" nodes "*) printf "nodes\\t1\\t.\\nnode\\tn1\\t$ready\\t\\t\\tkubernetes.io/os=linux\\tv1.34.0\\t.\\n" ;;
  *" pods "*) printf 'others\\t0\\t.\\n' ;;
esac
`

/** Enters a cluster, and says how: by kubectl with the time for its first answer, by Run Command, or not. */
async function enter(
  access: Partial<ClusterAccess>,
  inputs: Partial<Inputs>,
  { kubectl = true, down = false, early = false, config = kubeconfig, first = [] as number[] } = {},
) {
  const folder = mkdtempSync(join(tmpdir(), 'ways-'))
  if (kubectl) writeFileSync(join(folder, 'kubectl'), program, { mode: 0o755 })
  if (down) writeFileSync(join(folder, 'down'), '')
  if (early) writeFileSync(join(folder, 'early'), '')
  vi.stubEnv('PATH', kubectl ? [folder, process.env.PATH].join(delimiter) : folder)
  vi.stubEnv('RUNNER_TEMP', folder)
  const printed = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  const value = Buffer.from(config).toString('base64')
  const refusals = [...first]
  const readKubeconfig = () => refusals.shift() ?? { kubeconfigs: [{ name: 'c', value }] }
  const given = { '/listclusterusercredential': readKubeconfig, '/runcommand': 403 }
  const { azure, asked, clock } = answering(given)
  const stop = new AbortController()
  const sessions = createSessions({
    azure: { ...azure, signal: stop.signal },
    clock,
    inputs: { ...sampleInputs, verify: 'pull', ...inputs },
    log: { debug: () => undefined, line: () => undefined, warn: () => undefined } as never,
    progress: { onFallBack: () => rmSync(join(folder, 'down')) },
  })
  const target = { ...realTarget(), access: { ...openAccess, ...access } }
  const { value: session, error } = await attempt(sessions.of(target))
  const words = printed.mock.calls.map(([text]) => String(text)).join('')
  const calls = existsSync(join(folder, 'asked')) ? readFileSync(join(folder, 'asked'), 'utf8') : ''
  const [, seconds = ''] = /--request-timeout=(\d+)s get --raw \/version/.exec(calls) ?? []
  const hasRun = asked.some(line => line.includes('/runcommand'))
  const ways = [...(seconds ? [`kubectl, ${seconds} s`] : []), ...(hasRun ? ['run-command'] : [])]
  const close = async (isCancelled: boolean): Promise<string[]> => {
    if (isCancelled) stop.abort()
    await sessions.close()
    return readdirSync(folder).filter(name => !['asked', 'kubectl'].includes(name))
  }
  return {
    sessions,
    target,
    asked,
    ways: ways.length > 0 ? ways : [error?.code],
    nodes: session?.nodes.length,
    isReady: session?.nodes[0]?.isReady,
    words,
    close,
  }
}

describe('a cluster', () => {
  const shut = { authorizedRanges: ['0.0.0.0/32'] }
  const noCommand = { runCommandDisabled: true }
  const byKubectl = { probeWith: 'kubectl' } as const
  test.each<[string, Partial<ClusterAccess>, Partial<Inputs>, string, boolean?]>([
    ['with Run Command as the other way gets five seconds', {}, {}, 'kubectl, 5 s'],
    ['without another way gets fifteen seconds', { runCommandDisabled: true }, {}, 'kubectl, 15 s'],
    ['gets as long where kubectl is asked for', {}, { probeWith: 'kubectl' }, 'kubectl, 15 s'],
    ['is entered as it is asked for', {}, { probeWith: 'run-command' }, 'run-command'],
    ['that is private is entered by Run Command', { isPrivate: true }, {}, 'run-command'],
    ['that is private is entered by kubectl if asked for', { isPrivate: true }, byKubectl, 'kubectl, 15 s'],
    ['that is private, without Run Command, is not', { isPrivate: true, ...noCommand }, {}, 'CLUSTER_UNREACHABLE'],
    ['that lets no address in is entered by Run Command', shut, {}, 'run-command'],
    ['that lets no address in is tried without Run Command', { ...shut, ...noCommand }, {}, 'kubectl, 15 s'],
    ['that lets one address in is tried', { authorizedRanges: ['0.0.0.0/32', '192.0.2.1/32'] }, {}, 'kubectl, 5 s'],
    ['is entered by Run Command without kubectl', {}, {}, 'run-command', false],
    ['is not entered without the kubectl that is asked for', {}, { probeWith: 'kubectl' }, 'PROBE_FAILED', false],
  ])('%s', async (_, access, inputs, way, kubectl = true) => {
    expect((await enter(access, inputs, { kubectl })).ways).toEqual([way])
  })

  test('whose Run Command is refused is asked by kubectl once more, which may have failed for a moment', async () => {
    const { ways, nodes } = await enter({}, {}, { down: true })
    expect(ways).toEqual(['kubectl, 5 s', 'run-command'])
    expect(nodes).toBe(1)
  })

  test('is looked at again while none of its nodes is ready', async () => {
    expect((await enter({}, {}, { early: true })).isReady).toBe(true)
  })

  test('has a kubeconfig whose secret is masked', async () => {
    expect((await enter({}, {})).words).toContain('::add-mask::the-token-of-the-cluster')
  })

  test.each([
    ['that Azure refused is not asked for its workloads', 'run-command', 'AUTHORIZATION_FAILED', 1],
    ['that kubectl did not find is asked for them all the same', 'kubectl', 'PROBE_FAILED', 0],
  ] as const)('%s', async (_, probeWith, code, commands) => {
    const { sessions, target, asked } = await enter({}, { probeWith }, { kubectl: false })
    expect((await attempt(sessions.workloads(target, { kind: 'all', except: [] }))).error?.code).toBe(code)
    expect(asked.filter(line => line.includes('/runcommand'))).toHaveLength(commands)
  })

  test.each([
    ['whose kubeconfig is cut off is asked for it again', kubeconfig.slice(0, 40), true],
    ['whose kubeconfig can’t be used is not', kubeconfig.replace('https:', 'http:'), false],
  ])('%s', async (_, config, isAgain) => {
    const { ways, asked } = await enter({}, { probeWith: 'kubectl' }, { config })
    expect(ways).toEqual(['CLUSTER_UNREACHABLE'])
    expect(asked.filter(line => line.includes('/listclusterusercredential')).length > 1).toBe(isAgain)
  })

  test.each([429, 503])('whose kubeconfig Azure refuses with %i for a moment is entered', async status => {
    expect((await enter({}, byKubectl, { first: [status] })).nodes).toBe(1)
  })

  test('that refuses a round of pods may wait for a new role of the identity', async () => {
    const refusal = new ActionError('AUTHORIZATION_FAILED', 'no')
    const explain = (error: ActionError) => Promise.resolve(error.with({ detail: 'explained' }))
    const prober = { round: () => Promise.reject(refusal) } as Partial<Prober> as Prober
    const { round } = explainNewRoles(prober, { newRoles: { explain } } as never)
    expect((await attempt(round([], {} as never))).error?.detail).toBe('explained')
  })

  test.each([false, true])('leaves no file on the runner (cancelled: %s)', async isCancelled => {
    const { close } = await enter({}, {})
    expect(await close(isCancelled)).toEqual([])
  })
})
