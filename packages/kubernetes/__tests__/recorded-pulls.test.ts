import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ProbePod } from '../src/cluster-text.js'
import { judgePull } from '../src/pod-verdict.js'
import { programOf } from '../src/probe-pod.js'
import { failurePatterns } from '../src/round-rows.js'
import { weigh } from '../src/round-script.js'
import { judgeMessage, recovering } from '../src/verdict.js'

interface Recorded {
  cases: string[]
  message: string
}

/**
 * Messages of failed pulls by case, recorded from a kubelet 1.34.2 with containerd 1.7.24 and Microsoft's credential provider; those of `net-` from 1.34.9, with
 * the simulated provider; those of `3-` from 1.35.3, and of `3-c2-` from 1.36.2 with containerd 2.2.7.
 */
const recorded = JSON.parse(readFileSync(new URL('recorded/kubelet-pulls.json', import.meta.url), 'utf8')) as Recorded[]

/** The expected verdict and cause for each message, by its first case. */
const expected: Record<string, string> = {
  '3-c2-h-config403': 'unreachable, firewall',
  '3-c2-http503': 'unreachable, unavailable',
  '3-c2-i-octet': 'not-found, format',
  '3-c2-im-schema1': 'not-found, format',
  '3-d-nospace': 'unschedulable, disk',
  '3-d-nospace-rc': 'unschedulable, disk',
  '3-i-attest-arm': 'not-found, platform',
  '3-i-octet': 'not-found, format',
  '3-l-intent-full': 'unschedulable, disk',
  'api-killed': 'denied, no-credential',
  'bh-dnstimeout': 'unreachable, dns',
  cancelled: 'denied, stale-credential',
  'cpu500-arm64idx': 'not-found, platform',
  'cpu500-badcert': 'unreachable, tls',
  'cpu500-blob403': 'unreachable, data-endpoint',
  'cpu500-blob503': 'unreachable, unavailable',
  'cpu500-blobnx': 'unreachable, data-endpoint',
  'cpu500-eof': 'unreachable, connection',
  'cpu500-firewall': 'unreachable, firewall',
  'cpu500-http429': 'rate-limited',
  'cpu500-http503': 'unreachable, unavailable',
  'cpu500-missing': 'not-found',
  'cpu500-missingtag': 'not-found',
  'cpu500-nxdomain': 'unreachable, dns',
  'cpu500-plain': 'unreachable, plain-http',
  'cpu500-refused': 'unreachable, connection',
  'cpu500-reset': 'unreachable, connection',
  'cpu500-servfail': 'unreachable, dns',
  'cpu500-token429': 'rate-limited',
  'im-layer404': 'not-found, part',
  'missing-readable': 'not-found',
  'net-datadropped': 'unreachable, data-endpoint',
  'net-datasilent': 'unreachable, data-endpoint',
  'net-dropped': 'unreachable, connection',
  'net-silent': 'unreachable, connection',
  seed: 'denied, no-credential',
}

const messageOf = new Map(recorded.flatMap(({ cases, message }) => cases.map(name => [name, message] as const)))

const folder = mkdtempSync(join(tmpdir(), 'weigh-'))
const patterns = failurePatterns('all', 'exchange')
const fileOf = (lines: readonly string[]): string => lines.map(line => `${line}\n`).join('')
for (const [name, lines] of Object.entries(patterns)) writeFileSync(join(folder, name), fileOf(lines))
writeFileSync(
  join(folder, 'weigh.sh'),
  `${weigh}
for file in $(cat); do
  echo "$file $(weigh "$(cat "$file")")"
done
`,
)
afterAll(() => {
  rmSync(folder, { recursive: true })
})

