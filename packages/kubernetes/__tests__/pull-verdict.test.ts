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

const anonymous = `failed to authorize: failed to fetch anonymous token: unexpected status from GET request to ${token}: 401 Unauthorized`
const denied = `${failure}${anonymous}`
const notAdmitted = `image pull failed for ${image} because the registry is unavailable.`

/**
 * Messages from public issues and the source code of kubelets and containerd, below what each means; those of a real kubelet are in recorded-pulls. FAILURE is
 * what containerd says first.
 */
const messages = `
denied no-credential
  FAILURE: pull access denied: authorization failed: no basic auth credentials
denied role
  FAILURE: pull access denied: server message: insufficient_scope: authorization failed
denied
  unauthorized: authentication required, visit https://aka.ms/acr/authorization for more.
  errors:\\ndenied: requested access to the resource is denied\\n
  # The streaming proxy passes on what the registry refuses.
  FAILURE: unexpected status from HEAD request to http://localhost:8578/v2/a/manifests/v1?ns=x.azurecr.io: 401 Unauthorized
not-found
  manifest unknown: manifest tagged by "v1" is not found
not-found locked
  # From containerd 1.7 at the simulated registry.
  [FAILURE: unexpected status from GET request to https://x.azurecr.io/v2/a/manifests/v1: 405 Method Not Allowed, DENIED]
unreachable data-endpoint
  unexpected status code https://x.westeurope.data.azurecr.io/0a/data: 403 Forbidden
unreachable firewall
  FAILURE: denied: client with IP '20.1.2.3' is not allowed access.
unreachable proxy
  FAILURE: unexpected status from HEAD request to https://x.io/v2/a/manifests/v1: 407 Proxy Authentication Required
  FAILURE: failed to do request: Head "https://contosoacr.azurecr.io/v2/team/app/manifests/v1": Forbidden
  FAILURE: failed to do request: Head "https://contosoacr.azurecr.io/v2/team/app/manifests/v1": Proxy Authentication Required
  FAILURE: failed to do request: Head "https://x.io/v2/": proxyconnect tcp: dial tcp: lookup proxy.corp on 10.0.0.10:53: no such host
unreachable dns
  dial tcp: lookup contosoacr.azurecr.io: i/o timeout
unreachable upstream
  FAILURE: unexpected status from HEAD request to https://x.io/v2/: 424 Failed Dependency
  FAILURE: unexpected status from GET request to https://x.io/v2/: 502 Bad Gateway
  FAILURE: unexpected status from GET request to https://x.io/v2/: 401 Unauthorized: unauthorized: authentication required with source registry for cache rule 'docker-io'
  FAILURE: unexpected status from GET request to https://x.io/v2/: 429 Too Many Requests: too many requests to source registry for cache rule 'docker-io'
unreachable streaming
  # Azure/acr issues 739, 743, 599 and 754.
  FAILURE: failed to do request: Head "http://localhost:8578/v2/a/manifests/v1?ns=x.azurecr.io": EOF
  FAILURE: failed to do request: Head "https://localhost:8578/v2/a/manifests/v1?ns=x.azurecr.io": context canceled
  FAILURE: failed to do request: Head "http://127.0.0.1:8578/v2/a/manifests/v1?ns=x.azurecr.io": EOF
  FAILURE: unexpected status from HEAD request to http://localhost:8578/v2/a/manifests/v1?ns=x.azurecr.io: 503 Service Unavailable
  FAILURE: unexpected status from HEAD request to http://127.0.0.1:8578/v2/a/manifests/v1?ns=x.azurecr.io: 500 Internal Server Error
unreachable connection
  ${notAdmitted}
rate-limited
  toomanyrequests: Too many requests. Please visit https://aka.ms/acr/skus
failed
  failed to pull and unpack image "${image}": failed to extract layer: invalid tar header
failed kubelet-limit
  pull QPS exceeded
`
const meanings = [...messages.matchAll(/^(\S+)(?: (\S+))?\n((?: {2}.*\n)+)/gm)].flatMap(
  ([, verdict, cause, texts = '']) =>
    texts.match(/(?<=^ {2})[^#].*$/gm)?.map(text => {
      const whole = text.replace('FAILURE: ', failure).replace('DENIED', denied).replaceAll('\\n', '\n')
      return [verdict, cause, whole] as const
    }) ?? [],
)

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

const event = (reason: string, message: string): PodEvent => ({ pod: 'p', reason, message })
const waiting = (reason: string, message = ''): ProbePod => pod({ state: 'waiting', reason, message })

