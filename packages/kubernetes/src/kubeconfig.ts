import { parse, stringify } from 'yaml'
import { memoize } from 'kernel'

/** What kubectl gets of a kubeconfig: the address of one API server, and how to sign in there. */
interface KubeconfigAccess {
  /** The URL of the API server. */
  server: string
  cluster: Fields
  /** Undefined if signing in needs a program or a person. */
  user: Fields | undefined
}

type Fields = Readonly<Record<string, unknown>>

/**
 * The fields of a cluster and of a user that kubectl gets. All others could start a program, read files of the runner, leave TLS unverified, name a proxy
 * of their own, or act as somebody else (client-go, `clientcmd/api/v1/types.go`).
 */
const passed = {
  cluster: ['server', 'certificate-authority-data'],
  user: ['token', 'client-certificate-data', 'client-key-data', 'username', 'password'],
}

/** Sign-in methods that need a program or a person: kubelogin, and its predecessor in kubectl. */
const interactive = ['exec', 'auth-provider']

/** Reads a kubeconfig once: it takes some milliseconds, and each process of a cluster needs it. */
const read = memoize((kubeconfig: string): { access: KubeconfigAccess } | { fault: string; isBroken: boolean } => {
  try {
    // As kubectl does: with merge keys, and every value as the text that is there. Aliases that would expand to a flood are refused by the parser.
    const config = fieldsOf(parse(kubeconfig, { schema: 'failsafe', merge: true }))
    if ([config.clusters, config.users].some(list => !Array.isArray(list) || list.length === 0))
      return { fault: 'it is incomplete', isBroken: true }
    return accessOf(config)
  } catch {
    // The parser's message quotes the line, which can be a secret's.
    return { fault: 'it is not YAML', isBroken: true }
  }
})

/** What the current context names, as kubectl looks it up. */
function accessOf(config: Fields): ReturnType<typeof read> {
  const unusable = (fault: string) => ({ fault, isBroken: false })
  const context = find(config.contexts, config['current-context'], 'context')
  if (!context) return unusable('its current-context names no context')
  const cluster = find(config.clusters, context.cluster, 'cluster')
  if (!cluster) return unusable('its context names no cluster')
  const user = find(config.users, context.user, 'user')
  if (!user) return unusable('its context names no user')
  const { server } = cluster
  if (typeof server !== 'string' || !isServer(server)) return unusable('its server is not an https URL')
  const isInteractive = interactive.some(key => typeof user[key] === 'object')
  const given = isInteractive ? undefined : pick(user, passed.user)
  const hasCertificate = given && 'client-certificate-data' in given && 'client-key-data' in given
  if (given && !hasCertificate && !('token' in given || 'password' in given))
    return unusable('its user has neither a token nor a client certificate')
  return { access: { server, cluster: pick(cluster, passed.cluster), user: given } }
}

/** The first entry of a list that has the name; kubectl refuses lists with several. */
function find(list: unknown, name: unknown, field: string): Fields | undefined {
  const entries = Array.isArray(list) ? list.map(fieldsOf) : []
  const entry = typeof name === 'string' ? entries.find(each => each.name === name) : undefined
  return entry && fieldsOf(entry[field])
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}
}

function pick(fields: Fields, names: readonly string[]): Fields {
  return Object.fromEntries(
    names.flatMap(name => {
      const value = fields[name]
      return typeof value === 'string' && value !== '' ? [[name, value]] : []
    }),
  )
}

/** Whether a text is the address of an API server: a token and all requests go there. */
function isServer(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, username, password, search, hash } = new URL(text)
  return protocol === 'https:' && !`${username}${password}${search}${hash}`
}

/**
 * Why kubectl can't get a kubeconfig; undefined if it can.
 * @returns `isBroken` if a part may be missing, as in a truncated answer
 */
export function faultOf(kubeconfig: string): { fault: string; isBroken: boolean } | undefined {
  const found = read(kubeconfig)
  return 'fault' in found ? found : undefined
}

/** @throws Error for a kubeconfig with a fault */
function accessIn(kubeconfig: string): KubeconfigAccess {
  const found = read(kubeconfig)
  if ('fault' in found) throw new Error(found.fault)
  return found.access
}

/** The URL of the API server. */
export function serverOf(kubeconfig: string): string {
  return accessIn(kubeconfig).server
}

/** Whether a kubeconfig needs a token for the AKS server application, instead of containing a credential. */
export function wantsEntraToken(kubeconfig: string): boolean {
  return accessIn(kubeconfig).user === undefined
}

/** The kubeconfig for kubectl, written from scratch: the API server, and its own credential or the token in place of an interactive sign-in. */
export function withToken(kubeconfig: string, token: string): string {
  const { cluster, user = { token } } = accessIn(kubeconfig)
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'aks',
    contexts: [{ name: 'aks', context: { cluster: 'aks', user: 'aks' } }],
    clusters: [{ name: 'aks', cluster }],
    users: [{ name: 'aks', user }],
  })
}

/** The secrets that kubectl gets from a kubeconfig, to be masked. */
export function secretsOf(kubeconfig: string): string[] {
  const { user = {} } = accessIn(kubeconfig)
  return [user.token, user.password, user['client-key-data']].flatMap(secret => (secret as string | undefined) ?? [])
}
