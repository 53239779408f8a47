import { describe, expect, it } from 'vitest'
import { describeWildcard, findAdmission } from '../src/entra/federated-subject.js'

const admit = (subject: string, event = 'push') => findAdmission(subject, event)

describe('a subject', () => {
  it.each([
    ['repo:o/r:pull_request', 'every pull request of o/r signs in: everyone who can push a branch there'],
    ['repo:o@12/r@34:pull_request', 'every pull request of o/r signs in'],
    [
      'repository_owner_id:1:repository_id:2:pull_request',
      'every pull request of the repository with the ID 2 signs in',
    ],
    ['repo:o/r:ref:refs/pull/7/merge', 'every pull request of o/r signs in'],
    ['repo:o/r:event_name:pull_request', 'every pull request of o/r signs in'],
    ['repo:o/r', 'every job of o/r signs in, from any branch and any pull request'],
    ['repository:o/r', 'every job of o/r signs in'],
    ['repo:o/r:workflow:pull_request', 'every job of o/r signs in, from any branch and any pull request'],
    ['repo:o/r:workflow:environment:actor:octocat', 'every job of o/r signs in'],
    ['repo:o/r:job_workflow_ref:o/w/.github/workflows/x.yml@refs/heads/main:pull_request', 'every pull request of o/r'],
    ['repo:o/r:event_name:pull_request_target', 'every pull request of o/r'],
    ['repo:o/r:base_ref:main', 'every job of o/r signs in'],
    ['repository_owner:o', 'every job of every repository of o signs in'],
    ['repository_owner_id:9', 'every job of every repository of the owner with the ID 9 signs in'],
    [
      'job_workflow_ref:o/w/.github/workflows/x.yml@refs/heads/main',
      'that calls o/w/.github/workflows/x.yml@refs/heads/main',
    ],
    ['actor:octocat', 'every repository whose tokens have this subject'],
    ['repository_owner:o:ref:refs/heads/main', 'push to the branch main of every repository of o'],
    ['repository_owner:o:environment:prod', 'every job of every repository of o that names the environment prod'],
  ])('%s opens the identity: %s', (subject, who) => {
    const admission = admit(subject)
    expect(admission.who).toContain(who)
    expect(admission.caution).toMatch(/^Wider: lets (?:every|o\/r) .*sign in$/)
  })

  it.each([
    ['repo:o/r:ref:refs/heads/main', 'everyone who can push to the branch main of o/r can run'],
    ['repo:o/r:ref:refs/heads/team/x', 'the branch team/x of o/r'],
    ['repo:o/r:ref:refs/tags/v1', 'everyone who can create or move the tag v1 of o/r can run'],
    ['repo:o/r:workflow_ref:o/r/.github/workflows/x.yml@refs/heads/main', 'push to the branch main of o/r'],
    ['repo:o/r:workflow:environment:ref:refs/heads/main', 'push to the branch main of o/r'],
    ['repo:o/r:environment:prod', 'without protection, everyone who can push a branch there can run'],
    ['repo:o/r:environment:pull_request', 'the environment pull_request signs in'],
    ['repo:o/r:ref:refs/heads/gh-readonly-queue/main/pr-7-abc', 'only this entry of the merge queue signs in'],
  ])('%s is as narrow as the repository allows: %s', (subject, who) => {
    const admission = admit(subject)
    expect(admission.who).toContain(who)
    expect(admission.caution).toBeUndefined()
  })

  it.each(['repo:o/r:pull_request', 'repo:o/r', 'repository_owner:o'])('%s has advice not to admit it', subject => {
    expect(admit(subject).instead).toMatch(
      /an identity that can assign roles\. .*identity of its own that can only read/,
    )
  })

  it.each(['repo:o/r:ref:refs/heads/main', 'repo:o/r:pull_request'])(
    '%s of pull_request_target is about forks too',
    subject => {
      expect(admit(subject, 'pull_request_target').who).toContain(
        'everyone who can open a pull request starts, also from a fork',
      )
      expect(admit(subject, 'pull_request').who).not.toContain('from a fork')
    },
  )

  it('of an environment says where its protection is', () => {
    expect(admit('repo:o/r:environment:prod').who).toContain('Settings > Environments > prod')
  })
})

describe('a pattern', () => {
  it.each([
    ['branch', /every branch .* everyone who can push a branch there/],
    ['tag', /every tag .* everyone who can create a tag/],
    ['environment', /also those without protection, .* everyone who can push a branch there/],
  ] as const)('of every %s says who gets in', (kind, who) => {
    expect(describeWildcard(kind)).toMatch(who)
  })
})
