import { describe, expect, test } from 'vitest'
import type { PodEvent, ProbeContainer, ProbePod } from '../src/cluster-text.js'
import { programOf, type ProbedImage } from '../src/probe-pod.js'
import { judgePull as judge, pullFailures } from '../src/pod-verdict.js'
import { judgeMessage, shorten } from '../src/verdict.js'
import { withoutSignatures } from '../src/signatures.js'

const image = 'contosoacr.azurecr.io/team/app:v1'
const failure = `failed to pull and unpack image "${image}": failed to resolve reference "${image}": `
const token =
  'https://contosoacr.azurecr.io/oauth2/token?scope=repository%3Ateam%2Fapp%3Apull&service=contosoacr.azurecr.io'

const head = 'failed to do request: Head "https://contosoacr.azurecr.io/v2/team/app/manifests/v1": '
const anonymous = `failed to authorize: failed to fetch anonymous token: unexpected status from GET request to ${token}: 401 Unauthorized`
const denied = `${failure}${anonymous}`
const notAdmitted = `image pull failed for ${image} because the registry is unavailable.`

/** Messages from public issues and the source code of kubelets and containerd; those of a real kubelet are in recorded-pulls. */
const messages: [verdict: string, cause: string | undefined, text: string][] = [
  ['denied', 'no-credential', `${failure}pull access denied: authorization failed: no basic auth credentials`],
  ['denied', 'role', `${failure}pull access denied: server message: insufficient_scope: authorization failed`],
  ['denied', undefined, 'unauthorized: authentication required, visit https://aka.ms/acr/authorization for more.'],
  ['denied', undefined, 'errors:\ndenied: requested access to the resource is denied\n'],
  ['not-found', undefined, 'manifest unknown: manifest tagged by "v1" is not found'],
  // From containerd 1.7 at the simulated registry.
  [
    'not-found',
    'locked',
    `[${failure}unexpected status from GET request to https://contosoacr.azurecr.io/v2/team/app/manifests/v1: 405 Method Not Allowed, ${denied}]`,
  ],
  [
    'unreachable',
    'data-endpoint',
    'unexpected status code https://x.westeurope.data.azurecr.io/0a/data: 403 Forbidden',
  ],
  ['unreachable', 'firewall', `${failure}denied: client with IP '20.1.2.3' is not allowed access.`],
  ['unreachable', 'proxy', `${failure}${head}Forbidden`],
  [
    'unreachable',
    'proxy',
    `${failure}${head}proxyconnect tcp: dial tcp: lookup proxy.corp on 10.0.0.10:53: no such host`,
  ],
  ['unreachable', 'dns', 'dial tcp: lookup contosoacr.azurecr.io: i/o timeout'],
  [
    'unreachable',
    'upstream',
    `${failure}unexpected status from HEAD request to https://x.io/v2/: 424 Failed Dependency`,
  ],
  ['unreachable', 'upstream', `${failure}unexpected status from GET request to https://x.io/v2/: 502 Bad Gateway`],
  // Azure/acr issues 739, 743, 599 and 754.
  [
    'unreachable',
    'streaming',
    `${failure}failed to do request: Head "http://localhost:8578/v2/a/manifests/v1?ns=x.azurecr.io": EOF`,
  ],
  [
    'unreachable',
    'streaming',
    `${failure}failed to do request: Head "https://localhost:8578/v2/a/manifests/v1?ns=x.azurecr.io": context canceled`,
  ],
  [
    'unreachable',
    'streaming',
    `${failure}unexpected status from HEAD request to http://localhost:8578/v2/a/manifests/v1?ns=x.azurecr.io: 503 Service Unavailable`,
  ],
  // The proxy passes on what the registry refuses.
  [
    'denied',
    undefined,
    `${failure}unexpected status from HEAD request to http://localhost:8578/v2/a/manifests/v1?ns=x.azurecr.io: 401 Unauthorized`,
  ],
  [
    'unreachable',
    'upstream',
    `${failure}unexpected status from GET request to https://x.io/v2/: 401 Unauthorized: unauthorized: authentication required with source registry for cache rule 'docker-io'`,
  ],
  [
    'unreachable',
    'upstream',
    `${failure}unexpected status from GET request to https://x.io/v2/: 429 Too Many Requests: too many requests to source registry for cache rule 'docker-io'`,
  ],
  ['unreachable', 'connection', notAdmitted],
  ['rate-limited', undefined, 'toomanyrequests: Too many requests. Please visit https://aka.ms/acr/skus'],
  ['failed', undefined, `failed to pull and unpack image "${image}": failed to extract layer: invalid tar header`],
  ['failed', 'kubelet-limit', 'pull QPS exceeded'],
  ['failed', undefined, ''],
]

