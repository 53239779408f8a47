import fc from 'fast-check'
import { afterEach, vi } from 'vitest'

// Every run tries the same examples, so that only a change can make a test fail. `SEED=$RANDOM npx vitest run --project parts` tries others.
fc.configureGlobal({ seed: Number(process.env.SEED ?? 20_261_128) })

// `unstubEnvs` restores variables before the next test, and by then the next file of this process has been loaded, with those of the last one.
afterEach(() => {
  vi.unstubAllEnvs()
})

/** What the action reads, and a runner, a shell or a proxy may have set. */
const read = /^(?:(?:INPUT|STATE|GITHUB|RUNNER|ACTIONS|AZURE)_.*|(?:HTTPS?|ALL|NO)_PROXY)$/i
// On every machine, each file begins with the same: also what it computes while it is loaded.
for (const name of Object.keys(process.env).filter(each => read.test(each))) Reflect.deleteProperty(process.env, name)
