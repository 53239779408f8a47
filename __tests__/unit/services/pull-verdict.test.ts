import { describe, expect, test } from 'vitest'
import type { PodStatus } from '../../../src/services/kubernetes/cluster-text.js'
import {
  finalPatterns,
  healing,
  healingPatterns,
  judgeMessage,
  judgePull,
  shorten,
} from '../../../src/services/kubernetes/verdict.js'

const image = 'contosoacr.azurecr.io/team/app:v1'
const failure = `failed to pull and unpack image "${image}": failed to resolve reference "${image}": `
const token =
  'https://contosoacr.azurecr.io/oauth2/token?scope=repository%3Ateam%2Fapp%3Apull&service=contosoacr.azurecr.io'

/** What kubelets and containerd really say: the forms of public issues and of their sources. */
const messages = {
  denied: [
    `${failure}failed to authorize: failed to fetch anonymous token: unexpected status from GET request to ${token}: 401 Unauthorized`,
    `${failure}failed to authorize: failed to fetch oauth token: unexpected status from POST request to ${token}: 401 Unauthorized`,
    `${failure}failed to authorize: failed to fetch anonymous token: unexpected status: 403 Forbidden`,
    `[rpc error: code = Unknown desc = ${failure}failed to authorize: failed to fetch oauth token: 401 Unauthorized, rpc error: code = NotFound desc = ${failure}${image}: not found]`,
    `${failure}pull access denied, repository does not exist or may require authorization: authorization failed: no basic auth credentials`,
    'unauthorized: authentication required, visit https://aka.ms/acr/authorization for more information.',
  ],
  'not-found': [
    `rpc error: code = NotFound desc = ${failure}${image}: not found`,
    `rpc error: code = NotFound desc = failed to pull and unpack image "${image}": no match for platform in manifest: not found`,
    `failed to pull and unpack image "${image}": failed to copy: httpReadSeeker: failed open: content at https://contosoacr.azurecr.io/v2/team/app/manifests/sha256:0a not found: not found`,
    'manifest unknown: manifest tagged by "v1" is not found',
  ],
  unreachable: [
    `${failure}failed to do request: Head "https://contosoacr.azurecr.io/v2/team/app/manifests/v1": dial tcp: lookup contosoacr.azurecr.io on 168.63.129.16:53: no such host`,
    `${failure}failed to do request: Head "https://contosoacr.azurecr.io/v2/team/app/manifests/v1": dial tcp 20.1.2.3:443: i/o timeout`,
    `${failure}failed to do request: Head "https://contosoacr.azurecr.io/v2/": tls: failed to verify certificate: x509: certificate signed by unknown authority`,
    `${failure}failed to authorize: failed to fetch anonymous token: Get "${token}": net/http: TLS handshake timeout`,
    `${failure}unexpected status from HEAD request to https://contosoacr.azurecr.io/v2/team/app/manifests/v1: 503 Service Unavailable`,
    `${failure}denied: client with IP '20.1.2.3' is not allowed access. Refer https://aka.ms/acr/firewall to grant access.`,
    `image pull failed for ${image} because the registry is unavailable.`,
  ],
  'rate-limited': [
    `${failure}unexpected status from HEAD request to https://contosoacr.azurecr.io/v2/team/app/manifests/v1: 429 Too Many Requests`,
    'toomanyrequests: Too many requests. Please visit https://aka.ms/acr/skus',
    'pull QPS exceeded',
  ],
  failed: [`failed to pull and unpack image "${image}": failed to extract layer: no space left on device`, ''],
} as const

const cases = Object.entries(messages).flatMap(([verdict, texts]) => texts.map(text => [verdict, text] as const))

const waiting = (reason: string, message = ''): PodStatus => ({
  phase: 'Pending',
  containerStatuses: [{ name: 'image-0', imageID: '', state: { waiting: { reason, message } } }],
})

