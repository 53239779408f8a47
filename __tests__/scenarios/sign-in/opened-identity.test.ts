import { describe, expect } from 'vitest'
import type { RunnerOptions } from 'azure-simulator'
import { errorsOf } from '../../support/reading.js'
import { expectFailure, it } from '../../support/scenario.js'

/** The commands that would let the subject sign in: for an application, for a managed identity, and with a pattern. */
const creates = /az ad app federated-credential create|az identity federated-credential create|az rest --method post/

const getsIn = /everyone who can (?:push|create|add)/

const aBranchOfMany = 'a branch of every repository, by a template'

/** The subjects that open an identity to code that nobody has reviewed, whatever the repository's settings. */
const open: Record<string, RunnerOptions> = {
  'a pull request': { eventName: 'pull_request', ref: 'refs/pull/7/merge' },
  'a pull request, with immutable IDs': { eventName: 'pull_request', immutableSubject: true },
  'a pull request, by a template with IDs': {
    eventName: 'pull_request',
    subject: 'repository_owner_id:6154722:repository_id:1157352866:pull_request',
  },
  'any branch, by a template': { subject: 'repository_owner:contoso:repository_visibility:internal:workflow:deploy' },
  'any caller of a workflow, by a template': {
    subject: 'repo:contoso/shop:job_workflow_ref:contoso/.github/.github/workflows/deploy.yml@refs/heads/main',
  },
  [aBranchOfMany]: { subject: 'repository_owner:contoso:ref:refs/heads/main' },
}

/** The subjects that are as narrow as the repository's settings. */
const narrow: Record<string, RunnerOptions> = {
  'a branch': {},
  'an environment': { environment: 'production' },
  'an environment in a pull request': { environment: 'production', eventName: 'pull_request' },
  'a tag': { ref: 'refs/tags/v1.0.0', eventName: 'release' },
  'a merge queue': { ref: 'refs/heads/gh-readonly-queue/main/pr-7-ffac537e', eventName: 'merge_group' },
}

const cases = [
  ...Object.keys({ ...open, ...narrow }).map(name => ['attach', name] as const),
  ['check', 'a pull request'] as const,
  ['detach', 'an environment'] as const,
]

describe('a credential that does not match', () => {
  it.for(cases)(
    'is created only below a sentence that says who gets in (%s, for %s)',
    async ([mode, name], { begin }) => {
      const { attach, deployer, simulator } = await begin({ runner: { ...open, ...narrow }[name] ?? {} })
      deployer.federatedCredentials.length = 0
      const end = await attach({ mode })
      expectFailure(end, 'FEDERATED_CREDENTIAL_MISMATCH')
      const [error] = errorsOf(end)
      for (const text of [end.log, end.summary]) {
        const sentence = text.search(getsIn)
        expect(sentence, text).toBeGreaterThan(0)
        expect(text.search(creates)).toBeGreaterThan(sentence)
      }
      expect(error?.fix.text).toMatch(getsIn)
      expect(error?.fix.commands[0]).toContain(simulator.subject)

      // The advice not to comes before everything else, and the summary folds the commands.
      const instead = end.log.indexOf('Run this step on push')
      const isRefused = name in open && name !== aBranchOfMany
      expect(instead >= 0).toBe(isRefused || name === 'a merge queue')
      if (isRefused) expect(end.log.search(getsIn)).toBeGreaterThan(instead)
      if (!(name in open)) return
      const folded = end.summary.indexOf('<details><summary>Wider')
      expect(folded).toBeGreaterThan(0)
      expect(end.summary.search(creates)).toBeGreaterThan(folded)
    },
  )
})
