import { ActionError, toFixJson } from 'kernel'
import { describe, expect, it } from 'vitest'
import { repositoryCondition } from 'repository-conditions'
import { builtInRoles, type RoleAssignment } from 'azure'
import type { AzureContext } from 'azure-clients'
import type { Outcome, Verification } from 'run-model'
import { makePlan } from '../../../src/plan/plan.js'
import { selectWritten, verifyAssignments } from '../../../src/verify/assignments.js'
import { verify } from '../../../src/verify/verify.js'
import { createFakeClock } from '../../support/fake-clock.js'
import {
  realRegistry,
  realTarget,
  sampleAssignment,
  sampleGroup,
  sampleObserved,
  sampleObservedPair,
  sampleWish,
} from '../../support/observed.js'
import { restError } from '../../support/rest-error.js'
import { sampleInputs } from '../../support/sample.js'
import type { Desired } from '../../../src/plan/context.js'

const { acrPull, repositoryReader } = builtInRoles
const tookMs = 4000

/** Writes the plan of a pair, and waits for Azure, which lists the given assignments at each request; then, if asked for, nodes pull, which have no image. */
async function wait(
  desired: Desired,
  pair = sampleObservedPair(),
  lists: (looks: number) => RoleAssignment[],
  isPulling = false,
) {
  const clock = createFakeClock()
  const group = desired.group ? { group: { id: desired.group, members: { value: new Set<string>() } } } : {}
  const { pairs } = makePlan(sampleObserved([pair], group), desired)
  const outcomes = pairs.flatMap(({ operations }) =>
    operations.map((operation): Outcome => ({ operation, changed: true, finishedAt: clock.now(), tookMs })),
  )
  let looks = 0
  const listForScope = async function* () {
    await Promise.resolve()
    looks += 1
    for (const { roleId, ...entry } of lists(looks))
      yield { ...entry, roleDefinitionId: `/providers/Microsoft.Authorization/roleDefinitions/${roleId}` }
  }
  const clients = { caller: { name: '', objectId: '' }, authorization: { roleAssignments: { listForScope } } }
  const azure = { clients, signal: new AbortController().signal } as unknown as AzureContext
  const nothing = (): void => undefined
  const progress = { onStart: nothing, onDone: nothing, onWait: nothing }
  const limits = { clock, deadline: clock.now() + 60_000 }
  const startedAt = clock.now()
  const inputs = { ...desired, timeoutMs: 60_000 }
  const deps = {
    azure,
    inputs: { ...sampleInputs, ...inputs, verify: 'pull' },
    clock,
    progress: { assignments: progress },
  }
  const found = isPulling
    ? (await verify({ pairs, outcomes, images: Promise.resolve([]) }, Promise.resolve({} as never), deps as never))
        .verifications
    : await verifyAssignments(azure, selectWritten(pairs, outcomes), inputs, limits, progress)
  const [verification] = found.values()
  if (!verification) throw new Error('nothing was waited for')
  return { verification, looks, waitedMs: clock.now() - startedAt }
}

const isLate = ({ error, verified }: Verification): void => {
  expect(error?.code).toBe('PROPAGATION_TIMEOUT')
  expect(verified).toBe('none')
}

