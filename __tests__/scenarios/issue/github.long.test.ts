import { describe, expect } from 'vitest'
import { beginNights, githubRequests } from '../../support/nightly.js'
import { warningsOf } from '../../support/reading.js'
import { expectAttached, expectFailure, it, onceIt } from '../../support/scenario.js'

const json = { 'content-type': 'application/json; charset=utf-8' }

// One lost or broken answer to each request is in the fault matrix.

describe('the drift issue is opened once if GitHub', () => {
  onceIt.for([
    ['has no GraphQL API', 'POST', /graphql$/, { status: 404 }],
    ['refuses the colour of its label', 'POST', /\/labels$/, { status: 403 }],
  ] as const)('%s', async ([, method, path, fault], { begin }) => {
    const { answers, check, issue } = await beginNights(begin)
    answers(method, path, fault)
    const end = await check()
    expectFailure(end, 'DRIFT')
    expect(warningsOf(end)).toEqual([])
    expect(issue()).toMatchObject({ state: 'open', labels: ['attach-acr-drift'] })
  })

  onceIt('does not let the token create labels: then without one', async ({ begin }) => {
    const { answers, check, issue } = await beginNights(begin)
    const message = 'You do not have permission to create labels on this repository.'
    answers('POST', /\/(labels|issues)$/, { status: 403, times: 2, body: { message } })
    expect(warningsOf(await check())).toEqual([])
    expect(issue()).toMatchObject({ state: 'open', labels: [] })
  })
})

describe('the drift issue is closed, with one comment,', () => {
  onceIt.for([
    ['half of it', 'PATCH', /\/issues\/1$/, { status: 200, headers: json, body: '{"number":1', after: true }],
    ['no answer to the comment', 'POST', /\/comments$/, { after: true, reset: true }],
  ] as const)('if GitHub sends %s', async ([, method, path, fault], { begin }) => {
    const { answers, check, heal, issue } = await beginNights(begin)
    await check()
    heal()
    answers(method, path, fault)
    expect(warningsOf(await check())).toEqual([])
    expect(issue()).toMatchObject({ state: 'closed', comments: [{}] })
  })
})

describe('the drift issue is found', () => {
  onceIt.for([{ labels: [] }, { labels: ['attach-acr-drift'] }])('among many: %j', async ({ labels }, { begin }) => {
    const { check, github, states } = await beginNights(begin)
    await check()
    const [issue] = github.issues
    Object.assign(issue ?? {}, {
      labels,
      ...(labels[0] && { state: 'closed', stateReason: 'not_planned', closedAt: Date.now() }),
    })
    for (let index = 0; index < 120; index += 1)
      Object.assign(github.addIssue({ title: `Release ${index}`, author: 'github-actions[bot]' }), { state: 'closed' })
    const end = await check()
    // The latest hundred, then all that are open, and those that are closed and have the label.
    expect(githubRequests(end).slice(0, 3)).toEqual(Array.from({ length: 3 }, () => 'GET issues 200'))
    expect(states()).toHaveLength(121)
  })

  onceIt('if a page has fewer issues than requested, and names another page', async ({ begin }) => {
    const { answers, check, issue } = await beginNights(begin)
    await check()
    const link = '<https://api.github.com/repositories/1/issues?page=2>; rel="next", <https://x>; rel="last"'
    answers('GET', /\/issues$/, { status: 200, headers: { ...json, link }, body: [] })
    await check()
    expect(issue()).toMatchObject({ number: 1, state: 'open' })
  })

  onceIt(
    'and no issue of a person or pull request, whatever its text is and whether GitHub filters by author',
    async ({ begin }) => {
      const { answers, check, github, heal, issue } = await beginNights(begin, { variations: 'encoding' })
      await check()
      const { body } = issue()
      const others = [
        github.addIssue({ title: 'A copy', body, author: 'octocat' }),
        github.addIssue({ title: 'A pull request', body, labels: ['attach-acr-drift'], isPullRequest: true }),
        github.addIssue({ title: 'No marker', body: 'x', labels: ['attach-acr-drift'] }),
      ]
      const before = JSON.stringify(others)
      const [mine] = github.issues
      const theirs = {
        ...mine,
        number: 7,
        html_url: 'https://github.com/contoso/shop/issues/7',
        user: { login: 'octocat' },
      }
      answers('GET', /\/issues$/, { status: 200, body: [theirs, { ...mine, user: { login: 'github-actions[bot]' } }] })
      heal()
      const end = await check()
      expect(end.requests.filter(({ path }) => path.endsWith('/issues/7'))).toEqual([])
      expect(JSON.stringify(others)).toBe(before)
      expect(mine?.state).toBe('closed')
    },
  )

  onceIt.for(['deleted', 'transferred'] as const)(
    'no more if it was %s in the middle of the run',
    async (gone, { begin }) => {
      const { both, check, github, issue, whenAnswered } = await beginNights(begin)
      await check()
      const first = issue()
      whenAnswered(
        ({ path }) => path.endsWith('/issues'),
        () => (first.gone = gone),
      )
      expect(warningsOf(await check(both))).toEqual([])
      await check(both)
      expect(github.issues.map(({ gone: how, state }) => [how ?? state, state])).toEqual([
        [gone, 'open'],
        ['open', 'open'],
      ])
    },
  )
})

