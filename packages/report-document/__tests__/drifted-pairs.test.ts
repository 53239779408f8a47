import { describe, expect, it } from 'vitest'
import { hasAccess, isDrifted } from 'run-model'
import { countDrift, describeDrift } from '../src/drift-text.js'
import { roleLack } from '../../../__tests__/support/drift.js'
import { driftOf as driftIn, refusal, reportedPair, type Pair } from '../../../__tests__/support/drift-report.js'

const attached = reportedPair('aks-1', { status: 'attached', grantedBy: 'direct', lacks: [] })

const broader: Pair = { ...attached, grantedBy: 'broader-role', lacks: [roleLack()] }

const ignored: Pair = {
  ...attached,
  status: 'missing',
  error: {
    ...refusal(),
    code: 'DRIFT',
    message: 'AcrPull is ignored.',
    fix: { text: 'Use role: auto.', commands: [] },
  },
}

const driftOf = (...pairs: Pair[]) => driftIn({ pairs })

describe('a pair that can pull, but not as the inputs ask,', () => {
  it('is drift by what it lacks, in the own run and in the report of another job', () => {
    expect([attached, broader, ignored].map(isDrifted)).toEqual([false, true, true])
    expect([attached, broader, ignored].map(hasAccess)).toEqual([true, true, true])
    expect(hasAccess({ ...ignored, grantedBy: null })).toBe(false)
    expect(driftOf(attached)).toMatchObject({ items: [], fine: [{ target: attached.target }] })
    expect(driftOf(broader)).toMatchObject({
      items: [{ code: 'missing', access: 'by-broader-role', fix: null }],
      fine: [],
    })
    expect(driftOf(ignored)).toMatchObject({ items: [{ code: 'DRIFT', access: 'otherwise' }], fine: [] })
  })

  it('is described with the way in which it pulls', () => {
    const [item] = driftOf(ignored).items
    expect(item && describeDrift(item)).toBe(
      'aks-1 is allowed to pull from contosoacr, but not with the desired role: AcrPull is ignored.',
    )
    expect(countDrift(driftOf(ignored))).toBe('aks-1 is allowed to pull, but not with the desired role')
    const [none] = driftOf({ ...ignored, grantedBy: null }).items
    expect(none && describeDrift(none)).toBe("aks-1 can't pull from contosoacr: AcrPull is ignored.")
  })
})
