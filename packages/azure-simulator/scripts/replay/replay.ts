import { setTimeout } from 'node:timers/promises'
import { connect, textOf, type Answer, type RawClient } from '../../src/client.js'
import { startSimulator, type Simulator } from '../../src/index.js'
import { maskedSubject, readClaims } from '../../src/recording/sanitize.js'
import {
  compareClaims,
  compareErrors,
  compareServiceHeaders,
  compareShapes,
  type Recording,
} from '../../src/recording/shapes.js'
import { createReplayWorld, type Caller, type ReplayWorld } from './world.js'

/** How the simulator's answer to a recorded request differs; `lines` is empty if it doesn't. */
export interface Difference {
  readonly recording: Recording
  /** One line per difference: status, header, key, type, error text, claim, and the simulator's problems. */
  readonly lines: readonly string[]
}

const hourMs = 3_600_000

/** How long a command may run in the simulated cluster's shell, in real time: nothing shortens that. */
const shellMs = 60_000

/**
 * Repeats all recorded requests in order, against a simulator whose world is derived from the recordings. Values from
 * recorded answers, such as tokens and operation URLs, are replaced in later requests by the simulator's own.
 */
export async function replay(recordings: readonly Recording[]): Promise<Difference[]> {
  const replayWorld = createReplayWorld(recordings)
  const { world } = replayWorld
  // Operations run until the recording shows their end.
  Object.assign(world.timing, { importMs: hourMs, clusterUpdateMs: hourMs, runCommandStartMs: hourMs })
  const simulator = await startSimulator({ world })
  try {
    const client = connect(simulator)
    const known = new Map(replayWorld.known).set(maskedSubject, simulator.subject)
    const differences: Difference[] = []
    for (const recording of recordings) {
      const before = simulator.problems.length
      // An ID that a request gives is the simulator's too, whatever has its place in another list.
      for (const id of JSON.stringify(recording.request).match(madeIds) ?? []) if (!known.has(id)) known.set(id, id)
      const stage = { client, simulator, known, replayWorld }
      let answer = await ask(recording, stage)
      for (const until = Date.now() + shellMs; isStillRunning(recording, answer) && Date.now() < until;) {
        await setTimeout(100)
        answer = await ask(recording, stage)
      }
      learn(recording, answer, known)
      // Mistakes of a rejected caller were also in the recording.
      const problems = recording.response.status === 401 ? [] : simulator.problems.slice(before)
      differences.push({
        recording,
        lines: [
          ...compareShapes(recording, answer),
          ...compareServiceHeaders(recording, answer),
          ...compareErrors(recording, answer),
          ...compareClaims(recording, claimsOf(answer)),
          ...problems.map(problem => `the simulator: ${problem}`),
        ],
      })
    }
    return differences
  } finally {
    await simulator.close()
  }
}

interface Stage {
  readonly client: RawClient
  readonly simulator: Simulator
  /** Maps recorded values to the simulator's own. */
  readonly known: Map<string, string>
  readonly replayWorld: ReplayWorld
}

async function ask({ request, response }: Recording, stage: Stage): Promise<Answer> {
  const { client, replayWorld } = stage
  const known = new Map(stage.known)
  const { world } = replayWorld
  const isSlow = (method: string, status: number): boolean => request.method === method && response.status === status
  world.timing.registryCreationMs = isSlow('PUT', 201) ? hourMs : 0
  world.timing.registryDeletionMs = isSlow('DELETE', 202) ? hourMs : 0
  if (isOver(response)) world.passTime(hourMs)
  for (const token of new Set(
    `${request.headers?.authorization ?? ''} ${JSON.stringify(request.body)}`.match(/token-\d+/g),
  )) {
    if (!known.has(token)) stage.known.set(token, await issue(request, replayWorld.caller, stage))
    known.set(
      token,
      isRefusal(response) ? await issue(request, replayWorld.stranger, stage) : (stage.known.get(token) ?? ''),
    )
  }
  const { authorization, accept } = request.headers ?? {}
  const isForm = request.headers?.['content-type']?.includes('form') === true
  const body = request.body === '' ? undefined : (translate(request.body, known) as Record<string, string>)
  // Secrets aren't recorded: if one was rejected, it wasn't the valid one.
  if (isForm && body?.client_secret !== undefined && response.status >= 400) body.client_secret = 'another'
  return client.send(request.method, known.get(keyOf(request.url)) ?? (translate(request.url, known) as string), {
    headers: {
      ...(authorization === undefined ? {} : { authorization: translate(authorization, known) as string }),
      ...(accept === undefined ? {} : { accept }),
    },
    ...(body === undefined ? {} : { body: isForm ? new URLSearchParams(body) : body }),
  })
}