describe('a message of a failed pull', () => {
  test.each([...meanings, ['failed', undefined, ''] as const])(
    'means %s, with the cause %s: %s',
    (verdict, cause, text) => {
      const judged = judgeMessage(text)
      expect([judged.verdict, judged.cause]).toEqual([verdict, cause])
      expect(judgePull(waiting('ErrImagePull', text), asked).verdict).toBe(verdict)
      // Since Kubernetes 1.32, kubelets repeat it during the back-off.
      const backOff = `Back-off pulling image "${image}": ErrImagePull: ${text}`
      expect(judgePull(waiting('ImagePullBackOff', backOff), asked).verdict).toBe(verdict)
    },
  )

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
    [`x Back-off pulling image "x": ErrImagePull: EOF`, `x Back-off pulling image "x": ErrImagePull: EOF`],
    ['\n errors:\n  denied \n', 'errors: denied'],
    ['x'.repeat(700), 'x'.repeat(600)],
  ])('is shown without repetitions, on one line, and shortened: %j', (text, shown) => {
    expect(shorten(text)).toBe(shown)
  })

  test('is taken from the events if a back-off gives no reason', () => {
    const backOff = waiting('ImagePullBackOff', `Back-off pulling image "${image}"`)
    const events = [
      event('Failed', `Failed to pull image "${image}": ${denied}`),
      event('Failed', 'Error: ErrImagePull'),
    ]
    const { verdict, message } = judgePull(backOff, asked, events)
    expect([verdict, /401/.test(message)]).toEqual(['denied', true])
    expect(judgePull(backOff, asked, []).verdict).toBe('failed')
    // Some first failures don't either.
    expect(judgePull(waiting('ErrImagePull'), asked, events).verdict).toBe('denied')
    const ofAnother = `Failed to pull image "${image}0": ${denied}`
    expect(judgePull(backOff, asked, [event('Failed', ofAnother)]).verdict).toBe('failed')
  })

  test('that gives a reason takes precedence over the events', () => {
    const events = [event('Failed', `Failed to pull image "${image}": ${denied}`)]
    expect(judgePull(waiting('ErrImagePull', 'dial tcp: i/o timeout'), asked, events)).toEqual({
      verdict: 'unreachable',
      cause: 'connection',
      message: 'dial tcp: i/o timeout',
    })
  })
})

/** The errors of several credentials, as the kubelet joins them. */
const part = (cause: string): string => `rpc error: code = Unknown desc = ${failure}${cause}`
const joined = (...causes: string[]): string => `[${causes.map(part).join(', ')}]`
const waits = (message: string): ProbePod => waiting('ErrImagePull', message)
const unnamed = 'failed to authorize: failed to fetch anonymous token: unexpected status: 401 Unauthorized'
const role = 'pull access denied: insufficient_scope: authorization failed'
const stale = 'failed to authorize: failed to fetch oauth token: unexpected status: 401 Unauthorized'
const missing = `${image}: not found`
const timeout = 'dial tcp 20.1.2.3:443: i/o timeout'
const byAddress = 'lookup x on [fd00::10]:53: no such host'