const asked = { container: 'image-0', reference: image }

/** Judges a pod that was created for the node `n1`. */
const judgePull = (some: ProbePod | undefined, of: ProbedImage, events?: PodEvent[]) => judge(some, of, 'n1', events)

/** A probe pod as requested, with its container in the given state. */
const pod = (container: Partial<ProbeContainer> = {}, more: Partial<ProbePod> = {}): ProbePod => ({
  name: 'p',
  probe: 0,
  run: 'r',
  createdAt: 0,
  node: 'n1',
  phase: 'Pending',
  reason: '',
  message: '',
  hasSandbox: false,
  pullSecrets: ['attach-acr-no-secret-r'],
  initContainers: [],
  containers: [
    {
      ...{ name: 'image-0', image, pullPolicy: 'Always', command: [programOf('r')], hasRun: false },
      ...{ imageId: '', state: '', reason: '', message: '', ...container },
    },
  ],
  ...more,
})

const waiting = (reason: string, message = ''): ProbePod => pod({ state: 'waiting', reason, message })

describe('a message of a failed pull', () => {
  test.each(messages)('means %s, with the cause %s: %s', (verdict, cause, text) => {
    const judged = judgeMessage(text)
    expect([judged.verdict, judged.cause]).toEqual([verdict, cause])
    expect(judgePull(waiting('ErrImagePull', text), asked).verdict).toBe(verdict)
    // Since Kubernetes 1.32, kubelets repeat it during the back-off.
    const backOff = `Back-off pulling image "${image}": ErrImagePull: ${text}`
    expect(judgePull(waiting('ImagePullBackOff', backOff), asked).verdict).toBe(verdict)
  })

  test('is read in any letter case', () => {
    expect(judgeMessage(denied.toUpperCase()).verdict).toBe('denied')
  })

  test.each([
    [`rpc error: code = NotFound desc = ${failure}${image}: not found`, `${image}: not found`],
    [`Back-off pulling image "${image}": ErrImagePull: ${failure}EOF`, 'EOF'],
    [`Failed to pull image "${image}": ${failure}EOF`, 'EOF'],
    [`rpc error: code = Unknown desc = ${failure}EOF, rpc error: code = NotFound desc = ${failure}EOF`, 'EOF, EOF'],
    // containerd 2
    [`failed to pull and unpack image "${image}": failed to resolve image: EOF`, 'EOF'],
    // The rest can quote another pull, and is kept.
    [`x Failed to pull image "${image}": EOF`, `x Failed to pull image "${image}": EOF`],
    [
      `x Back-off pulling image "${image}": ErrImagePull: EOF`,
      `x Back-off pulling image "${image}": ErrImagePull: EOF`,
    ],
    ['\n errors:\n  denied \n', 'errors: denied'],
    ['x'.repeat(700), 'x'.repeat(600)],
  ])('is shown without repetitions, on one line, and shortened: %j', (text, shown) => {
    expect(shorten(text)).toBe(shown)
  })

  test('is taken from the events if a back-off gives no reason', () => {
    const backOff = waiting('ImagePullBackOff', `Back-off pulling image "${image}"`)
    const events = [
      { pod: 'p', reason: 'Failed', message: `Failed to pull image "${image}": ${denied}` },
      { pod: 'p', reason: 'Failed', message: 'Error: ErrImagePull' },
    ]
    expect(judgePull(backOff, asked, events)).toMatchObject({
      verdict: 'denied',
      message: expect.stringContaining('401') as string,
    })
    expect(judgePull(backOff, asked, []).verdict).toBe('failed')
    // Some first failures don't either.
    expect(judgePull(waiting('ErrImagePull'), asked, events).verdict).toBe('denied')
    const ofAnother = {
      ...events[0],
      pod: 'p',
      reason: 'Failed',
      message: events[0]?.message.replace('app:v1"', 'app:v10"') ?? '',
    }
    expect(judgePull(backOff, asked, [ofAnother]).verdict).toBe('failed')
  })

  test('that gives a reason takes precedence over the events', () => {
    const events = [{ pod: 'p', reason: 'Failed', message: `Failed to pull image "${image}": ${denied}` }]
    expect(judgePull(waiting('ErrImagePull', 'dial tcp: i/o timeout'), asked, events)).toEqual({
      verdict: 'unreachable',
      cause: 'connection',
      message: 'dial tcp: i/o timeout',
    })
  })
})

