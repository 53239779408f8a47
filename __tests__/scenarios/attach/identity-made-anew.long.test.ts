import { describe, expect, type TestContext } from 'vitest'
import {
  armRequests,
  catchUpAfter,
  expectAttached,
  expectFailure,
  onceIt,
  type Scenario,
} from '../../support/scenario.js'
import { letDeploy } from '../../support/estate.js'
import { hour } from '../../support/hour.js'
import { createTimeLapse } from '../../support/time-lapse.js'

type Identity = ReturnType<Scenario['group']['addUserAssignedIdentity']>

const slow = { timing: { readAfterWriteMs: hour } }

function remove({ world }: Scenario, identity: Identity): void {
  world.resources.splice(world.resources.indexOf(identity), 1)
}

/** Attaches an identity, or a cluster with it, and lets a minute pass after the role was written, in which something happens to the identity. */
async function attachMeanwhile(
  scenario: Scenario,
  kind: 'cluster' | 'identity',
  change: (identity: Identity) => void,
  { onTestFinished }: Pick<TestContext, 'onTestFinished'>,
) {
  const { attach, whenAnswered, registry, group, subscription } = scenario
  letDeploy(scenario, subscription.id)
  const identity = group.addUserAssignedIdentity('own')
  const { id } = kind === 'cluster' ? group.addCluster('aks-own', { kubeletIdentity: identity }) : identity
  const lapse = createTimeLapse('kubectl', onTestFinished)
  catchUpAfter(scenario, 2)
  whenAnswered(
    ({ method }) => method === 'PUT',
    () => {
      lapse.pass(60_000)
      change(identity)
    },
  )
  const target = { cluster: kind === 'cluster' ? id : '', 'kubelet-identity': kind === 'identity' ? id : '' }
  const end = await attach({ ...target, registry: registry.id, timeout: '10m' }, { environment: lapse.environment })
  return { end, identity }
}

describe('after a wait, a pair is not attached', () => {
  for (const kind of ['cluster', 'identity'] as const) {
    onceIt(`if its identity was recreated meanwhile (${kind})`, async ({ begin, onTestFinished }) => {
      const scenario = await begin(slow)
      let now: Identity | undefined
      const recreate = (identity: Identity): void => {
        remove(scenario, identity)
        now = scenario.group.addUserAssignedIdentity('own')
      }
      const { end, identity } = await attachMeanwhile(scenario, kind, recreate, { onTestFinished })
      expectFailure(end, 'PRINCIPAL_NOT_FOUND')
      expect(end.report.pairs).toMatchObject([{ status: 'failed', changed: true, verified: 'none' }])
      for (const id of [identity.objectId, now?.objectId ?? 'none'])
        expect(end.report.pairs[0]?.error?.message).toContain(id)
    })

    onceIt(`if its identity was deleted meanwhile (${kind})`, async ({ begin, onTestFinished }) => {
      const scenario = await begin(slow)
      const change = (identity: Identity): void => {
        remove(scenario, identity)
      }
      const { end } = await attachMeanwhile(scenario, kind, change, { onTestFinished })
      expectFailure(end, 'PRINCIPAL_NOT_FOUND')
    })

    onceIt(`unless its identity is as it was, for one request (${kind})`, async ({ begin, onTestFinished }) => {
      const { end, identity } = await attachMeanwhile(await begin(slow), kind, () => undefined, { onTestFinished })
      expectAttached(end, { changed: true })
      const written = end.requests.findIndex(({ method }) => method === 'PUT')
      const reads = armRequests(end, 'GET', '/userAssignedIdentities').filter(
        each => end.requests.indexOf(each) > written,
      )
      expect(reads.map(({ path }) => path.toLowerCase())).toEqual([identity.id.toLowerCase()])
      expect(end.report.notes).toEqual([])
    })
  }
})
