import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { judgePull } from '../src/pod-verdict.js'
import { judge, saidSeparator } from '../src/scripts.js'
import { judgeMessage, recovering, scriptRules } from '../src/verdict.js'

interface Recorded {
  cases: string[]
  message: string
}

/** Messages of failed pulls by case, recorded from a kubelet 1.34.2 with containerd 1.7.24 and Microsoft's credential provider. */
const recorded = JSON.parse(readFileSync(new URL('recorded/kubelet-pulls.json', import.meta.url), 'utf8')) as Recorded[]

/** The expected verdict and cause for each case. */
const expected: Record<string, string> = {
  'api-killed': 'denied, no-credential',
  'api-restarts': 'denied, no-credential',
  cancelled: 'denied, stale-credential',
  'containerd-restarts': 'denied, stale-credential',
  'cpu500-arm64idx': 'not-found, platform',
  'cpu500-badcert': 'unreachable, tls',
  'cpu500-blob403': 'unreachable, data-endpoint',
  'cpu500-blob503': 'unreachable, connection',
  'cpu500-blobnx': 'unreachable, data-endpoint',
  'cpu500-eof': 'unreachable, connection',
  'cpu500-exchange503': 'denied, no-credential',
  'cpu500-firewall': 'unreachable, firewall',
  'cpu500-grant20': 'denied, no-credential',
  'cpu500-grant60': 'denied, no-credential',
  'cpu500-http429': 'rate-limited',
  'cpu500-http503': 'unreachable, connection',
  'cpu500-imds400': 'denied, no-credential',
  'cpu500-missing': 'not-found',
  'cpu500-missingtag': 'not-found',
  'cpu500-nevercomes': 'denied, stale-credential',
  'cpu500-nxdomain': 'unreachable, dns',
  'cpu500-plain': 'unreachable, plain-http',
  'cpu500-present-noright': 'denied, no-credential',
  'cpu500-present-noright-plain': 'denied, no-credential',
  'cpu500-refused': 'unreachable, connection',
  'cpu500-reset': 'unreachable, connection',
  'cpu500-revoked-cached': 'denied, stale-credential',
  'cpu500-servfail': 'unreachable, dns',
  'cpu500-token429': 'rate-limited',
  'etcd-restarts': 'denied, no-credential',
  grant20: 'denied, no-credential',
  grant60: 'denied, no-credential',
  'missing-readable': 'not-found',
  nevercomes: 'denied, stale-credential',
  'node-deleted-midway': 'denied, no-credential',
  'ns-terminates-midway': 'denied, no-credential',
  'proto-arm64idx': 'not-found, platform',
  'proto-missing': 'not-found',
  'proto-missingtag': 'not-found',
  'proto-nevercomes': 'denied, stale-credential',
  'proto-rc-missing': 'not-found',
  'rc-grant20': 'denied, no-credential',
  'rc-missing': 'not-found',
  'rc-never': 'denied, stale-credential',
  'rc-race-denied-1': 'denied, stale-credential',
  seed: 'denied, no-credential',
  'two-at-once': 'denied, no-credential',
}

const messageOf = new Map(recorded.flatMap(({ cases, message }) => cases.map(name => [name, message] as const)))

const folder = mkdtempSync(join(tmpdir(), 'judge-'))
writeFileSync(
  join(folder, 'rules'),
  scriptRules()
    .map(rule => `${rule}\n`)
    .join(''),
)
writeFileSync(
  join(folder, 'judge.sh'),
  `${judge}
for file in $(cat); do
  if final_among "$(cat "$file")"; then echo final; elif [ -n "$waits" ]; then echo wait; else echo again; fi
done
`,
)
afterAll(() => {
  rmSync(folder, { recursive: true })
})

/** Runs the Run Command script in a real shell on several sets of failed pods, given the messages of their containers. */
function ask(sets: string[][][]): string[] {
  const files = sets.map((pods, number) => {
    const lines = pods.map(
      (texts, index) => `${index} failed ${JSON.stringify(texts.join(saidSeparator))} pod-${index}\n`,
    )
    writeFileSync(join(folder, `pods-${number}`), lines.join(''))
    return `pods-${number}`
  })
  // One shell for all: starting it takes longer than its work.
  return execFileSync('sh', ['judge.sh'], { cwd: folder, input: files.join(' '), encoding: 'utf8' })
    .trim()
    .split('\n')
}

/** The script waits for a stale credential without counting the attempt. */
const isAgain = (word: string): string => (word === 'wait' ? 'again' : word)

const meaningOf = (message: string): unknown[] => {
  const { verdict, cause } = judgeMessage(message)
  return [verdict, cause]
}

const scriptVerdict = (message: string): string =>
  recovering.includes(judgeMessage(message).verdict) ? 'again' : 'final'

