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

/** The kubeconfig with the token in place of the interactive sign-in. */
export function withToken(kubeconfig: string, token: string): string {
  const config = structuredClone(read(kubeconfig))
  for (const entry of config.users ?? []) {
    if (interactive.some(key => key in (entry.user ?? {}))) entry.user = { token }
  }
  return stringify(config)
}

/** All secrets of a kubeconfig, to be masked. */
export function secretsOf(kubeconfig: string): string[] {
  const secrets = usersOf(read(kubeconfig)).flatMap(user => [user.token, user.password, user['client-key-data']])
  return secrets.filter((secret): secret is string => typeof secret === 'string' && secret !== '')
}

function usersOf({ users = [] }: Kubeconfig): Record<string, unknown>[] {
  return users.map(({ user }) => user ?? {})
}