describe('the wait for Azure', () => {
  it('ends as soon as the role is listed', async () => {
    const { verification, looks } = await wait(sampleWish, undefined, look =>
      look < 3 ? [] : [sampleAssignment(acrPull)],
    )
    expect(verification).toMatchObject({ verified: 'assignment' })
    expect(looks).toBe(3)
  })

  it.each([
    [503, 2, undefined],
    [429, 2, undefined],
    [503, 3, 'AZURE_UNAVAILABLE'],
    [403, 1, 'AUTHORIZATION_FAILED'],
  ])('outlives reads that fail in a row, with %i, two times: %i', async (status, failing, code) => {
    const { verification } = await wait(sampleWish, undefined, look => {
      if (look <= failing) throw restError(status, { error: { code: 'AuthorizationFailed', message: 'No.' } })
      return [sampleAssignment(acrPull)]
    })
    expect(verification.error?.code).toBe(code)
  })

  it('is for pairs whose operations were all written', () => {
    const { pairs } = makePlan(sampleObserved([sampleObservedPair()]), sampleWish)
    const [operation] = pairs[0]?.operations ?? []
    const error = new ActionError('SCOPE_LOCKED', 'no')
    const outcomes = operation ? [{ operation, changed: false, finishedAt: 1 }] : []
    expect(selectWritten(pairs, outcomes).size).toBe(1)
    expect(
      selectWritten(
        pairs,
        outcomes.map(each => ({ ...each, error })),
      ).size,
    ).toBe(0)
  })

  it.each([
    [
      sampleWish,
      'AcrPull on contosoacr for aks-prod-1 was not reported within 1m.',
      /Run the step again, or set a longer timeout\. /,
    ],
    [
      { ...sampleWish, group: 'g' },
      'AcrPull on contosoacr for aks-prod-1, through group g, was not reported within 1m.',
      /, or on-timeout: assign-directly\. /,
    ],
  ])('that ends too late is one sentence, and one look: %#', async (desired, message, text) => {
    const { verification } = await wait(desired, undefined, () => [])
    isLate(verification)
    expect(verification.error?.message).toBe(message)
    expect(toFixJson(verification.error?.fix ?? []).text).toMatch(text)
    expect(toFixJson(verification.error?.fix ?? []).commands).toEqual([
      expect.stringMatching(/^az role assignment list /),
    ])
  })

  it('for a deletion continues while the assignment is listed, in any letter case', async () => {
    const held = sampleAssignment(acrPull)
    const listed = { ...held, id: held.id.toUpperCase() }
    const desired = { ...sampleWish, mode: 'detach' as const }
    const { verification, looks } = await wait(desired, sampleObservedPair([held]), look => (look < 4 ? [listed] : []))
    expect(verification).toMatchObject({ verified: 'assignment' })
    expect(looks).toBe(4)
    isLate((await wait(desired, sampleObservedPair([held]), () => [listed])).verification)
  })

  it('for both roles lasts until both are listed', async () => {
    const pair = sampleObservedPair([], { nextRole: repositoryReader })
    const [today, later] = [sampleAssignment(acrPull), sampleAssignment(repositoryReader)]
    isLate((await wait(sampleWish, pair, () => [today])).verification)
    isLate((await wait(sampleWish, pair, () => [later])).verification)
    expect((await wait(sampleWish, pair, () => [today, later])).verification).toMatchObject({ verified: 'assignment' })
  })

  it('for a group counts a direct assignment only with on-timeout: assign-directly', async () => {
    const direct = [sampleAssignment(acrPull)]
    const desired = { ...sampleWish, group: sampleGroup }
    isLate((await wait(desired, undefined, () => direct)).verification)
    const assigned = await wait({ ...desired, onTimeout: 'assign-directly' }, undefined, () => direct)
    expect(assigned.verification).toMatchObject({ verified: 'assignment' })
    const ofParent = [sampleAssignment(acrPull, { principalId: 'parent' })]
    const pair = sampleObservedPair([], { groupAssignments: ofParent })
    expect((await wait(desired, pair, () => ofParent)).verification).toMatchObject({ verified: 'assignment' })
    const through = await wait(desired, undefined, () => [sampleAssignment(acrPull, { principalId: sampleGroup })])
    expect(through.verification).toMatchObject({ verified: 'assignment' })
  })

  it('for a wider condition lasts until no other job can have overwritten it unnoticed', async () => {
    const abac = { ...realRegistry('abacacr'), roleAssignmentMode: 'ABAC' as const }
    const held = (...repositories: string[]) =>
      sampleAssignment(repositoryReader, { scope: abac.id, condition: repositoryCondition(repositories) })
    const pair = sampleObservedPair([held('old/app')], { target: realTarget(), registry: abac, role: repositoryReader })
    const desired = { ...sampleWish, repositories: ['team/app'] }
    const { verification, waitedMs } = await wait(desired, pair, () => [held('old/app', 'team/app')])
    expect(verification).toMatchObject({ verified: 'assignment' })
    expect(waitedMs).toBeGreaterThanOrEqual(tookMs + 1000)
    const other = held('their/app')
    for (const isPulling of [false, true])
      expect((await wait(desired, pair, () => [other], isPulling)).verification).toMatchObject({
        verified: 'none',
        overtakenBy: other,
      })
    const mine = held('old/app', 'team/app')
    expect((await wait(desired, pair, () => [mine], true)).verification.error?.code).toBe('PROBE_FAILED')
  })
})
