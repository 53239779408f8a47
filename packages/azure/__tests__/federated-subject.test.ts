import { expect, it } from 'vitest'
import { findAdmission } from '../src/federated-subject.js'
import { printCatalogue } from '../../../__tests__/support/catalogue.js'

/** Subjects, below who signs in by them. */
const subjects = `
every pull request
  repo:o/r:pull_request
  repo:o@12/r@34:pull_request
  repository_owner_id:1:repository_id:2:pull_request
  repo:o/r:ref:refs/pull/7/merge
  repo:o/r:event_name:pull_request
  repo:o/r:job_workflow_ref:o/w/.github/workflows/x.yml@refs/heads/main:pull_request
  repo:o/r:event_name:pull_request_target
every job
  repo:o/r
  repository:o/r
  repo:o/r:workflow:pull_request
  repo:o/r:workflow:environment:actor:octocat
  repo:o/r:base_ref:main
every job of others, too
  repository_owner:o
  repository_owner_id:9
  job_workflow_ref:o/w/.github/workflows/x.yml@refs/heads/main
  actor:octocat
a branch or an environment of others, too
  repository_owner:o:ref:refs/heads/main
  repository_owner:o:environment:prod
one branch
  repo:o/r:ref:refs/heads/main
  repo:o/r:ref:refs/heads/team/x
  repo:o/r:workflow_ref:o/r/.github/workflows/x.yml@refs/heads/main
  repo:o/r:workflow:environment:ref:refs/heads/main
one tag
  repo:o/r:ref:refs/tags/v1
one environment
  repo:o/r:environment:prod
  repo:o/r:environment:pull_request
one entry of a queue
  repo:o/r:ref:refs/heads/gh-readonly-queue/main/pr-7-abc
`

it('every subject has its admission, as in federated-subject.txt', () => {
  const groups = [...subjects.matchAll(/^(\S.*)\n((?: {2}.*\n)+)/gm)]
  const admissions = groups.flatMap(([, who = '', own = '']) =>
    own
      .trim()
      .split(/\s+/)
      .map(subject => [`${who}: ${subject}`, findAdmission(subject, 'push')] as const),
  )
  const text = printCatalogue(
    Object.fromEntries(admissions),
    ({ who, caution = 'As narrow as the repository allows.', instead = [] }) => [who, caution, instead].flat(),
  )
  return expect(text).toMatchFileSnapshot('federated-subject.txt')
})

it.each(['repo:o/r:ref:refs/heads/main', 'repo:o/r:pull_request'])(
  '%s of pull_request_target is about forks too',
  subject => {
    const [target, own] = ['pull_request_target', 'pull_request'].map(event => findAdmission(subject, event).who)
    expect(target).toContain('everyone who can open a pull request starts, also from a fork')
    expect(own).not.toContain('from a fork')
  },
)
