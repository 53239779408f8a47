import fc from 'fast-check'
import { afterEach, vi } from 'vitest'

// Every run tries the same examples, so that only a change can make a test fail. `SEED=$RANDOM npx vitest run --project parts` tries others.
fc.configureGlobal({ seed: Number(process.env.SEED ?? 20_261_128) })

// `unstubEnvs` restores variables before the next test, and by then the next file of this process has been loaded, with those of the last one.
afterEach(() => {
  vi.unstubAllEnvs()
})
