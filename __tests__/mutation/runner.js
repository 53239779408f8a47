import { readFileSync, writeFileSync } from 'node:fs'
import { strykerPlugins as vitestPlugins } from '@stryker-mutator/vitest-runner'

export { strykerValidationSchema } from '@stryker-mutator/vitest-runner'

// In the folder that Stryker has copied the project to.
const file = 'verdicts.json'

/**
 * Vitest for Stryker, but all mutants are tried in its first run, by every-mutant.ts: restarting Vitest for each takes a second, and trying one
 * in a process that has everything loaded a millisecond.
 */
export const strykerPlugins = vitestPlugins.map(({ kind, name, factory }) => {
  const create = injector => {
    const vitest = factory(injector)
    let verdicts
    return {
      capabilities: () => vitest.capabilities(),
      init: () => vitest.init(),
      dispose: () => vitest.dispose(),
      async dryRun(options) {
        const result = await vitest.dryRun(options)
        const ends = vitest.ctx.state.getFiles().map(({ meta }) => meta.verdicts ?? {})
        writeFileSync(file, JSON.stringify(Object.assign({}, ...ends)))
        return result
      },
      mutantRun({ activeMutant, testFilter = [] }) {
        verdicts ??= JSON.parse(readFileSync(file, 'utf8'))
        const nrOfTests = testFilter.length
        return { status: 'survived', nrOfTests, ...verdicts[activeMutant.id] }
      },
    }
  }
  create.inject = factory.inject
  return { kind, name, factory: create }
})
