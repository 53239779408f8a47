import fc from 'fast-check'

// The same worlds for every mutant, and fewer: a mutant that one run in a thousand finds is not found.
fc.configureGlobal({ seed: 20_260_101, numRuns: 25 })
