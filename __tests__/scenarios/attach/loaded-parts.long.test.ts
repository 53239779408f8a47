import { describe, expect } from 'vitest'
import { disarm, grantAccess } from '../../support/estate.js'
import { entriesOf, kilobytes, noteLoads } from '../../support/loads.js'
import { letProbe } from '../../support/pull-scenario.js'
import { it, type Scenario } from '../../support/scenario.js'

// Each part of the bundle costs a run some milliseconds: none loads what it doesn't use.

/** The entry points that every run loads that signs in with GitHub's ID token. */
const always = ['federated.js', 'index.js', 'main.js', 'outputs.js', 'sign-in.js', 'step.js']

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
    more: ['rights.js', 'subscriptions.js'],
    max: 880,
  },
  'a check': { begin: grantAccess, inputs: { mode: 'check' }, more: [], max: 830 },
  'a check with an HTML report': {
    begin: grantAccess,
    inputs: { mode: 'check', 'report-html': 'true' },
    more: ['html-report.js'],
    max: 870,
  },
  'a detach': { begin: grantAccess, inputs: { mode: 'detach' }, more: ['pullers.js'], max: 830 },
  'a proof by pulls': {
    begin: letProbe,
    inputs: { verify: 'pull', 'probe-with': 'run-command', 'probe-image': 'team/app:v1' },
    more: ['post.js', 'pulls.js'],
    max: 1110,
  },
}

describe('the parts of the bundle that a run loads', () => {
  it.for(Object.entries(cases))('%s', async ([, { begin: prepare, inputs, more, max }], { begin }) => {
    const scenario = await begin()
    prepare(scenario)
    const { environment, loaded } = noteLoads()
    await scenario.attach(inputs, { environment })
    expect(entriesOf(loaded()).sort()).toEqual([...always, ...more].sort())
    expect(kilobytes(loaded())).toBeLessThan(max)
  })

  it('before its first request is small', async ({ begin }) => {
    const { environment, loaded } = noteLoads()
    await (await begin()).attach({}, { environment })
    // The second sends the request for GitHub's ID token, before it loads another.
    const before = loaded().slice(0, 2)
    expect(entriesOf(before)).toEqual(['index.js', 'step.js'])
    expect(kilobytes(before)).toBeLessThan(102)
  })
})
