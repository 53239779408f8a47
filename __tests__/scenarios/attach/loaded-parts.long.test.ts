import { mkdtempSync, readFileSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect } from 'vitest'
import { disarm, grantAccess } from '../../support/estate.js'
import { letProbe } from '../../support/pull-scenario.js'
import { onceIt, type Scenario } from '../../support/scenario.js'

// Each part of the bundle costs a run some milliseconds: none loads what it doesn't use.

/** The entry points that every run loads that signs in. */
const always = ['index.js', 'main.js', 'outputs.js', 'sign-in.js', 'step.js']

const cases: Record<
  string,
  {
    begin: (scenario: Scenario) => unknown
    inputs: Record<string, string>
    /** The entry points that it loads in addition, beside what several of all share. */
    more: readonly string[]
    /** How large all of it may be together, in kB. */
    max: number
  }
> = {
  'an attach': { begin: () => undefined, inputs: {}, more: [], max: 830 },
  'an attach that is refused': {
    begin: scenario => {
      disarm(scenario, scenario.registry.id)
    },
    inputs: {},
    more: ['rights.js'],
    max: 850,
  },
  'a check': { begin: grantAccess, inputs: { mode: 'check' }, more: [], max: 830 },
  'a check with an HTML report': {
    begin: grantAccess,
    inputs: { mode: 'check', 'report-html': 'true' },
    more: ['html-report.js'],
    max: 870,
  },
  'a detach': { begin: grantAccess, inputs: { mode: 'detach' }, more: ['side-effects.js'], max: 830 },
  'a proof by pulls': {
    begin: letProbe,
    inputs: { verify: 'pull', 'probe-with': 'run-command', 'probe-image': 'team/app:v1' },
    more: ['post.js', 'pulls.js'],
    max: 1110,
  },
}

/** Prints the address of each module of the bundle to a file when it is loaded. */
function logLoads(file: string): Record<string, string> {
  const hook = `import { appendFileSync } from 'node:fs'
    export async function load(url, context, next) {
      if (url.startsWith('file:')) appendFileSync(${JSON.stringify(file)}, url + '\\n')
      return next(url, context)
    }`
  const address = (code: string): string => `data:text/javascript,${encodeURIComponent(code)}`
  const main = `import { register } from 'node:module'; register(${JSON.stringify(address(hook))})`
  return { NODE_OPTIONS: `--import=${address(main)}` }
}

describe('the parts of the bundle that a run loads', () => {
  onceIt.for(Object.entries(cases))('%s', async ([, { begin: prepare, inputs, more, max }], { begin }) => {
    const scenario = await begin()
    prepare(scenario)
    const file = join(mkdtempSync(join(tmpdir(), 'loads-')), 'loads')
    await scenario.attach(inputs, { environment: logLoads(file) })
    const loaded = readFileSync(file, 'utf8').trim().split('\n')
    // Once, although the post step is a process of its own.
    const own = [...new Set(loaded)].map(url => fileURLToPath(url)).filter(path => path.includes('/dist/'))
    const entries = own.map(path => basename(path)).filter(name => !name.startsWith('shared-'))
    expect(entries.sort()).toEqual([...always, ...more].sort())
    expect(own.reduce((sum, path) => sum + statSync(path).size, 0)).toBeLessThan(1000 * max)
  })
})