describe('the messages of a real kubelet', () => {
  test('have an expectation for each case', () => {
    expect([...messageOf.keys()].sort()).toEqual(Object.keys(expected).sort())
  })

  test.each([...messageOf])('are understood: %s', (name, message) => {
    const reference = /image "([^"]*)"/.exec(message)?.[1] ?? ''
    const container = {
      name: 'image-0',
      image: reference,
      pullPolicy: 'Always',
      imageId: '',
      state: 'waiting' as const,
    }
    const pod = {
      ...{ name: 'p', probe: 0, run: 'r', createdAt: 0, phase: 'Pending', reason: '', message: '' },
      ...{ node: 'n1', pullSecrets: [], initContainers: [] },
    }
    for (const [reason, text] of [
      ['ErrImagePull', message],
      ['ImagePullBackOff', `Back-off pulling image "${reference}": ErrImagePull: ${message}`],
    ] as const) {
      const containers = [{ ...container, reason, message: text }]
      const {
        verdict,
        cause,
        message: shown,
      } = judgePull({ ...pod, containers }, { container: 'image-0', reference }, 'n1')
      expect([verdict, cause].filter(Boolean).join(', ')).toBe(expected[name])
      // The anonymous attempt isn't reported if there was another one.
      if (message.startsWith('[')) expect(shown).not.toMatch(/anonymous|^\[|\]$/)
      expect(shown).not.toBe('')
    }
  })

  test.each([
    ['at once', ''],
    ['before the next try', 'Back-off pulling image "x": ErrImagePull: '],
  ])('are understood by the script of Run Command, too: %s', (_, before) => {
    const words = ask([...messageOf.values()].map(message => [[before + message]])).map(isAgain)
    const expectedWords = [...messageOf.values()].map(scriptVerdict)
    expect(Object.fromEntries([...messageOf.keys()].map((name, index) => [name, words[index]]))).toEqual(
      Object.fromEntries([...messageOf.keys()].map((name, index) => [name, expectedWords[index]])),
    )
  })

  test('are judged the same way by both, in any combination over pods and containers', () => {
    const parts = [
      ...new Set([...messageOf.values()].flatMap(message => message.replace(/^\[|\]$/g, '').split(/, (?=rpc|failed)/))),
    ]
    const part = fc.constantFrom(...parts)
    const message = fc
      .uniqueArray(part, { minLength: 1, maxLength: 3 })
      .map(some => (some.length > 1 ? `[${some.join(', ')}]` : (some[0] ?? '')))
    const pods = fc.array(fc.array(message, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 })
    const sets = fc.sample(pods, 60)
    const isFinal = (some: string[][]): boolean => some.flat().some(text => scriptVerdict(text) === 'final')
    const words = ask(sets).map(isAgain)
    expect(sets.map((some, index) => [some, words[index]])).toEqual(
      sets.map(some => [some, isFinal(some) ? 'final' : 'again']),
    )
  })

  const stale = messageOf.get('nevercomes') ?? ''
  const anonymous = messageOf.get('seed') ?? ''
  test.each<[string, string, string[][]]>([
    ['wait', 'one stale credential', [[stale]]],
    ['wait', 'several', [[stale, stale], [`Back-off pulling image "x": ErrImagePull: ${stale}`]]],
    ['again', 'another refusal as well', [[stale], [anonymous]]],
    ['again', 'another refusal in the same pod', [[stale, anonymous]]],
    ['again', 'an unknown failure as well', [[stale], ['oops']]],
    ['again', 'no credential at all', [[anonymous]]],
    ['final', 'a missing image as well', [[stale], [messageOf.get('cpu500-missingtag') ?? '']]],
  ])('make the script of Run Command decide: %s for %s', (word, _, pods) => {
    expect(ask([pods])).toEqual([word])
  })

  const names = ['nginx-tls', 'certificate', 'x509', 'unauthorized', 'denied', 'proxyconnect', 'manifest_unknown']
  test.each(names)('mean the same about a repository or a tag that is called %s', name => {
    const renamed = [...messageOf.values()].map(message => [
      message,
      message.replace(/team(\/|%2F)(app|none|arm)/g, `team$1${name}`),
      message.replace(/(team\/(?:app|none|arm)):[\w.]+/g, `$1:${name}`),
    ])
    for (const [message = '', ...others] of renamed)
      for (const other of others) expect([other, ...meaningOf(other)]).toEqual([other, ...meaningOf(message)])
    const words = ask(renamed.flatMap(messages => messages.map(message => [[message]])))
    expect(words.every((word, index) => word === words[index - (index % 3)])).toBe(true)
  })

  const before =
    'rpc error: code = NotFound desc = failed to pull and unpack image "contosoacr.azurecr.io/team/app:v1": '
  test.each([
    // containerd/containerd#8173, #3604, awslabs/soci-snapshotter#1389 and containerd/containerd#7674.
    'failed to prepare extraction snapshot "extract-79 sha256:92": parent snapshot sha256:0b16 does not exist: not found',
    'failed to unpack image on snapshotter overlayfs: content digest sha256:0c18b88b: not found',
    'failed to extract layer sha256:59b1: failed to get reader from content store: content digest sha256:0692: not found',
    'failed to prepare extraction snapshot "extract-81": failed to create snapshot: missing parent "k8s.io/4/sha256:28" bucket: not found',
    'connection error: desc = "transport: Error while dialing: dial unix /run/containerd/containerd.sock: connect: connection refused"',
    // A kubelet 1.34 whose containerd stopped in the middle of a pull.
    'rpc error: code = Unavailable desc = error reading from server: EOF',
  ])('about the files and programs of a node are not about the registry: %s', message => {
    expect(meaningOf(before + message)).toEqual(['failed', undefined])
    expect(ask([[[before + message]]])).toEqual(['again'])
  })

  // From a kubelet 1.34 and containerd 1.7, to which a proxy answered with a web page.
  const start = 'failed to pull and unpack image "contosoacr.azurecr.io/team/app:v1": '
  test.each([
    'failed to copy: httpReadSeeker: failed open: could not fetch content descriptor sha256:95e4066e (text/html) from remote: not found',
    `failed to resolve reference "contosoacr.azurecr.io/team/app:v1": failed to authorize: failed to fetch oauth token: unable to decode token response: invalid character '<' looking for beginning of value`,
  ])('about a web page are about what is in between: %s', said => {
    const message = `[rpc error: code = NotFound desc = ${start}${said}, ${start}${said}]`
    expect(meaningOf(message)).toEqual(['unreachable', 'proxy'])
    expect(ask([[[message]]])).toEqual(['again'])
  })

  test('about a rejected pod are final', () => {
    expect(ask([[['not taken: OutOfcpu']], []])).toEqual(['final', 'again'])
  })
})
