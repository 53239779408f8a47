import type fc from 'fast-check'
import { vi } from 'vitest'
// It is loaded when an issue is wanted. If a mutant loaded it first, what loading reaches would count as code that no test reaches.
import 'drift-issue/src/keep.js'

type Property = fc.IRawProperty<unknown>
type Options = fc.Parameters<unknown>

/** The number of generated cases per test, in addition to its examples: each mutant that the test reaches repeats them all. */
const cases = 20

// The same cases for every mutant, and few, also in tests that ask for hundreds: a mutant that one case in a thousand finds is not found.
vi.mock('fast-check', async importOriginal => {
  const real = await importOriginal<typeof import('fast-check')>()
  real.configureGlobal({ seed: 20_260_101, numRuns: cases })
  const assert = ((property: Property, options?: Options) =>
    real.assert(property, { ...options, numRuns: cases + (options?.examples?.length ?? 0) })) as typeof real.assert
  const few = { ...real, assert }
  return { ...few, default: few }
})
