import { describe, expect, it } from 'vitest'
import type { ProbePod } from '../src/cluster-text.js'
import { judgePull } from '../src/pod-verdict.js'
import { programOf } from '../src/probe-pod.js'
import { judgeMessage } from '../src/verdict.js'

const image = 'contosoacr.azurecr.io/team/app:v1'
const asked = { container: 'image-0', reference: image }

/** The error of one credential. */
const part = (cause: string): string =>
  `rpc error: code = Unknown desc = failed to pull and unpack image "${image}": failed to resolve reference "${image}": ${cause}`

/** The errors of several credentials, as the kubelet joins them. */
const joined = (...causes: string[]): string => `[${causes.map(part).join(', ')}]`

const anonymous = 'failed to authorize: failed to fetch anonymous token: unexpected status: 401 Unauthorized'
const role = 'pull access denied: insufficient_scope: authorization failed'
const stale = 'failed to authorize: failed to fetch oauth token: unexpected status: 401 Unauthorized'
const missing = `${image}: not found`
const timeout = 'dial tcp 20.1.2.3:443: i/o timeout'

/** A pod whose container waits with a message. */
const waiting = (message: string): ProbePod => ({
  name: 'p',
  probe: 0,
  run: 'r',
  createdAt: 0,
  node: 'n1',
  phase: 'Pending',
  reason: '',
  message: '',
  hasSandbox: false,
  pullSecrets: [],
  initContainers: [],
  containers: [
    {
      ...{ name: 'image-0', image, pullPolicy: 'Always', command: [programOf('r')], hasRun: false },
      ...{ imageId: '', state: 'waiting', reason: 'ErrImagePull', message },
    },
  ],
})

describe('the errors of several credentials', () => {
  it.each([
    ['a refused anonymous token does not count, first', [anonymous, role], 'denied', 'role'],
    ['a refused anonymous token does not count, last', [stale, anonymous], 'denied', 'stale-credential'],
    ['refused anonymous tokens alone count', [anonymous, anonymous], 'denied', 'no-credential'],
    ['of two refusals, the first one counts', [role, stale], 'denied', 'role'],
    ['what is final counts before a refusal', [role, missing], 'not-found', undefined],
    ['what is final counts before a failed connection', [timeout, missing], 'not-found', undefined],
    ['what is final counts, wherever it is', [missing, timeout, role], 'not-found', undefined],
    ['a failed connection counts before a refusal, last', [role, timeout], 'unreachable', 'connection'],
    ['a failed connection counts before a refusal, first', [timeout, role], 'unreachable', 'connection'],
  ])('%s', (_, causes, verdict, cause) => {
    const judged = judgeMessage(joined(...causes))
    expect([judged.verdict, judged.cause]).toEqual([verdict, cause])
  })

  it.each([
    ['the first', [missing, anonymous], missing],
    ['the last, without the bracket that ends the list', [anonymous, missing], missing],
    [
      'the last, with brackets of its own',
      [anonymous, 'lookup x on [fd00::10]:53: no such host'],
      'lookup x on [fd00::10]:53: no such host',
    ],
    ["one, with a bracket at its end that is not the list's", ['no such host [::1]', role], 'no such host [::1]'],
  ])('are shown by the one that decides: %s', (_, causes, shown) => {
    for (const start of ['', `Back-off pulling image "${image}": ErrImagePull: `])
      expect(judgePull(waiting(`${start}${joined(...causes)}`), asked, 'n1').message).toBe(shown)
    expect(judgeMessage(joined(...causes)).message).toBe(shown)
  })

  it('are no list if there is only one, whose bracket stays', () => {
    expect(judgePull(waiting(part('no such host [::1]')), asked, 'n1').message).toBe('no such host [::1]')
  })

  it('take precedence over the events if one of them is understood', () => {
    const events = [{ pod: 'p', reason: 'Failed', message: `Failed to pull image "${image}": ${part(timeout)}` }]
    expect(judgePull(waiting(joined(anonymous, role)), asked, 'n1', events).cause).toBe('role')
    expect(judgePull(waiting(joined('something new', role)), asked, 'n1', events).message).toBe('something new')
    expect(judgePull(waiting(joined('something new', 'more')), asked, 'n1', events).cause).toBe('connection')
  })
})