describe('a container', () => {
  test.each([
    pod({ state: 'terminated', reason: 'StartError', imageId: 'x@sha256:0a' }, { phase: 'Failed' }),
    pod({ state: 'waiting', reason: 'RunContainerError', imageId: 'x@sha256:0a' }),
  ])('with an image ID has pulled: %j', each => {
    expect(judgePull(each, asked)).toEqual({ verdict: 'pulled', message: '' })
  })

  test.each([
    pod({ state: 'terminated', reason: 'ContainerStatusUnknown' }, { phase: 'Failed', reason: 'Evicted' }),
    pod({ state: 'waiting', reason: 'CreateContainerError', message: 'x' }),
    pod({ state: 'running' }, { phase: 'Running' }),
    undefined,
  ])('without an image ID has not pulled: %j', each => {
    expect(judgePull(each, asked).verdict).not.toBe('pulled')
  })

  test('whose status does not show yet what the event shows has pulled, and has not ended', () => {
    const event = (name: string) => ({
      pod: 'p',
      reason: 'Pulled',
      message: `Successfully pulled image "${name}" in 1s`,
    })
    const creating = waiting('ContainerCreating')
    const early = { verdict: 'pulled', message: '', doing: 'starting' }
    expect(judgePull(creating, asked, [event(image)])).toEqual(early)
    expect(judgePull(pod(), asked, [event(image)])).toEqual(early)
    expect(judgePull(creating, asked, [event('contosoacr.azurecr.io/team/other:v1')]).verdict).toBeUndefined()
    // A webhook may have added an init container with the same image.
    expect(judgePull({ ...creating, initContainers: ['mesh'] }, asked, [event(image)]).verdict).toBeUndefined()
    // A policy may pin the tag.
    const pinned = `${image}@sha256:${'0'.repeat(64)}`
    expect(judgePull(pod({ image: pinned }), asked, [event(pinned)])).toEqual(early)
    // A pod that the cluster changed proves nothing, and what the status says counts.
    expect(judgePull({ ...creating, node: 'n2' }, asked, [event(image)]).verdict).toBe('changed')
    expect(judgePull(waiting('CreateContainerError'), asked, [event(image)]).verdict).toBe('failed')
    expect(judgePull(pod({ imageId: 'x@sha256:0a' }), asked, [event(image)])).not.toHaveProperty('doing')
  })

  test('that could not be started for another reason failed, with that reason', () => {
    const failed = { verdict: 'failed', message: 'CreateContainerError: no such device' }
    expect(judgePull(waiting('CreateContainerError', 'no such device'), asked)).toEqual(failed)
  })

  test('is judged by its own image', () => {
    const other = { ...asked, container: 'image-1' }
    const both = pod({ imageId: 'x@sha256:0a' })
    const refused = { ...waiting('ErrImagePull', denied).containers[0], name: 'image-1' } as ProbeContainer
    const pair = { ...both, containers: [...both.containers, refused] }
    expect(judgePull(pair, asked).verdict).toBe('pulled')
    expect(judgePull(pair, other).verdict).toBe('denied')
  })

  test.each(pullFailures)('that failed with %s has not pulled, whatever its message', reason => {
    for (const message of ['', 'Successfully pulled image', 'pull QPS exceeded']) {
      const { verdict } = judgePull(waiting(reason, message), asked)
      expect(verdict).toBeDefined()
      expect(verdict).not.toBe('pulled')
    }
  })

  test('whose registry is unavailable could not reach it', () => {
    expect(judgePull(waiting('RegistryUnavailable', notAdmitted), asked)).toMatchObject({
      verdict: 'unreachable',
      cause: 'connection',
    })
  })

  test('is judged by the reason of its container if that is a whole sentence', () => {
    const reason = 'failed to record image pull intent: write /var/lib/kubelet/x.tmp: no space left on device'
    const full = { verdict: 'unschedulable', cause: 'disk', message: reason }
    expect(judgePull(waiting(reason, `Failed to record image pull intent: ${reason}`), asked)).toEqual(full)
  })

  test.each([
    ['SignatureValidationFailed', 'refused'],
    ['InvalidImageName', 'not-found'],
  ])('that failed with %s is %s, whatever its message', (reason, verdict) => {
    expect(judgePull(waiting(reason, '401 Unauthorized'), asked)).toEqual({ verdict, message: '401 Unauthorized' })
  })
})

