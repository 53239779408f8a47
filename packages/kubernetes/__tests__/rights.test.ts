import { describe, expect, it } from 'vitest'
import type { Clock } from 'kernel'
import { explainKubectl } from '../src/errors.js'
import { requestsOf, watchRights } from '../src/rights.js'
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
    [['delete', '--raw', '/api/v1/pods'], ['deletecollection pods']],
    [['delete', 'pods', '--selector', 'a=b'], ['delete pods']],
  ])('%j sends %j', (args, requests) => {
    expect(requestsOf(args)).toEqual(requests)
  })
})
