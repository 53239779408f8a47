import { parse, stringify } from 'yaml'
import { memoize } from 'kernel'

interface Kubeconfig {
  'current-context'?: string
  contexts?: { name: string; context?: { cluster?: string } }[]
  clusters?: { name: string; cluster?: { server?: string } }[]
  users?: { name: string; user?: Record<string, unknown> }[]
}

/** Reads a kubeconfig once: it takes some milliseconds, and each process of a cluster needs it. */
const read = memoize((kubeconfig: string) => (parse(kubeconfig) ?? {}) as Kubeconfig)

/** Sign-in methods that need a program or a person: kubelogin, and its predecessor in kubectl. */
const interactive = ['exec', 'auth-provider']

/** Whether a text is a kubeconfig that names a cluster and a user; a truncated answer is not. */
export function isKubeconfig(text: string): boolean {
  try {
    const { clusters, users } = read(text) as { clusters?: unknown; users?: unknown }
    return [clusters, users].every(list => Array.isArray(list) && list.length > 0)
  } catch {
    return false
  }
}

/** The URL of the API server that a kubeconfig points kubectl to; empty if it names none. */
export function serverOf(kubeconfig: string): string {
  const { 'current-context': current, contexts = [], clusters = [] } = read(kubeconfig)
  const used = contexts.find(({ name }) => name === current)?.context?.cluster
  return (clusters.find(({ name }) => name === used) ?? clusters[0])?.cluster?.server ?? ''
}

/** Whether a kubeconfig needs a token for the AKS server application, instead of containing a credential. */
export function wantsEntraToken(kubeconfig: string): boolean {
  return usersOf(read(kubeconfig)).some(user => interactive.some(key => key in user))
}

/**
 * What kubectl is given of a cluster and of a user. Anything else of a kubeconfig can start a program, read files of the runner, leave TLS unverified, or name a
 * proxy of its own (client-go, `clientcmd/api/v1/types.go`), also where only kubectl sees it, behind a merge key of YAML.
 */
const passed = {
  cluster: ['server', 'certificate-authority-data'],
  user: ['token', 'client-certificate-data', 'client-key-data', 'username', 'password'],
}

/** The kubeconfig for kubectl: without anything but addresses, certificates and secrets, and with the token in place of an interactive sign-in. */
export function withToken(kubeconfig: string, token: string): string {
  const { contexts = [], clusters = [], users = [], ...config } = read(kubeconfig)
  const pick = (fields: object = {}, names: readonly string[]): object =>
    Object.fromEntries(
      Object.entries(fields).filter(([name, value]) => names.includes(name) && typeof value === 'string'),
    )
  const isInteractive = (user: object = {}): boolean => interactive.some(key => key in user)
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': config['current-context'],
    contexts: contexts.map(({ name, context }) => ({ name, context: pick(context, ['cluster', 'user', 'namespace']) })),
    clusters: clusters.map(({ name, cluster }) => ({ name, cluster: pick(cluster, passed.cluster) })),
    users: users.map(({ name, user }) => ({ name, user: isInteractive(user) ? { token } : pick(user, passed.user) })),
  })
}

/** All secrets of a kubeconfig, to be masked. */
export function secretsOf(kubeconfig: string): string[] {
  const secrets = usersOf(read(kubeconfig)).flatMap(user => [user.token, user.password, user['client-key-data']])
  return secrets.filter((secret): secret is string => typeof secret === 'string' && secret !== '')
}

function usersOf({ users = [] }: Kubeconfig): Record<string, unknown>[] {
  return users.map(({ user }) => user ?? {})
}
