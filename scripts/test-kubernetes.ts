// Runs the tests of __tests__/kubernetes against a real cluster; __tests__/kubernetes/README.md walks through it.
//
//   npm run test:kubernetes -- --prepare [--listen ADDRESS:PORT]
//   npm run test:kubernetes -- --kubeconfig FILE [--listen ADDRESS:PORT]
//
// Exits with 2 if something that the tests need is missing, and says what and how to provide it.
import { createRequire } from 'node:module'
import { resolve as resolvePath } from 'node:path'
import { checkPrerequisites, Missing } from './kubernetes/prerequisites.js'
import { describeNodeFiles, writeNodeFiles } from './kubernetes/node-files.js'
import { runBelow } from './kubernetes/run-below.js'
import { help, readCommandLine, toEnvironment } from './kubernetes/settings.js'

async function main(args: string[]): Promise<number> {
  const settings = readCommandLine(args)
  if (settings.wantsHelp) {
    process.stdout.write(help)
    return 0
  }
  if (settings.isPreparation) {
    await writeNodeFiles(settings)
    process.stdout.write(describeNodeFiles(settings))
    return 0
  }
  await checkPrerequisites(settings, line => {
    process.stdout.write(`✓ ${line}\n`)
  })
  const vitest = resolvePath(createRequire(import.meta.url).resolve('vitest/package.json'), '../vitest.mjs')
  return runBelow(
    [vitest, 'run', '--config', '__tests__/kubernetes/vitest.config.ts', ...settings.filters],
    toEnvironment(settings),
  )
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  if (error instanceof Missing) process.stderr.write(`✗ ${error.message}\n  ${error.remedy}\n`)
  else process.stderr.write(`✗ ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 2
}