/** Whether an answer is the last one of a long-running operation, or unrelated to any. */
function isOver({ status, body }: Recording['response']): boolean {
  const { status: state, properties } = (typeof body === 'object' && body !== null ? body : {}) as {
    status?: string
    properties?: { provisioningState?: string }
  }
  const text = state ?? properties?.provisioningState
  return status !== 202 && (text === undefined || /^(succeeded|failed|canceled)$/i.test(text))
}

/** Whether a command runs whose end was recorded. */
const isStillRunning = ({ request, response }: Recording, answer: Answer): boolean =>
  request.url.includes('/commandResults/') && response.status === 200 && answer.status === 202

/** Whether the recorded caller lacked permission, so that another caller must repeat the request. */
const isRefusal = ({ status, body }: Recording['response']): boolean =>
  status === 403 && /"(AuthorizationFailed|Authorization_RequestDenied)"/.test(JSON.stringify(body))

/** A token for a service. */
async function issue(
  { url, headers }: Recording['request'],
  who: Caller,
  { client, replayWorld }: Stage,
): Promise<string> {
  const { host, pathname } = new URL(url)
  const { cloud } = replayWorld.world
  if (cloud.loginHosts.includes(host)) return client.idToken()
  const isRegistry = host.endsWith(cloud.registrySuffix)
  const resource = isRegistry
    ? 'https://containerregistry.azure.net'
    : `https://${host === cloud.graphHost ? cloud.graphHost : cloud.armHost}`
  const answer = await client.requestToken({
    client_id: who.clientId,
    client_secret: who.secret,
    scope: `${resource}/.default`,
  })
  const token = textOf(answer.json.access_token)
  if (!isRegistry || pathname === '/oauth2/exchange') return token
  // The registry's access token for it.
  const form = new URLSearchParams({ grant_type: 'access_token', service: host, access_token: token })
  const exchanged = await client.send('POST', `https://${host}/oauth2/exchange`, { body: form })
  const refreshToken = textOf(exchanged.json.refresh_token)
  if (headers?.authorization?.startsWith('Basic ') === true)
    return Buffer.from(`00000000-0000-0000-0000-000000000000:${refreshToken}`).toString('base64')
  if (pathname === '/oauth2/token') return refreshToken
  const repository = /^\/(?:v2|acr\/v1)\/(.+?)\/(?:manifests|tags|blobs|referrers|_)/.exec(
    decodeURIComponent(pathname),
  )?.[1]
  const scope = repository === undefined ? 'registry:catalog:*' : `repository:${repository}:pull,metadata_read`
  const access = await client.send('POST', `https://${host}/oauth2/token`, {
    body: new URLSearchParams({ grant_type: 'refresh_token', service: host, scope, refresh_token: refreshToken }),
  })
  return textOf(access.json.access_token)
}

/** Replaces recorded values with the simulator's own. */
function translate(value: unknown, known: ReadonlyMap<string, string>): unknown {
  let text = JSON.stringify(value)
  for (const placeholder of new Set(text.match(placeholders))) {
    const own = known.get(placeholder)
    if (own !== undefined) text = text.replaceAll(placeholder, own)
  }
  return JSON.parse(text) as unknown
}

const madeIds = /10000000-0000-4000-8000-\d{12}/g
const placeholders = new RegExp(`token-\\d+|${maskedSubject}|sha256:\\d{64}|${madeIds.source}`, 'g')

/** Remembers the simulator's counterparts of IDs, digests, tokens and URLs in the recorded answer. */
function learn({ response }: Recording, answer: Answer, known: Map<string, string>): void {
  const visit = (recorded: unknown, own: unknown): void => {
    if (typeof recorded === 'string' && typeof own === 'string') {
      if (recorded === own) return
      if (recorded.match(placeholders)?.[0] === recorded) {
        if (known.get(recorded) !== recorded) known.set(recorded, own)
      } else if (URL.canParse(recorded) && URL.canParse(own)) known.set(keyOf(recorded), own)
    } else if (typeof recorded === 'object' && typeof own === 'object' && recorded !== null && own !== null) {
      for (const [key, inner] of Object.entries(recorded)) visit(inner, (own as Record<string, unknown>)[key])
    }
  }
  visit(response.body, answer.json)
  visit(response.headers, answer.headers)
}

/** A URL in a canonical form. */
function keyOf(text: string): string {
  const url = new URL(text)
  url.searchParams.sort()
  return decodeURIComponent(`${url.origin}${url.pathname}`).toLowerCase() + url.search
}

function claimsOf({ json }: Answer): Record<string, Record<string, string>> {
  const found: Record<string, Record<string, string>> = {}
  for (const [key, value] of Object.entries((json as Record<string, unknown> | undefined) ?? {})) {
    const claims = typeof value === 'string' ? readClaims(value) : undefined
    if (claims !== undefined) found[key] = claims
  }
  return found
}
