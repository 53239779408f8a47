import { describe, expect, it } from 'vitest'
import { compare } from '../../../src/report/drift-issue/issue.js'
import { hashOf } from '../../../src/report/drift-issue/marker.js'
import type { DriftItem } from '../../../src/report/drift.js'
import { sampleDrift, sampleItem } from '../../support/drift.js'

describe('a change', () => {
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map(name => sampleItem(name)) as [
    DriftItem,
    DriftItem,
    DriftItem,
    DriftItem,
  ]
  const hashes = new Set([a, b, c].map(hashOf))

  it('is worse, better, or not to be known', () => {
    const { change, carried, isSure } = compare({ hashes }, sampleDrift([a, d], { fine: [b], unknown: [c] }))
    expect(change).toEqual({ worse: [d], better: [b], dropped: 0 })
    expect(carried).toEqual([hashOf(c)])
    expect(isSure).toBe(true)
  })

  it('takes what is no longer looked at for better, unless the run was blind', () => {
    expect(compare({ hashes }, sampleDrift([a]))).toMatchObject({ change: { dropped: 2 }, carried: [] })
    const blind = compare({ hashes }, sampleDrift([a], { blind: ['leg 3 left no report'] }))
    expect(blind).toMatchObject({ change: { dropped: 0 } })
    expect(blind.carried.sort()).toEqual([b, c].map(hashOf).sort())
  })

  it('of too many to remember is sure only where all was seen', () => {
    expect(compare({ hashes: undefined }, sampleDrift([]))).toMatchObject({ change: undefined, isSure: true })
    expect(compare({ hashes: undefined }, sampleDrift([], { unknown: [a] })).isSure).toBe(false)
  })
})