describe('the errors of several credentials', () => {
  test.each([
    ['a refused anonymous token does not count, first', [unnamed, role], 'denied', 'role'],
    ['a refused anonymous token does not count, last', [stale, unnamed], 'denied', 'stale-credential'],
    ['refused anonymous tokens alone count', [unnamed, unnamed], 'denied', 'no-credential'],
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

  test.each([
    ['the first', [missing, unnamed], missing],
    ['the last, without the bracket that ends the list', [unnamed, missing], missing],
    ['the last, with brackets of its own', [unnamed, byAddress], byAddress],
    ["one, with a bracket at its end that is not the list's", ['no such host [::1]', role], 'no such host [::1]'],
  ])('are shown by the one that decides: %s', (_, causes, shown) => {
    for (const start of ['', `Back-off pulling image "${image}": ErrImagePull: `])
      expect(judgePull(waits(`${start}${joined(...causes)}`), asked).message).toBe(shown)
    expect(judgeMessage(joined(...causes)).message).toBe(shown)
  })

  test('are no list if there is only one, whose bracket stays', () => {
    expect(judgePull(waits(part('no such host [::1]')), asked).message).toBe('no such host [::1]')
  })

  test('take precedence over the events if one of them is understood', () => {
    const events = [event('Failed', `Failed to pull image "${image}": ${part(timeout)}`)]
    expect(judgePull(waits(joined(unnamed, role)), asked, events).cause).toBe('role')
    expect(judgePull(waits(joined('something new', role)), asked, events).message).toBe('something new')
    expect(judgePull(waits(joined('something new', 'more')), asked, events).cause).toBe('connection')
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
    const ofImage = (name: string) => event('Pulled', `Successfully pulled image "${name}" in 1s`)
    const creating = waiting('ContainerCreating')
    const early = { verdict: 'pulled', message: '', doing: 'starting' }
    expect(judgePull(creating, asked, [ofImage(image)])).toEqual(early)
    expect(judgePull(pod(), asked, [ofImage(image)])).toEqual(early)
    expect(judgePull(creating, asked, [ofImage('contosoacr.azurecr.io/team/other:v1')]).verdict).toBeUndefined()
    // A webhook may have added an init container with the same image.
    expect(judgePull({ ...creating, initContainers: ['mesh'] }, asked, [ofImage(image)]).verdict).toBeUndefined()
    // A policy may pin the tag.
    const pinned = `${image}@sha256:${'0'.repeat(64)}`
    expect(judgePull(pod({ image: pinned }), asked, [ofImage(pinned)])).toEqual(early)
    // A pod that the cluster changed proves nothing, and what the status says counts.
    expect(judgePull({ ...creating, node: 'n2' }, asked, [ofImage(image)]).verdict).toBe('changed')
    expect(judgePull(waiting('CreateContainerError'), asked, [ofImage(image)]).verdict).toBe('failed')
    expect(judgePull(pod({ imageId: 'x@sha256:0a' }), asked, [ofImage(image)])).not.toHaveProperty('doing')
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
    const unavailable = { verdict: 'unreachable', cause: 'connection' }
    expect(judgePull(waiting('RegistryUnavailable', notAdmitted), asked)).toMatchObject(unavailable)
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
    const events = [event('FailedCreatePodSandBox', 'no IP addresses available'), event('Other', 'x')]
    const silent = { verdict: undefined, doing: 'silent', message: 'no IP addresses available' }
    expect(judgePull(pod(), asked, events)).toEqual(silent)
    expect(judgePull(waiting('ContainerCreating'), asked, events)).toEqual(silent)
    const earlier = event('FailedCreatePodSandBox', 'an earlier one')
    expect(judgePull(pod(), asked, [earlier, ...events])).toEqual(silent)
    expect(judgePull(pod(), asked, events.slice(1))).toEqual({ ...silent, message: 'x' })
    expect(judgePull(pod(), asked)).toEqual({ ...silent, message: '' })
  })

  const network = event('FailedCreatePodSandBox', '')
  // From a real node.
  const unresolved = event('MissingClusterDNS', 'kubelet does not have ClusterDNS IP configured')
  const begun = event('Pulling', `Pulling image "${image}"`)
  const ofMesh = event('Pulling', 'Pulling image "nowhere.example/mesh:v1"')
  const creating = waiting('ContainerCreating')
  const inMesh = { ...creating, initContainers: ['mesh'] }
  test.each([
    ['silent', 'whose container has no state', pod(), []],
    ['silent', 'whose container has no state, even with a sandbox', pod({}, { hasSandbox: true }), []],
    ['silent', 'that gets no sandbox', creating, [network]],
    ['quiet', 'that its node has taken', creating, []],
    ['starting', 'with a sandbox', { ...creating, hasSandbox: true }, []],
    ['starting', 'with a sandbox at last', { ...creating, hasSandbox: true }, [network]],
    ['held', 'whose first containers are not ours', { ...inMesh, hasSandbox: true }, []],
    ['held', 'that pulls only what runs first', inMesh, [ofMesh]],
    ['pulling', 'that pulls its own image after others', inMesh, [begun]],
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
    const other = { ...event('Pulling', 'Pulling image "contosoacr.azurecr.io/team/other:v1"'), seenAt: 5 }
    const second = { ...asked, container: 'image-1', reference: 'contosoacr.azurecr.io/team/other:v1' }
    const more = creating.containers.map(each => ({ ...each, name: 'image-1', image: second.reference }))
    const pair = { ...creating, containers: [...creating.containers, ...more] }
    expect(judgePull(pair, asked, [other])).toMatchObject({ doing: 'starting' })
    expect(judgePull(pair, second, [other])).toMatchObject({ doing: 'pulling', since: 5 })
    expect(judgePull(pair, asked, [other, { ...begun, seenAt: 70 }])).toMatchObject({ doing: 'pulling', since: 70 })
    // The node reports nothing of the first one until it has tried all of them.
    const late = event('Failed', `Failed to pull image "${second.reference}": dial tcp: i/o timeout`)
    const events = [other, late, event('Failed', 'Error: ErrImagePull')]
    expect(judgePull(pair, second, events)).toMatchObject({ verdict: 'unreachable', cause: 'connection' })
    expect(judgePull(pair, asked, events)).toMatchObject({ verdict: undefined, message: '' })
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
    const events = [event('BackOff', 'crashed')]
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
  'bucket?X-Goog-Signature=TOPsecret',
  'https://x.example/oauth2/token?access_token=TOPsecret',
  'https://x.example/oauth2/token?refresh_token=TOPsecret',
])('a signature is removed from %s', text => {
  expect(withoutSignatures(text)).not.toMatch(/TOPsecret/i)
})
