// Runs tests of a copy of the checkout each time that it is asked, and answers with what became of them. The modules that did not change are kept between two
// runs, which takes most of the time; each run has processes of its own.
import { join } from 'node:path'
import { createVitest, type TestCase, type TestModule } from 'vitest/node'
import type { Behaviour } from './behaviour.js'

type Test = Behaviour['test']

/** What became of a test: `passed`, `failed`, or another phrase that follows “the test”. */
export interface Told {
  did: string
  /** The first line of its failure. */
  because: string
}

/** A question: what becomes of these tests, now that a file of the copy was changed? */
export interface Question {
  tests: readonly Test[]
  /** The absolute path of the file that was changed for it, and is changed back afterwards. */
  changed?: string | undefined
}

/** Longer than any of these tests takes. One that never ends says nothing about the behaviour. */
const timeoutMs = 120_000

let before: string | undefined
const vitest = await createVitest('test', { watch: false, reporters: [{}], testTimeout: timeoutMs })
process.on('message', ({ tests, changed }: Question) => {
  void answer(tests, changed).then(told => process.send?.(told))
})
process.on('disconnect', () => void vitest.close().then(() => process.exit()))

async function answer(tests: readonly Test[], changed?: string): Promise<Told[]> {
  for (const path of [before, changed]) if (path !== undefined) vitest.invalidateFile(path)
  before = changed
  const files = [...new Set(tests.map(({ file }) => file))]
  const specifications = files.map(file => {
    // The pattern is for the titles of a test and those around it with spaces between.
    const names = tests.flatMap(test => (test.file === file ? test.title.replaceAll(' > ', ' ') : []))
    const escaped = names.map(name => name.replace(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`))
    const testNamePattern = new RegExp(`^(?:${escaped.join('|')})$`)
    const project = vitest.getProjectByName(projectOf(file))
    return project.createSpecification(join(process.cwd(), file), { testNamePattern })
  })
  const { testModules } = await vitest.runTestSpecifications(specifications)
  return tests.map(test => find(test, testModules) ?? told('did not run'))
}

/** The project of vitest.config.ts that has a test file. */
function projectOf(file: string): string {
  if (!file.startsWith('__tests__/scenarios/')) return 'parts'
  return file.endsWith('.long.test.ts') ? 'long' : 'scenarios'
}

function find({ file, title }: Test, modules: readonly TestModule[]): Told | undefined {
  const found = modules.find(({ moduleId }) => moduleId.endsWith(`/${file}`))
  if (!found) return undefined
  const ran = [...found.children.allTests()].filter(test => test.result().state !== 'skipped')
  const [own, ...namesakes] = ran.filter(({ fullName }) => fullName === title)
  // The file could not be loaded: that breaks every test.
  if (!own)
    return told(
      `does not exist${found
        .errors()
        .map(({ message }) => `: ${message}`)
        .join('')}`,
    )
  if (namesakes.length > 0) return told('is not the only one of this title in its file')
  return describeResult(own.result())
}

function describeResult({ state, errors = [] }: ReturnType<TestCase['result']>): Told {
  const [{ name, message } = { name: '', message: '' }] = errors
  const because = `${name}: ${message}`.split('\n')[0] ?? ''
  return because.includes('Test timed out in') ? told('did not end') : { did: state, because }
}

function told(did: string): Told {
  return { did, because: '' }
}
