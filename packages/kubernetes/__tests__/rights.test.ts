import { describe, expect, it } from 'vitest'
import type { Clock } from 'kernel'
import { explainKubectl } from '../src/errors.js'
import { findLacking, requestsOf, watchRights } from '../src/rights.js'
import { createFakeClock } from '../../../__tests__/support/fake-clock.js'

const attempt = { cluster: { id: '/subscriptions/s', name: 'aks-1' }, namespace: 'default', objectId: 'o' }
const refusal = (verb: string, resource = 'pods') =>
  explainKubectl(
    `Error from server (Forbidden): ${resource} is forbidden: User "attacher" cannot ${verb} resource "${resource}" in API group "" in the namespace "default"`,
    attempt,
  )

const watch = (clock: Clock) => watchRights({ clock, forgetToken: () => undefined })

const never = new AbortController().signal

describe('a refusal by the API server', () => {
  it('of a request that was never allowed is final', () => {
    const rights = watch(createFakeClock())
    rights.onAllowed('list nodes', 'create pods')
    expect(rights.judge(refusal('list')).recovers).toBe(false)
    expect(rights.judge(refusal('create', 'events')).recovers).toBe(false)
  })

  it('of a request that was allowed before recovers for a minute', async () => {
    const clock = createFakeClock()
    const rights = watch(clock)
    rights.onAllowed('list pods')
    expect(rights.judge(refusal('list'))).toMatchObject({ code: 'AUTHORIZATION_FAILED', recovers: true })
    await clock.sleep(59_000, never)
    expect(rights.judge(refusal('list')).recovers).toBe(true)
    await clock.sleep(2000, never)
    expect(rights.judge(refusal('list')).recovers).toBe(false)
    rights.onAllowed('create pods')
    expect(rights.judge(refusal('list')).recovers).toBe(false)
    rights.onAllowed('list pods')
    expect(rights.judge(refusal('list')).recovers).toBe(true)
  })

  it('for another reason stays as it is', () => {
    const rights = watch(createFakeClock())
    rights.onAllowed('create pods')
    const quota = explainKubectl('pods "p" is forbidden: exceeded quota: q', attempt)
    expect(rights.judge(quota)).toBe(quota)
    const unnamed = explainKubectl('Error from server (Forbidden): forbidden', attempt)
    expect(rights.judge(unnamed)).toBe(unnamed)
  })
})

describe('a kubectl command', () => {
  it.each([
    [['get', 'pods', '--namespace', 'x'], ['list pods']],
    [['get', '--raw', '/version'], []],
    [['create', '--filename', '-'], ['create pods']],
    [['create', '--raw', '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews'], []],
    [['delete', '--raw', '/api/v1/pods'], ['deletecollection pods']],
    [['delete', 'pods', '--selector', 'a=b'], ['delete pods']],
  ])('%j sends %j', (args, requests) => {
    expect(requestsOf(args)).toEqual(requests)
  })
})

describe('what an identity lacks of a role', () => {
  const role = { rules: [['', 'pods, nodes', 'list, create'] as const], namespaces: ['shop'] }
  const review = (resourceRules: object[], incomplete = false): string =>
    JSON.stringify({ kind: 'SelfSubjectRulesReview', status: { resourceRules, incomplete } })
  const rule = (resources: string, verbs: string, more: object = {}) => ({
    verbs: verbs.split(' '),
    apiGroups: [''],
    resources: [resources],
    ...more,
  })
  /** @param printed for `shop`, and for the whole cluster */
  const lacking = async (...printed: string[]) => {
    const asked: string[] = []
    const review = (namespaces: readonly string[]) => {
      asked.push(...namespaces)
      return Promise.resolve(printed.map(line => `${line}\n`).join('\n'))
    }
    const lacks = await findLacking({ review }, [role])
    expect(asked).toEqual(['shop', 'attach-acr-no-namespace'])
    return lacks?.[0]
  }
  const pods = ['list pods', 'create pods']
  const all = [...pods, 'list nodes', 'create nodes']
  const nodes = review([rule('nodes', '*')])

  it.each([
    ['nothing is allowed', review([]), review([]), all],
    ['all is allowed', review([rule('*', '*')]), review([rule('*', '*')]), []],
    ['all groups are', review([rule('pods', '*', { apiGroups: ['*'] })]), review([]), all.slice(2)],
    ['nodes are named in a namespace', review([rule('*', '*')]), review([]), all.slice(2)],
    ['a verb is missing', review([rule('pods', 'get list')]), nodes, ['create pods']],
    ['only a subresource is', review([rule('pods/log', '*'), rule('*/log', '*')]), nodes, pods],
    ['only named objects are', review([rule('pods', '*', { resourceNames: ['web'] })]), nodes, pods],
    ['another group is', review([rule('pods', '*', { apiGroups: ['metrics.k8s.io'] })]), nodes, pods],
  ])('if %s', async (_, shop, cluster, expected) => {
    expect(await lacking(shop, cluster)).toEqual(expected)
  })

  it.each([
    ['a webhook decides, too', review([rule('*', '*')], true), review([])],
    ['an answer is missing', review([])],
    ['an answer was cut', review([]), '{"kind":"SelfSubjectRulesReview","status":'],
    ['something else answers', '<html></html>', '{"error":"no"}'],
  ])('is unknown if %s', async (_, ...printed) => {
    expect(await lacking(...printed)).toBeUndefined()
  })
})
