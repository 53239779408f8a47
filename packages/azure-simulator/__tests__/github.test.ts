import { describe, expect, it } from 'vitest'
import { start, takeProblems, type Fixture } from './support/fixture.js'
import { textOf } from '../src/client.js'

const api = 'https://api.github.com/repos/contoso/shop'
const agent = { 'user-agent': 'a test' }
const token = 'ghs_simulated'

const send = ({ client }: Fixture, method: string, url: string, body?: unknown) =>
  client.send(method, url, { token, headers: agent, ...(body !== undefined && { body }) })

describe('GitHub issues', () => {
  it('are opened, edited, commented on, closed and reopened', async () => {
    const fixture = await start()
    const created = await send(fixture, 'POST', `${api}/issues`, { title: 'Drift', body: 'a', labels: ['drift'] })
    expect(created).toMatchObject({
      status: 201,
      json: {
        number: 1,
        state: 'open',
        user: { login: 'github-actions[bot]' },
        labels: [{ name: 'drift', color: 'ededed' }],
        html_url: 'https://github.com/contoso/shop/issues/1',
      },
    })
    await send(fixture, 'PATCH', `${api}/issues/1`, { body: 'b' })
    expect((await send(fixture, 'POST', `${api}/issues/1/comments`, { body: 'worse' })).status).toBe(201)
    expect((await send(fixture, 'GET', `${api}/issues/1/comments`)).json).toMatchObject([{ body: 'worse' }])
    const closed = await send(fixture, 'PATCH', `${api}/issues/1`, { state: 'closed' })
    expect(closed.json).toMatchObject({ state: 'closed', state_reason: 'completed', body: 'b', comments: 1 })
    expect(Date.parse(textOf(closed.json.closed_at))).toBeGreaterThan(Date.now() - 60_000)
    const reopened = await send(fixture, 'PATCH', `${api}/issues/1`, { state: 'open' })
    expect(reopened.json).toMatchObject({ state: 'open', state_reason: 'reopened', closed_at: null })
  })

  it('say who closed them if they are read alone, and not in a list', async () => {
    const fixture = await start()
    const issue = fixture.world.github.addIssue({ title: 'Drift' })
    const closerOf = async () => (await send(fixture, 'GET', `${api}/issues/1`)).json.closed_by
    expect(await closerOf()).toBeNull()
    await send(fixture, 'PATCH', `${api}/issues/1`, { state: 'closed' })
    expect(await closerOf()).toEqual({ login: 'github-actions[bot]', type: 'Bot' })
    issue.closedBy = 'octocat'
    expect(await closerOf()).toEqual({ login: 'octocat', type: 'User' })
    const [listed] = (await send(fixture, 'GET', `${api}/issues?state=closed`)).json as unknown as object[]
    expect(listed).not.toHaveProperty('closed_by')
    await send(fixture, 'PATCH', `${api}/issues/1`, { state: 'open' })
    expect(await closerOf()).toBeNull()
  })

  it('can be changed while they are locked, but not commented on', async () => {
    const fixture = await start()
    const issue = fixture.world.github.addIssue({ title: 'Drift' })
    issue.isLocked = true
    const refused = await send(fixture, 'POST', `${api}/issues/1/comments`, { body: 'worse' })
    expect(refused).toMatchObject({
      status: 403,
      json: { message: 'Unable to create comment because issue is locked.' },
    })
    const closed = await send(fixture, 'PATCH', `${api}/issues/1`, { state: 'closed' })
    expect(closed.json).toMatchObject({ state: 'closed', locked: true, comments: 0 })
  })

  it.each([
    ['deleted', 410],
    ['transferred', 404],
  ] as const)('that were %s are no longer there', async (gone, status) => {
    const fixture = await start()
    fixture.world.github.addIssue({ title: 'Drift' }).gone = gone
    expect((await send(fixture, 'GET', `${api}/issues?state=all`)).json).toEqual([])
    expect((await send(fixture, 'GET', `${api}/issues/1`)).status).toBe(status)
    expect((await send(fixture, 'PATCH', `${api}/issues/1`, { state: 'closed' })).status).toBe(status)
    expect((await send(fixture, 'POST', `${api}/issues/1/comments`, { body: 'x' })).status).toBe(status)
  })

  it('are listed by label, state and age, in pages', async () => {
    const fixture = await start()
    const { github } = fixture.world
    for (let index = 0; index < 5; index += 1) github.addIssue({ title: `Drift ${index}`, labels: ['Drift'] })
    github.addIssue({ title: 'Something else' })
    github.addIssue({ title: 'A pull request', labels: ['drift'], isPullRequest: true })
    const numbers = async (query: string) => {
      const { json, headers } = await send(fixture, 'GET', `${api}/issues?${query}`)
      return { numbers: (json as unknown as { number: number }[]).map(({ number }) => number), link: headers.link }
    }
    expect((await numbers('labels=drift')).numbers).toEqual([7, 5, 4, 3, 2, 1])
    const first = await numbers('labels=drift&per_page=4')
    expect(first.numbers).toEqual([7, 5, 4, 3])
    expect(first.link).toContain('page=2>; rel="next"')
    expect((await numbers('labels=drift&per_page=4&page=2')).numbers).toEqual([2, 1])
    github.passTime(3_600_000)
    await send(fixture, 'PATCH', `${api}/issues/2`, { state: 'closed' })
    const since = new Date(Date.now() - 60_000).toISOString()
    expect((await numbers(`state=closed&since=${since}`)).numbers).toEqual([2])
    expect((await numbers(`state=all&since=${since}`)).numbers).toEqual([2])
    expect((await numbers('creator=github-actions[bot]')).numbers).toEqual([])
  })

  it.each([
    ['POST', 'issues', {}, 'missing_field'],
    ['POST', 'issues', { title: 'x', body: 'y'.repeat(65_537) }, 'body is too long (maximum is 65536 characters)'],
    ['POST', 'labels', { name: 'drift', color: '#d1242f' }, 'invalid'],
    ['PATCH', 'issues/1', { state: 'gone' }, 'invalid'],
  ])('refuses invalid requests: %s %s', async (method, path, body, text) => {
    const fixture = await start()
    fixture.world.github.addIssue({ title: 'There' })
    const answer = await send(fixture, method, `${api}/${path}`, body)
    expect(answer).toMatchObject({ status: 422, json: { message: 'Validation Failed' } })
    expect(answer.text).toContain(text)
  })

  it('treats labels case-insensitively', async () => {
    const fixture = await start()
    const label = { name: 'drift', color: 'd1242f', description: 'x' }
    expect((await send(fixture, 'GET', `${api}/labels/drift`)).status).toBe(404)
    expect((await send(fixture, 'POST', `${api}/labels`, label)).status).toBe(201)
    const again = await send(fixture, 'POST', `${api}/labels`, { ...label, name: 'Drift' })
    expect(again).toMatchObject({ status: 422, json: { errors: [{ code: 'already_exists' }] } })
    expect((await send(fixture, 'GET', `${api}/labels/DRIFT`)).json).toMatchObject(label)
  })

  it('are refused to a token without permission', async () => {
    const fixture = await start()
    const { github } = fixture.world
    const read = github.tokens.get(token)
    if (read) read.issues = 'read'
    expect((await send(fixture, 'GET', `${api}/issues`)).status).toBe(200)
    const refused = await send(fixture, 'POST', `${api}/issues`, { title: 'x' })
    expect(refused).toMatchObject({ status: 403, json: { message: 'Resource not accessible by integration' } })
    expect(refused.headers['x-accepted-github-permissions']).toBe('issues=write')
    if (read) read.issues = 'none'
    expect((await send(fixture, 'GET', `${api}/issues`)).status).toBe(403)
    github.isPrivate = false
    expect((await send(fixture, 'GET', `${api}/issues`)).status).toBe(200)
    expect((await send(fixture, 'GET', 'https://api.github.com/repos/contoso/other/issues')).status).toBe(404)
    expect((await fixture.client.send('GET', `${api}/issues`, { token: 'ghp_old', headers: agent })).status).toBe(401)
    if (read) read.issues = 'write'
    github.issuesEnabled = false
    expect((await send(fixture, 'POST', `${api}/issues`, { title: 'x' })).status).toBe(410)
  })

  it('have limits for all requests and for writes', async () => {
    const fixture = await start()
    const { github } = fixture.world
    github.secondaryLimit = { writes: 1, windowMs: 60_000, retryAfterSeconds: 7 }
    expect((await send(fixture, 'POST', `${api}/issues`, { title: 'x' })).status).toBe(201)
    const secondary = await send(fixture, 'POST', `${api}/issues`, { title: 'y' })
    expect(secondary).toMatchObject({ status: 403, headers: { 'retry-after': '7' } })
    github.rateLimit.requests = 3
    expect((await send(fixture, 'GET', `${api}/issues`)).headers['x-ratelimit-remaining']).toBe('0')
    const primary = await send(fixture, 'GET', `${api}/issues`)
    expect(primary).toMatchObject({ status: 403, headers: { 'x-ratelimit-remaining': '0' } })
    expect(Number(primary.headers['x-ratelimit-reset'])).toBeGreaterThan(Date.now() / 1000)
  })

  it('are found by the search after a delay', async () => {
    const fixture = await start()
    const { github } = fixture.world
    github.addIssue({ title: 'Drift', body: '<!-- marker one -->', labels: ['drift'] })
    const search = async () =>
      (
        await send(
          fixture,
          'GET',
          `https://api.github.com/search/issues?q=${encodeURIComponent('repo:contoso/shop is:issue is:open label:drift "marker one" in:body')}`,
        )
      ).json.total_count
    expect(await search()).toBe(0)
    github.passTime(60_000)
    expect(await search()).toBe(1)
  })

  it('are at /api/v3 of an Enterprise Server', async () => {
    const fixture = await start({ runner: { enterpriseServer: 'github.contoso.example' } })
    const created = await send(fixture, 'POST', 'https://github.contoso.example/api/v3/repos/contoso/shop/issues', {
      title: 'x',
    })
    expect(created).toMatchObject({
      status: 201,
      json: { html_url: 'https://github.contoso.example/contoso/shop/issues/1' },
    })
  })

  it('has no other routes', async () => {
    const fixture = await start()
    expect((await send(fixture, 'GET', `${api}/pulls`)).status).toBe(404)
    expect(takeProblems(fixture.simulator)).toHaveLength(1)
  })
})
