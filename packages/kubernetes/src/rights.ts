import { once, type ActionError } from 'kernel'
import type { ProbeDeps, Prober } from './probe.js'

/** How long an API server may refuse what it has accepted before, in milliseconds. */
const patienceMs = 60_000

/** The sign-in, which each answered request shows as accepted. */
export const signIn = 'sign-in'

/**
 * Tracks what an API server has allowed: requests, such as `list pods`, and the sign-in. After a restart it refuses requests until it has loaded its roles
 * (recorded from 1.34.2), so such a refusal recovers for the first minute. The first answer to a request is final: a missing permission is reported
 * immediately. A sign-in may be refused at first, too: the token may have expired or been revoked, and the cluster's authenticator (a webhook, with Microsoft
 * Entra) may be down for a moment.
 */
export function watchRights({ clock, forgetToken }: Pick<ProbeDeps, 'clock' | 'forgetToken'>) {
  const allowed = new Set<string>()
  const refusedAt = new Map<string, number>()
  return {
    /** Called when requests were allowed. */
    onAllowed(...requests: readonly string[]) {
      for (const request of requests) {
        allowed.add(request)
        refusedAt.delete(request)
      }
    },
    /** The error to throw; its `detail` is the refused request. The first refusal of the sign-in drops the token. */
    judge(error: ActionError): ActionError {
      const { code, detail = '' } = error
      const isSignIn = code === 'SIGN_IN_FAILED'
      if (!isSignIn && (code !== 'AUTHORIZATION_FAILED' || !allowed.has(detail))) return error
      const request = isSignIn ? signIn : detail
      if (isSignIn && !refusedAt.has(signIn)) forgetToken()
      const since = once(refusedAt, request, () => clock.now())
      return clock.now() - since < patienceMs ? error.with({ recovers: true }) : error
    },
  }
}

/** The request that a kubectl command sends, as the API server names it in a refusal; none if it names no resource. */
export function requestsOf([verb, what = '']: readonly string[]): string[] {
  if (verb === 'create') return what === '--raw' ? [] : ['create pods']
  // The API server names a resource without its group there.
  if (verb === 'get') return what === '--raw' ? [] : what.split(',').map(name => `list ${name.split('.')[0] ?? ''}`)
  return [what === '--raw' ? 'deletecollection pods' : 'delete pods']
}

/** Where each caller can ask what it is allowed to do, by the ClusterRole `system:basic-user`. */
export const reviewPath = '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews'

/** The question about a namespace. */
export function reviewOf(namespace: string): string {
  return JSON.stringify({ apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectRulesReview', spec: { namespace } })
}

/** No such namespace exists, so only what is bound in the whole cluster counts there. */
const wholeCluster = 'attach-acr-no-namespace'

/**
 * Asks a cluster what the signed-in identity lacks of roles, by whatever role it has the rest. As for Kubernetes, `*` stands for all, and a rule for
 * objects with certain names lists and creates nothing (kubernetes/kubernetes `pkg/apis/rbac/v1/evaluation_helpers.go`).
 * @param roles each with its rules (API group, resources, verbs) and the namespaces where they are needed; none for the whole cluster, as for nodes
 * @returns for each role such as `create pods`; undefined if the API server does not know all rules of the identity
 * @throws ActionError
 */
export async function findLacking(
  { review }: Pick<Prober, 'review'>,
  roles: readonly {
    rules: readonly (readonly [group: string, resources: string, verbs: string])[]
    namespaces: readonly string[]
  }[],
): Promise<string[][] | undefined> {
  const partsOf = (list: string): string[] => list.split(', ')
  const scopesOf = (resource: string, namespaces: readonly string[]): readonly string[] =>
    namespaces.length === 0 || resource === 'nodes' ? [wholeCluster] : namespaces
  const needs = roles.map(({ rules, namespaces }) =>
    rules.flatMap(([group, resources, verbs]) =>
      partsOf(resources).flatMap(resource =>
        partsOf(verbs).map(verb => ({ group, resource, verb, scopes: scopesOf(resource, namespaces) })),
      ),
    ),
  )
  const scopes = [...new Set(needs.flat().flatMap(need => need.scopes))]
  const lines = (await review(scopes)).match(/^\{.*\}$/gm) ?? []
  const reviews = lines.map(
    line =>
      JSON.parse(line) as {
        status?: {
          incomplete?: boolean
          resourceRules?: Record<'verbs' | 'apiGroups' | 'resources' | 'resourceNames', string[] | undefined>[]
        }
      },
  )
  if (reviews.length !== scopes.length || reviews.some(({ status }) => status?.incomplete !== false)) return undefined
  const has = (list: readonly string[] = [], value: string): boolean => list.includes('*') || list.includes(value)
  const isAllowed = ({ group, resource, verb }: (typeof needs)[number][number], scope: string): boolean =>
    (reviews[scopes.indexOf(scope)]?.status?.resourceRules ?? []).some(
      ({ verbs, apiGroups, resources, resourceNames = [] }) =>
        resourceNames.length === 0 && has(apiGroups, group) && has(resources, resource) && has(verbs, verb),
    )
  return needs.map(ofRole =>
    ofRole.flatMap(need => (need.scopes.every(scope => isAllowed(need, scope)) ? [] : `${need.verb} ${need.resource}`)),
  )
}