describe('a pod', () => {
  test.each(['OutOfpods', 'OutOfcpu', 'Evicted', 'Terminated'])('that the kubelet rejects or ends: %s', reason => {
    const ended = pod({}, { phase: 'Failed', reason, message: 'no room' })
    expect(judgePull(ended, asked)).toEqual({ verdict: 'unschedulable', message: `${reason}: no room` })
    const mute = pod({}, { phase: 'Failed', reason })
    expect(judgePull(mute, asked)).toEqual({ verdict: 'unschedulable', message: reason })
  })

  test('that someone deleted has failed, and is reported as gone', () => {
    const message = 'the pod was deleted by someone else, or its node is gone'
    expect(judgePull(undefined, asked)).toEqual({ verdict: 'failed', cause: 'gone', message })
  })

  test('that exceeded its deadline is slow', () => {
    expect(judgePull(pod({}, { phase: 'Failed', reason: 'DeadlineExceeded' }), asked).verdict).toBe('slow')
  })

  test('that hangs shows the last warning about its network', () => {
    const events = [
      { pod: 'p', reason: 'FailedCreatePodSandBox', message: 'no IP addresses available' },
      { pod: 'p', reason: 'Other', message: 'x' },
    ]
    const silent = { verdict: undefined, doing: 'silent', message: 'no IP addresses available' }
    expect(judgePull(pod(), asked, events)).toEqual(silent)
    expect(judgePull(waiting('ContainerCreating'), asked, events)).toEqual(silent)
    const earlier = { pod: 'p', reason: 'FailedCreatePodSandBox', message: 'an earlier one' }
    expect(judgePull(pod(), asked, [earlier, ...events])).toEqual(silent)
    expect(judgePull(pod(), asked, events.slice(1))).toEqual({ ...silent, message: 'x' })
    expect(judgePull(pod(), asked)).toEqual({ ...silent, message: '' })
  })

  const network = { pod: 'p', reason: 'FailedCreatePodSandBox', message: '' }
  // From a real node.
  const unresolved = {
    pod: 'p',
    reason: 'MissingClusterDNS',
    message: 'kubelet does not have ClusterDNS IP configured',
  }
  const begun = { pod: 'p', reason: 'Pulling', message: `Pulling image "${image}"` }
  const creating = waiting('ContainerCreating')
  test.each([
    ['silent', 'whose container has no state', pod(), []],
    ['silent', 'whose container has no state, even with a sandbox', pod({}, { hasSandbox: true }), []],
    ['silent', 'that gets no sandbox', creating, [network]],
    ['quiet', 'that its node has taken', creating, []],
    ['starting', 'with a sandbox', { ...creating, hasSandbox: true }, []],
    ['starting', 'with a sandbox at last', { ...creating, hasSandbox: true }, [network]],
    ['held', 'whose first containers are not ours', { ...creating, hasSandbox: true, initContainers: ['mesh'] }, []],
    [
      'held',
      'that pulls only what runs first',
      { ...creating, initContainers: ['mesh'] },
      [{ ...begun, message: 'Pulling image "nowhere.example/mesh:v1"' }],
    ],
    [
      'pulling',
      'that pulls its own image after others',
      { ...creating, initContainers: ['mesh'] },
      [{ ...begun, message: `Pulling image "${image}"` }],
    ],
    ['pulling', 'that pulls, and shows no sandbox meanwhile', creating, [begun]],
    ['pulling', 'that pulls after trouble with its sandbox', creating, [network, begun]],
    ['pulling', 'that pulls, and has no status yet', pod(), [begun]],
    ['pulling', 'that pulls, whatever was before', pod(), [unresolved, begun]],
  ])('is %s %s', (doing, _, each, events) => {
    const judged = judgePull(each, asked, events)
    expect(judged).toMatchObject({ verdict: undefined, doing })
    // A container that the cluster runs first can have the same image.
    const message = each.initContainers.length > 0 ? 'the cluster runs mesh before the pull' : ''
    if (doing === 'pulling') expect(judged.message).toBe(message)
  })

  test('shows since when its image has been pulled, which comes after the others of the pod', () => {
    const other = {
      pod: 'p',
      reason: 'Pulling',
      message: 'Pulling image "contosoacr.azurecr.io/team/other:v1"',
      seenAt: 5,
    }
    const second = { ...asked, container: 'image-1', reference: 'contosoacr.azurecr.io/team/other:v1' }
    const pair = {
      ...creating,
      containers: [
        ...creating.containers,
        ...waiting('ContainerCreating').containers.map(each => ({ ...each, name: 'image-1', image: second.reference })),
      ],
    }
    expect(judgePull(pair, asked, [other])).toMatchObject({ doing: 'starting' })
    expect(judgePull(pair, second, [other])).toMatchObject({ doing: 'pulling', since: 5 })
    expect(judgePull(pair, asked, [other, { ...begun, seenAt: 70 }])).toMatchObject({ doing: 'pulling', since: 70 })
    // The node reports nothing of the first one until it has tried all of them.
    const failure = {
      pod: 'p',
      reason: 'Failed',
      message: `Failed to pull image "${second.reference}": dial tcp: i/o timeout`,
    }
    const error = { pod: 'p', reason: 'Failed', message: 'Error: ErrImagePull' }
    expect(judgePull(pair, second, [other, failure, error])).toMatchObject({
      verdict: 'unreachable',
      cause: 'connection',
    })
    expect(judgePull(pair, asked, [other, failure, error])).toMatchObject({ verdict: undefined, message: '' })
  })

  test.each([
    ['its node was set to n2', 'n2'],
    ['its node was removed', ''],
  ])('proves nothing on another node: %s', (message, node) => {
    for (const each of [pod({ imageId: 'x' }, { node }), { ...waiting('ErrImagePull', '401'), node }])
      expect(judgePull(each, asked)).toEqual({ verdict: 'changed', message })
  })

  test('shows which containers the cluster runs before the pull', () => {
    const initContainers = ['mesh', 'vault']
    const before = 'the cluster runs mesh, vault before the pull'
    expect(judgePull(pod({}, { initContainers }), asked).message).toBe(before)
    const events = [{ pod: 'p', reason: 'BackOff', message: 'crashed' }]
    expect(judgePull(pod({}, { initContainers }), asked, events).message).toBe(`${before}: crashed`)
    expect(judgePull(pod(), asked, events).message).toBe('crashed')
    expect(judgePull(pod(), asked, [begun]).message).toBe('')
  })

  test.each([
    ['secrets', 'the pull secrets a, b', pod({}, { pullSecrets: ['attach-acr-no-secret-r', 'a', 'b'] })],
    ['another secret', 'the pull secret mine', pod({}, { pullSecrets: ['attach-acr-no-secret-r', 'mine'] })],
    ['another image', 'replaced by mirror.io/app', pod({ image: 'mirror.io/app', imageId: 'x' })],
    ['a kept image', 'imagePullPolicy was set to IfNotPresent', pod({ pullPolicy: 'IfNotPresent', imageId: 'x' })],
    ['no container', 'removed', pod({}, { containers: [] })],
    ['another command', 'command was set to /agent /run', pod({ command: ['/agent', '/run'], imageId: 'x' })],
    ['arguments', 'command was set to', pod({ command: [programOf('r'), '--run'], imageId: 'x' })],
    ['the command of another run', 'command was set to', pod({ command: [programOf('s')], imageId: 'x' })],
    ['no command', 'command was removed', pod({ command: [], imageId: 'x' })],
    ['another selector', 'node selector or affinity', pod({}, { phase: 'Failed', reason: 'NodeAffinity' })],
    ['something that runs', 'it ran, although', pod({ hasRun: true, imageId: 'x' })],
  ])('that the cluster gave %s does not prove anything', (_, expected, changed) => {
    expect(judgePull(changed, asked)).toMatchObject({
      verdict: 'changed',
      message: expect.stringContaining(expected) as string,
    })
  })

  test('names only the beginning of a long command', () => {
    const { message = '' } = judgePull(pod({ command: ['sh', '-c', 'x'.repeat(5000)] }), asked)
    expect(message).toHaveLength(123)
  })

  test('can have its tag pinned to a digest', () => {
    expect(judgePull(pod({ image: `${image}@sha256:0a`, imageId: 'x' }), asked).verdict).toBe('pulled')
  })
})