describe('a message of a failed pull', () => {
  test.each(cases)('means %s: %s', (verdict, text) => {
    expect(judgeMessage(text)).toBe(verdict)
    expect(judgePull(waiting('ErrImagePull', text), 'image-0').verdict).toBe(verdict)
    // Kubelets since Kubernetes 1.32 repeat it while they back off.
    const backOff = `Back-off pulling image "${image}": ErrImagePull: ${text}`
    expect(judgePull(waiting('ImagePullBackOff', backOff), 'image-0').verdict).toBe(verdict)
  })

  test.each(cases)('is %s for the script of Run Command, too: %s', (verdict, text) => {
    const greps = (patterns: string[]): boolean => patterns.some(pattern => new RegExp(pattern, 'i').test(text))
    // The script tries again unless something final is said and nothing that heals.
    const isFinal = !greps(healingPatterns()) && greps(finalPatterns())
    expect(isFinal).toBe(!healing.includes(verdict as (typeof healing)[number]))
  })

  test('is told without what it repeats', () => {
    expect(shorten(messages['not-found'][0])).toBe(`${image}: not found`)
    expect(shorten(messages.denied[0])).toMatch(/^failed to authorize: .*401 Unauthorized$/)
  })

  test('comes from the events where a back-off does not say it', () => {
    const status = waiting('ImagePullBackOff', `Back-off pulling image "${image}"`)
    const events = [
      { pod: 'p', reason: 'Failed', message: `Failed to pull image "${image}": ${messages.denied[0]}` },
      { pod: 'p', reason: 'Failed', message: 'Error: ErrImagePull' },
    ]
    expect(judgePull(status, 'image-0', events)).toMatchObject({
      verdict: 'denied',
      message: expect.stringContaining('401') as string,
    })
    expect(judgePull(status, 'image-0', []).verdict).toBe('failed')
  })
})

describe('a container', () => {
  const terminated = (reason: string): PodStatus => ({
    phase: 'Failed',
    containerStatuses: [{ name: 'image-0', imageID: 'x@sha256:0a', state: { terminated: { reason } } }],
  })

  test.each([
    terminated('StartError'),
    terminated('ContainerCannotRun'),
    terminated('Error'),
    waiting('RunContainerError', 'exec: no such file or directory'),
    waiting('CreateContainerError', 'x'),
    waiting('CreateContainerConfigError', 'container has runAsNonRoot and image will run as root'),
    waiting('CrashLoopBackOff'),
    { containerStatuses: [{ name: 'image-0', state: { running: {} } }] },
  ])('that came to its start has its image: %j', status => {
    expect(judgePull(status, 'image-0')).toEqual({ verdict: 'pulled', message: '' })
  })

  test.each([{}, { phase: 'Pending' }, waiting('ContainerCreating'), waiting('PodInitializing')])(
    'tells nothing yet: %j',
    status => {
      expect(judgePull(status, 'image-0').verdict).toBeUndefined()
    },
  )

  test('is judged by its own image', () => {
    const status: PodStatus = {
      containerStatuses: [
        ...(terminated('StartError').containerStatuses ?? []),
        { name: 'image-1', state: { waiting: { reason: 'ErrImagePull', message: messages.denied[0] } } },
      ],
    }
    expect(judgePull(status, 'image-0').verdict).toBe('pulled')
    expect(judgePull(status, 'image-1').verdict).toBe('denied')
  })

  test('of a signature policy is refused', () => {
    expect(judgePull(waiting('SignatureValidationFailed', 'x'), 'image-0').verdict).toBe('refused')
  })
})

describe('a pod', () => {
  test.each(['OutOfpods', 'OutOfcpu', 'NodeAffinity', 'Evicted'])('that the kubelet does not take: %s', reason => {
    expect(judgePull({ phase: 'Failed', reason, message: 'no room' }, 'image-0')).toEqual({
      verdict: 'unschedulable',
      message: `${reason}: no room`,
    })
  })

  test('whose time was over is slow', () => {
    expect(judgePull({ phase: 'Failed', reason: 'DeadlineExceeded' }, 'image-0').verdict).toBe('slow')
  })

  test('that hangs says what the last warning said', () => {
    const events = [{ pod: 'p', reason: 'FailedCreatePodSandBox', message: 'no IP addresses available' }]
    expect(judgePull({ phase: 'Pending' }, 'image-0', events)).toEqual({
      verdict: undefined,
      message: 'no IP addresses available',
    })
  })
})
