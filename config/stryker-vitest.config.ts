import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

const packages = join(import.meta.dirname, '../packages')

/** The packages where this file is: node_modules links to them where Stryker has copied this from, without mutants. */
const alias = readdirSync(packages).flatMap(name => {
  const { exports = {} } = JSON.parse(readFileSync(join(packages, name, 'package.json'), 'utf8')) as {
    exports?: Record<string, string>
  }
  return Object.entries(exports).map(([entrance, file]) => ({
    find: new RegExp(`^${join(name, entrance).replace('*', '(.*)')}$`),
    replacement: join(packages, name, file.replace('*', '$1')),
  }))
})

/** Only the unit tests that can find a mutant of a pure part, for `npm run test:mutation`. */
export default defineConfig({
  resolve: { alias },
  test: {
    root: `${import.meta.dirname}/..`,
    include: [
      '__tests__/unit/{apply,inputs,plan,verify}/**/*.test.ts',
      'packages/!(azure-simulator)/__tests__/*.test.ts',
    ],
    // They simulate whole runs or many nights, measure times and sizes, or start a shell for each case: they cost more than all others together.
    exclude: ['**/{drift-nights,html-size.long,large-reports,long-text,recorded-pulls,verify-pull}.test.ts'],
    globalSetup: '__tests__/support/temp-folder.ts',
    // Loading the modules for each file again is most of the cost.
    isolate: false,
    setupFiles: ['__tests__/support/seed.ts'],
    // As in vitest.config.ts.
    unstubEnvs: true,
    restoreMocks: true,
    css: { include: [/page\.css/] },
    testTimeout: 120_000,
  },
})