test('signatures are removed from URLs, complete or truncated', () => {
  const blob = 'https://weu.blob.core.windows.net/0a/data'
  expect(withoutSignatures(`Get "${blob}?se=2026&sig=abc%2F&sp=r": EOF`)).toBe(`Get "${blob}?…": EOF`)
  expect(withoutSignatures('…&sig=abc%2F&sp=r: EOF')).toBe('… EOF')
  expect(withoutSignatures('bucket?X-Amz-Signature=abc&X-Amz-Date=1')).toBe('bucket')
  expect(withoutSignatures('https://x.example/a?b=1')).toBe('https://x.example/a?b=1')
  expect(withoutSignatures(denied)).toBe(denied)
})

test.each([
  'HTTPS://WEU.BLOB.CORE.WINDOWS.NET/0a/data?SE=2026&SIG=TOPsecret%2Fx%3D&SP=r',
  'https%3A%2F%2Fweu.blob.core.windows.net%2F0a%3Fse%3D2026%26sig%3DTOPsecret%252Fx%253D%26sp%3Dr',
  'https%3a%2f%2fweu.blob.core.windows.net%2f0a%3fsig%3dTOPsecret%252fx%253d',
  'https://proxy.corp/deny?url=https%3A%2F%2Fweu.blob.core.windows.net%2F0a%3Fsig%3DTOPsecret%252Fx',
  '{"url":"https://weu.blob.core.windows.net/0a?sp=r\\u0026sig=TOPsecret%2Fx"}',
  '<a href="https://weu.blob.core.windows.net/0a?sp=r&amp;sig=TOPsecret%2Fx%3D">',
  '%253Fsig%253DTOPsecret%25252Fx',
  'x?Sig=TOPsecret',
  'bucket?X-Amz-Signature=TOPsecret&X-Amz-Date=1',
])('a signature is removed from %s', text => {
  expect(withoutSignatures(text)).not.toMatch(/TOPsecret/i)
})