/** As Go's `url.QueryEscape`. */
const encode = (text: string): string =>
  encodeURIComponent(text)
    .replace(/[!'()*]/g, char => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+')

/** The row of a refused pod, as `podsTemplate` prints it, from the messages of its containers. */
const rowOf = (messages: string[]): string => {
  const states = messages.map((text, index) => `image-${index}||waiting|ErrImagePull|${encode(text)} `)
  return ['pod', ...Array.from({ length: 13 }, () => ''), states.join(''), '.'].join('\t')
}

const sets: string[][][] = []
let words: string[] = []

/**
 * Weighs refused pods as the script of a round does, in a real shell, given the messages of their containers. All that is asked while tests are collected is
 * asked in one shell.
 * @returns what gives the word, in a test
 */
function ask(pods: string[][]): () => string | undefined {
  const index = sets.push(pods) - 1
  return () => words[index]
}

beforeAll(() => {
  const files = sets.map((pods, number) => {
    writeFileSync(join(folder, `pods-${number}`), fileOf(pods.map(rowOf)))
    return `pods-${number}`
  })
  words = execFileSync('sh', ['weigh.sh'], { cwd: folder, input: files.join(' '), encoding: 'utf8' })
    .trimEnd()
    .split('\n')
    .map(line => line.replace(/^\S+ ?/, ''))
})

/** A pod whose container waits for that reason. */
const samplePod = (image: string, reason: string, message: string): ProbePod => ({
  ...{ name: 'p', probe: 0, run: 'r', createdAt: 0, phase: 'Pending', reason: '', message: '', node: 'n1' },
  ...{ hasSandbox: false, pullSecrets: [], initContainers: [] },
  containers: [
    {
      ...{ name: 'image-0', image, pullPolicy: 'Always', command: [programOf('r')], hasRun: false, imageId: '' },
      ...{ state: 'waiting', reason, message },
    },
  ],
})

const meaningOf = (message: string): unknown[] => {
  const { verdict, cause } = judgeMessage(message)
  return [verdict, cause]
}

const isFinal = (message: string): boolean => !recovering.includes(judgeMessage(message).verdict)

describe('the messages of a real kubelet', () => {
  test('have an expectation each', () => {
    expect(recorded.map(({ cases: [name = ''] }) => name).sort()).toEqual(Object.keys(expected).sort())
  })

  test.each(recorded.map(({ cases: [name = ''], message }) => [name, message] as const))(
    'are understood: %s',
    (name, message) => {
      const reference = /image "([^"]*)"/.exec(message)?.[1] ?? ''
      const repeated = `Back-off pulling image "${reference}": ErrImagePull: ${message}`
      const pods = [samplePod(reference, 'ErrImagePull', message), samplePod(reference, 'ImagePullBackOff', repeated)]
      for (const pod of pods) {
        const judged = judgePull(pod, { container: 'image-0', reference }, 'n1')
        expect([judged.verdict, judged.cause].filter(Boolean).join(', ')).toBe(expected[name])
        // The anonymous attempt isn't reported if there was another one.
        if (message.startsWith('[')) expect(judged.message).not.toMatch(/anonymous|^\[|\]$/)
        expect(judged.message).not.toBe('')
      }
    },
  )

  const messages = [...new Set(messageOf.values())]
  const backOff = 'Back-off pulling image "x": ErrImagePull: '
  const alone = ['', backOff].flatMap(before =>
    messages.map(message => ({ message, before, word: ask([[before + message]]) })),
  )

  test('end a round if they are final, at once and before the next try', () => {
    const ends = alone.map(({ message, before, word }) => [before, message, word() === 'final'])
    expect(ends).toEqual(alone.map(({ message, before }) => [before, message, isFinal(message)]))
  })

  const parts = [...new Set(messages.flatMap(message => message.replace(/^\[|\]$/g, '').split(/, (?=rpc|failed)/)))]
  const anyMessage = fc
    .uniqueArray(fc.constantFrom(...parts), { minLength: 1, maxLength: 3 })
    .map(some => (some.length > 1 ? `[${some.join(', ')}]` : (some[0] ?? '')))
  const anyPods = fc.array(fc.array(anyMessage, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 })
  const combined = fc.sample(anyPods, 30).map(pods => ({ pods, word: ask(pods) }))

  test('end a round in any combination over pods and containers, unless a final one is beside another failure than a refusal', () => {
    const passing = new RegExp(patterns.passing.join('|'), 'i')
    const ends = (some: string[][]): boolean => some.flat().some(text => isFinal(text) && !passing.test(text))
    expect(combined.map(({ pods, word }) => [pods, word() === 'final'])).toEqual(
      combined.map(({ pods }) => [pods, ends(pods)]),
    )
  })

  const stale = messageOf.get('nevercomes') ?? ''
  const anonymous = messageOf.get('seed') ?? ''
  const throttled = messageOf.get('cpu500-http429') ?? ''
  const refusals: [string, string, string[][]][] = [
    ['', 'one stale credential', [[stale]]],
    ['', 'several', [[stale, stale], [`${backOff}${stale}`]]],
    ['firm', 'another refusal as well', [[stale], [anonymous]]],
    ['firm', 'another refusal in the same pod', [[stale, anonymous]]],
    ['firm', 'an unknown failure as well', [[stale], ['oops']]],
    ['firm', 'no credential at all', [[anonymous]]],
    ['throttled', 'a registry that throttles', [[throttled], [`${backOff}${throttled}`]]],
    ['firm', 'one that throttles another pod', [[throttled], [anonymous]]],
    ['final', 'a missing image as well', [[stale], [messageOf.get('cpu500-missingtag') ?? '']]],
  ]
  test.each(refusals.map(([word, name, pods]) => ({ word, name, asked: ask(pods) })))(
    'count as "$word" if nothing is under way: $name',
    ({ word, asked }) => {
      expect(asked()).toBe(word)
    },
  )

  const names = ['nginx-tls', 'certificate', 'x509', 'unauthorized', 'denied', 'proxyconnect', 'manifest_unknown']
  test.each(names)('mean the same about a repository or a tag that is called %s', name => {
    const renamed = [...messageOf.values()].map(message => [
      message,
      message.replace(/team(\/|%2F)(app|none|arm)/g, `team$1${name}`),
      message.replace(/(team\/(?:app|none|arm)):[\w.]+/g, `$1:${name}`),
    ])
    for (const [message = '', ...others] of renamed)
      for (const other of others) expect([other, ...meaningOf(other)]).toEqual([other, ...meaningOf(message)])
    const finals = new RegExp(patterns.final.join('|'), 'i')
    for (const [message = '', ...others] of renamed)
      for (const other of others) expect([other, finals.test(other)]).toEqual([other, finals.test(message)])
  })

  const before =
    'rpc error: code = NotFound desc = failed to pull and unpack image "contosoacr.azurecr.io/team/app:v1": '
  const ofNodes = [
    // containerd/containerd#8173, #3604, awslabs/soci-snapshotter#1389 and containerd/containerd#7674.
    'failed to prepare extraction snapshot "extract-79 sha256:92": parent snapshot sha256:0b16 does not exist: not found',
    'failed to unpack image on snapshotter overlayfs: content digest sha256:0c18b88b: not found',
    'failed to extract layer sha256:59b1: failed to get reader from content store: content digest sha256:0692: not found',
    'failed to prepare extraction snapshot "extract-81": failed to create snapshot: missing parent "k8s.io/4/sha256:28" bucket: not found',
    'connection error: desc = "transport: Error while dialing: dial unix /run/containerd/containerd.sock: connect: connection refused"',
    // A kubelet 1.34 whose containerd stopped in the middle of a pull.
    'rpc error: code = Unavailable desc = error reading from server: EOF',
  ].map(message => ({ message: before + message, word: ask([[before + message]]) }))
  test.each(ofNodes)('about the files and programs of a node are not about the registry: $message', each => {
    expect(meaningOf(each.message)).toEqual(['failed', undefined])
    expect(each.word()).toBe('firm')
  })

  // From a kubelet 1.34 and containerd 1.7, to which a proxy answered with a web page.
  const start = 'failed to pull and unpack image "contosoacr.azurecr.io/team/app:v1": '
  const webPages = [
    'failed to copy: httpReadSeeker: failed open: could not fetch content descriptor sha256:95e4066e (text/html) from remote: not found',
    `failed to resolve reference "contosoacr.azurecr.io/team/app:v1": failed to authorize: failed to fetch oauth token: unable to decode token response: invalid character '<' looking for beginning of value`,
  ]
    .map(said => `[rpc error: code = NotFound desc = ${start}${said}, ${start}${said}]`)
    .map(message => ({ message, word: ask([[message]]) }))
  test.each(webPages)('about a web page are about what is in between: $message', ({ message, word }) => {
    expect(meaningOf(message)).toEqual(['unreachable', 'proxy'])
    expect(word()).toBe('firm')
  })

  const finals = ['no space left on device', 'no match for platform in manifest: not found']
  test.each(finals.map(message => ({ message, word: ask([[message]]) })))('are final: $message', ({ word }) => {
    expect(word()).toBe('final')
  })
})