describe('a drift issue that GitHub does not let the step keep is a warning, and the check stays as it is,', () => {
  // What each refusal is called, and advised: packages/drift-issue/__tests__/github-errors.txt.
  onceIt('because its token may only read', async ({ begin }) => {
    const { check, github } = await beginNights(begin)
    Object.assign(github.tokens.get('ghs_simulated') ?? {}, { issues: 'read' })
    const end = await check()
    expectFailure(end, 'DRIFT')
    expect(warningsOf(end)).toEqual([expect.stringContaining('issues: write')])
    expect(github.issues).toEqual([])
  })

  onceIt("because who closed it can't be read", async ({ begin }) => {
    const { answers, check, issue, unchanged } = await beginNights(begin)
    await check()
    Object.assign(issue(), {
      state: 'closed',
      stateReason: 'not_planned',
      closedBy: 'stale[bot]',
      closedAt: Date.now(),
    })
    answers('GET', /\/issues\/1$/, { status: 403, body: { message: 'No.' } })
    expect(warningsOf(await unchanged(() => check()))).toHaveLength(1)
    // Now it may: a bot's closing is nobody's decision.
    await check()
    expect(issue().state).toBe('open')
  })
})

describe('the drift issue', () => {
  onceIt('is kept whatever slashes and spaces are around GITHUB_API_URL', async ({ begin }) => {
    const { check, issue } = await beginNights(begin)
    await check({}, { environment: { GITHUB_API_URL: ' https://api.github.com// ' } })
    expect(issue().state).toBe('open')
  })

  it('is at an Enterprise Server, too', async ({ begin }) => {
    const { check, issue } = await beginNights(begin, { runner: { enterpriseServer: 'github.contoso.example' } })
    const end = await check()
    expect(end.outputs['drift-issue-url']).toBe('https://github.contoso.example/contoso/shop/issues/1')
    expect(issue().body).toContain('https://github.contoso.example/contoso/shop/actions/runs/')
    const hosts = end.requests.filter(({ path }) => path.includes('/repos/')).map(({ host }) => host)
    expect(new Set(hosts)).toEqual(new Set(['github.contoso.example']))
  })

  it('is given up if the job is cancelled while GitHub does not answer', async ({ begin }) => {
    const { check, simulator } = await beginNights(begin)
    simulator.faults.add({ host: 'api.github.com', delayMs: 20_000, times: Infinity })
    const end = await check({}, { cancel: { when: ({ host }) => host === 'api.github.com' } })
    expect(end.outputs).toMatchObject({ drift: 'true', 'error-code': 'DRIFT' })
    expect(end.msToCancel).toBeLessThan(7000)
  })

  onceIt('does not hold up a job that is cancelled', async ({ begin }) => {
    const { check, github } = await beginNights(begin)
    github.secondaryLimit = { writes: 0, windowMs: 900, retryAfterSeconds: 60 }
    const end = await check({}, { cancel: { whenLogged: 'next try in' } })
    expect(end.msToCancel).toBeLessThan(5000)
    expect(end.outputs['error-code']).toBe('DRIFT')
  })

  onceIt('is kept by check only, and with a token', async ({ begin }) => {
    const { attach, check } = await beginNights(begin)
    const end = await attach({ 'drift-issue': 'true' })
    expectAttached(end, { changed: true })
    expect(githubRequests(end)).toEqual([])
    expect(warningsOf(end)).toEqual([expect.stringMatching(/^drift-issue /)])
    expectFailure(await check({ 'github-token': ' ' }), 'INVALID_INPUT')
  })
})
