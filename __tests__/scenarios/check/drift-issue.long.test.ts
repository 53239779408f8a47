import { describe, expect } from 'vitest'
import { disarm, letDeploy } from '../../support/estate.js'
import { headlineOf, unwrapped, warningsOf } from '../../support/reading.js'
import { expectAttached, expectFailure, it, onceIt, type Scenario, type StepEnd } from '../../support/scenario.js'

const check = { mode: 'check', 'drift-issue': 'true' }
const schedule = { runner: { workflow: 'nightly-drift', job: 'check', eventName: 'schedule' } }
const day = 24 * 3_600_000

/** The requests to GitHub's REST API, each as its method and the end of its path. */
function githubRequests({ requests }: Pick<StepEnd, 'requests'>): string[] {
  return requests
    .filter(({ path }) => path.includes('/repos/'))
    .map(({ method, path, status }) => `${method} ${path.split('/repos/contoso/shop/')[1] ?? path} ${status}`)
}

/** A snapshot of GitHub's data for later comparison. */
const everythingOf = ({ world: { github } }: Scenario): string => JSON.stringify([github.issues, github.labels])

/** A later night: a run of its own. */
const inRun = (run: number, more: Record<string, string> = {}) => ({
  environment: { GITHUB_RUN_ID: String(1_658_821_493 + run), ...more },
})

/** Removes the role assignments of the cluster's kubelet identity. */
function lose({ world, grants }: Scenario): void {
  for (const grant of grants()) world.assignments.remove(grant)
}

const onlyIssue = ({ world: { github } }: Scenario) => {
  expect(github.issues).toHaveLength(1)
  const [issue] = github.issues
  if (!issue) throw new Error('there is no issue')
  return issue
}

describe('a GitHub server without the GraphQL API', () => {
  onceIt.for([404, 501])('gets the drift report, in the same issue each night: HTTP %i', async (status, { begin }) => {
    const scenario = await begin(schedule)
    const { attach, simulator } = scenario
    simulator.faults.add({ host: 'api.github.com', path: '/graphql', status, times: Infinity })
    expectFailure(await attach(check), 'DRIFT')
    expectFailure(await attach(check), 'DRIFT')
    expect(onlyIssue(scenario).state).toBe('open')
  })
})

describe('a registry with a domain name label', () => {
  const server = 'labelacr-ekf2h6b5cnd3.azurecr.io'

  onceIt.for([
    ['that lost its grants', () => undefined, 'DRIFT', /^⟳ aks-prod-1 .*labelacr/],
    [
      'that could not be read',
      ({ simulator }: Scenario) => {
        const error = { code: 'Strange', message: 'Something is wrong.' }
        simulator.faults.add({ path: '/roleAssignments', status: 400, body: { error }, times: Infinity })
      },
      'AZURE_REFUSED',
      /^\? aks-prod-1 /,
    ],
  ] as const)('%s has one name in log, annotations, summary and issue', async ([, happens, code, says], { begin }) => {
    const scenario = await begin(schedule)
    const { attach, group, world } = scenario
    const registry = group.addRegistry('labelacr', { loginServer: server })
    letDeploy(scenario, group.id)
    expectFailure(await attach({ ...check, registry: registry.id }), 'DRIFT')
    happens(scenario)
    const end = await attach({ ...check, registry: registry.id })
    expectFailure(end, code)
    const issues = world.github.issues.flatMap(({ title, body, comments }) => [
      title,
      body,
      ...comments.map(comment => comment.body),
    ])
    const texts = [end.log, end.summary, ...end.annotations.map(({ message }) => message), ...issues]
    expect(headlineOf(end)).toMatch(says)
    // Only the login server contains the hash.
    for (const text of texts) expect(text.replaceAll(server, '')).not.toContain('ekf2h6b5cnd3')
  })
})

describe('a week of nights', () => {
  it('opens, keeps, edits, closes and reopens one issue', async ({ begin }) => {
    const scenario = await begin(schedule)
    const { attach, world, group, registry } = scenario
    const { github } = world
    letDeploy(scenario, group.id)
    const second = group.addCluster('aks-prod-2')
    const night = async () => {
      github.passTime(day)
      return attach({ ...check, cluster: '*' })
    }
    expectAttached(await attach({ cluster: '*' }), { changed: true })

    // No drift: the only request looks for an open issue.
    const quiet = await night()
    expectAttached(quiet, { changed: false })
    expect(githubRequests(quiet)).toEqual(['GET issues 200'])
    expect(github).toMatchObject({ issues: [], labels: [] })

    lose(scenario)
    const first = await night()
    expectFailure(first, 'DRIFT')
    const issue = onlyIssue(scenario)
    expect(issue).toMatchObject({
      title: expect.stringMatching(/^Drift: 1 of 2 clusters$/) as string,
      state: 'open',
      labels: ['attach-acr-drift'],
      comments: [],
    })
    expect(github.labels).toMatchObject([{ name: 'attach-acr-drift', color: 'd1242f' }])
    expect(issue.body).toMatch(
      /^<!-- attach-acr drift name=\.github%2Fworkflows%2Fnightly-drift\.yml%20%2F%20check%20%2F%20__attach run=1658821493\.1 /,
    )
    expect(issue.body).toMatch(/^\*\*aks-prod-1 .* contosoacr: AcrPull is missing\*\*$/m)
    expect(issue.body).toContain('https://github.com/contoso/shop/actions/runs/1658821493')
    expect(issue.body).toContain('mode: attach')
    expect(unwrapped(issue.body)).toContain(
      `az role assignment create --assignee-object-id ${scenario.cluster.kubeletIdentity.objectId} --assignee-principal-type ServicePrincipal`,
    )
    expect(first.log).toContain('drift issue  #1 opened: https://github.com/contoso/shop/issues/1')
    expect(first.summary).toContain('Drift issue: [#1](https://github.com/contoso/shop/issues/1) opened.')

    // The same drift: every byte stays, and nothing is written.
    github.passTime(day)
    const before = everythingOf(scenario)
    const same = await attach({ ...check, cluster: '*' })
    expectFailure(same, 'DRIFT')
    expect(githubRequests(same)).toEqual(['GET issues 200'])
    expect(everythingOf(scenario)).toBe(before)

    for (const grant of world.roleAssignments.filter(
      ({ principalId }) => principalId === second.kubeletIdentity.objectId,
    ))
      world.assignments.remove(grant)
    expectFailure(await night(), 'DRIFT')
    expect(onlyIssue(scenario)).toMatchObject({
      title: expect.stringMatching(/^Drift: 2 of 2 clusters$/) as string,
      comments: [
        {
          body: expect.stringMatching(/^\*\*Worse\*\*: 1 .*\n- aks-prod-2 .*contosoacr/) as string,
        },
      ],
    })

    world.assignRole({
      principalId: scenario.cluster.kubeletIdentity.objectId,
      role: 'AcrPull',
      scope: registry.id,
    })
    expectFailure(await night(), 'DRIFT')
    expect(onlyIssue(scenario).comments.at(-1)?.body).toMatch(/^\*\*Better\*\*: 1 .*\n- aks-prod-1 .*contosoacr/)
    expect(onlyIssue(scenario).body).toMatch(/^\*\*aks-prod-2 [^]*^\| aks-prod-1 \| ✓ assigned \|$/m)

    world.assignRole({ principalId: second.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
    const healed = await night()
    expectAttached(healed, { changed: false })
    expect(healed.log).toContain('drift issue  #1 closed')
    expect(onlyIssue(scenario)).toMatchObject({ state: 'closed', stateReason: 'completed' })
    expect(onlyIssue(scenario).comments).toHaveLength(3)

    const closed = everythingOf(scenario)
    expectAttached(await attach({ ...check, cluster: '*' }), { changed: false })
    expect(everythingOf(scenario)).toBe(closed)

    lose(scenario)
    expect((await night()).log).toContain('drift issue  #1 reopened')
    expect(onlyIssue(scenario)).toMatchObject({ state: 'open', stateReason: 'reopened' })
    expect(onlyIssue(scenario).comments).toHaveLength(4)
    expect(onlyIssue(scenario).comments.at(-1)?.body).toMatch(/^- aks-prod-1 .*contosoacr.*AcrPull/m)

    world.assignRole({
      principalId: scenario.cluster.kubeletIdentity.objectId,
      role: 'AcrPull',
      scope: registry.id,
    })
    await night()
    expect(onlyIssue(scenario).state).toBe('closed')
    github.passTime(7 * day + 60_000)
    // Later comments by people do not make it a new one.
    onlyIssue(scenario).updatedAt = Date.now()
    lose(scenario)
    expectFailure(await attach({ ...check, cluster: '*' }), 'DRIFT')
    expect(github.issues.map(({ state }) => state)).toEqual(['closed', 'open'])
  })
})

describe('the drift issue', () => {
  onceIt("is also kept if drift doesn't fail the step", async ({ begin }) => {
    const scenario = await begin(schedule)
    const end = await scenario.attach({ ...check, 'fail-on-drift': 'false' })
    expect(end).toMatchObject({ exitCode: 0, stderr: '' })
    expect(end.annotations).toMatchObject([{ level: 'warning', title: 'attach-acr: DRIFT on aks-prod-1' }])
    expect(onlyIssue(scenario).state).toBe('open')
  })

  onceIt('is one for each step, job and workflow', async ({ begin }) => {
    const scenario = await begin(schedule)
    const { attach, group, world } = scenario
    group.addCluster('aks-prod-2')
    const { issues } = world.github
    await attach(check)
    await attach({ ...check, cluster: 'aks-prod-2' }, { environment: { GITHUB_ACTION: 'second' } })
    expect(issues).toHaveLength(2)
    await attach(check, { environment: { GITHUB_JOB: 'other' } })
    expect(issues).toHaveLength(3)
    const file = 'contoso/shop/.github/workflows/other.yml@refs/heads/main'
    // Two files can have the same name.
    await attach(check, { environment: { GITHUB_WORKFLOW_REF: file } })
    expect(issues).toHaveLength(4)
    expect(issues.map(({ comments }) => comments.length)).toEqual([0, 0, 0, 0])
  })

  onceIt('is a separate one for each name that is declared', async ({ begin }) => {
    const scenario = await begin(schedule)
    const { attach, world } = scenario
    const { issues } = world.github
    const wishes = [check, { ...check, role: 'AcrPush', 'drift-issue': 'push' }]
    for (const inputs of wishes) await attach(inputs)
    expect(issues.map(({ state }) => state)).toEqual(['open', 'open'])
    const before = everythingOf(scenario)
    for (const inputs of wishes) expectFailure(await attach(inputs), 'DRIFT')
    expect(everythingOf(scenario)).toBe(before)
  })

  onceIt('stays the same when a cluster is added or the branch is another', async ({ begin }) => {
    const scenario = await begin(schedule)
    const { attach, group } = scenario
    group.addCluster('aks-prod-2')
    await attach(check)
    const both = { ...check, cluster: 'aks-prod-1\naks-prod-2' }
    await attach(both, inRun(2))
    expect(onlyIssue(scenario).title).toContain('2 of 2 ')
    const before = everythingOf(scenario)
    const branch = 'contoso/shop/.github/workflows/nightly-drift.yml@refs/heads/feature'
    await attach(both, inRun(3, { GITHUB_WORKFLOW_REF: branch }))
    expect(everythingOf(scenario)).toBe(before)
  })

  onceIt('with a declared name stays the same in another file, job and step', async ({ begin }) => {
    const scenario = await begin(schedule)
    const { attach } = scenario
    const named = { ...check, 'drift-issue': 'production' }
    await attach(named)
    const before = everythingOf(scenario)
    const file = 'contoso/shop/.github/workflows/renamed.yml@refs/heads/main'
    await attach(named, inRun(2, { GITHUB_WORKFLOW_REF: file, GITHUB_WORKFLOW: 'Other', GITHUB_JOB: 'other' }))
    expect(everythingOf(scenario)).toBe(before)
  })

  onceIt('is separate for two steps of a job, even if one checks everything that the other does', async ({ begin }) => {
    const scenario = await begin(schedule)
    const { attach, group, world } = scenario
    group.addCluster('aks-prod-2')
    const night = async () => {
      await attach(check, { environment: { GITHUB_ACTION: '__contoso_attach-acr' } })
      const both = { ...check, cluster: 'aks-prod-1\naks-prod-2' }
      await attach(both, { environment: { GITHUB_ACTION: '__contoso_attach-acr_2' } })
      return world.github.issues.map(({ state, comments }) => [state, comments.length])
    }
    const first = await night()
    expect(first).toEqual([
      ['open', 0],
      ['open', 0],
    ])
    expect(await night()).toEqual(first)
  })

  onceIt('keeps what people write below the line, and is never the issue of a person', async ({ begin }) => {
    const scenario = await begin(schedule)
    const { attach, group, world } = scenario
    await attach(check)
    const mine = onlyIssue(scenario)
    const quoted = world.github.addIssue({ title: 'What is this?', body: `> ${mine.body}`, author: 'octocat' })
    const copied = world.github.addIssue({ title: 'A copy', body: mine.body, author: 'octocat' })
    const others = JSON.stringify([quoted, copied])
    mine.body += '\nOn it. -- Ada\n\n- [ ] ask the platform team\n'
    letDeploy(scenario, group.id)
    await attach({ registry: 'contosoacr' })
    lose(scenario)
    group.addCluster('aks-prod-2')
    await attach({ ...check, cluster: '*' }, inRun(2))
    await attach({ ...check, cluster: 'aks-prod-1\naks-prod-2' }, inRun(3))
    const [first] = world.github.issues
    expect(first?.title).toContain('2 of 2 ')
    expect(first?.body).toMatch(/\n---\n<!-- [^>]+ -->\n\nOn it\. -- Ada\n\n- \[ \] ask the platform team\n$/)
    await attach({ cluster: '*' })
    await attach({ ...check, cluster: 'aks-prod-1\naks-prod-2' }, inRun(4))
    expect(first?.state).toBe('closed')
    expect(JSON.stringify([quoted, copied])).toBe(others)
  })

  onceIt("is never the issue of a person, even if the server doesn't filter lists by author", async ({ begin }) => {
    const scenario = await begin({ ...schedule, variations: 'encoding' })
    const { attach, world, simulator } = scenario
    await attach(check)
    const [mine] = world.github.issues.splice(0)
    const copied = {
      ...mine,
      number: 7,
      html_url: 'https://github.com/contoso/shop/issues/7',
      user: { login: 'octocat' },
    }
    simulator.faults.add({ host: 'api.github.com', method: 'GET', path: /\/issues$/, status: 200, body: [copied] })
    const end = await attach(check)
    expectFailure(end, 'DRIFT')
    expect(onlyIssue(scenario).state).toBe('open')
    // But when it was written.
    const [body, before] = [onlyIssue(scenario).body, mine?.body].map(text => text?.replace(/ at=\S+/, ''))
    expect(body).toBe(before)
    expect(end.requests.filter(({ path }) => path.endsWith('/issues/7'))).toEqual([])
  })

  onceIt('stays closed as not planned until the drift changes', async ({ begin }) => {
    const scenario = await begin(schedule)
    const { attach, group, world } = scenario
    const both = { ...check, cluster: 'aks-prod-1\naks-prod-2' }
    const second = group.addCluster('aks-prod-2')
    world.assignRole({ principalId: second.kubeletIdentity.objectId, role: 'AcrPull', scope: scenario.registry.id })
    await attach(both)
    Object.assign(onlyIssue(scenario), { state: 'closed', stateReason: 'not_planned', closedAt: Date.now() })
    const before = everythingOf(scenario)
    world.github.passTime(30 * day)
    const after = everythingOf(scenario)
    const quiet = await attach(both)
    expectFailure(quiet, 'DRIFT')
    expect(githubRequests(quiet).filter(text => !text.startsWith('GET '))).toEqual([])
    expect(everythingOf(scenario)).toBe(after)
    expect(before).not.toBe('')
    for (const grant of world.roleAssignments.filter(
      ({ principalId }) => principalId === second.kubeletIdentity.objectId,
    ))
      world.assignments.remove(grant)
    expectFailure(await attach(both), 'DRIFT')
    expect(world.github.issues.map(({ state }) => state)).toEqual(['closed', 'open'])
  })

  onceIt('is opened even if GitHub refuses the colour of its label', async ({ begin }) => {
    const scenario = await begin(schedule)
    scenario.simulator.faults.add({
      method: 'POST',
      path: /\/labels$/,
      status: 403,
      body: { message: 'Resource not accessible by integration' },
    })
    const end = await scenario.attach(check)
    expect(onlyIssue(scenario).state).toBe('open')
    expect(end.annotations.map(({ level }) => level)).toEqual(['error'])
  })

  onceIt('is opened without its label if GitHub refuses to create it', async ({ begin }) => {
    const scenario = await begin(schedule)
    const message = 'You do not have permission to create labels on this repository.'
    const errors = [{ resource: 'Repository', field: 'label', code: 'unauthorized' }]
    scenario.simulator.faults.add({
      method: 'POST',
      path: /\/(labels|issues)$/,
      status: 403,
      times: 2,
      body: { message, errors },
    })
    const end = await scenario.attach(check)
    expect(onlyIssue(scenario)).toMatchObject({ state: 'open', labels: [] })
    expect(end.annotations.map(({ level }) => level)).toEqual(['error'])
  })

  it('is not touched by a run that could not check anything', async ({ begin }) => {
    const scenario = await begin(schedule)
    const { attach, world, registry, simulator, deployer } = scenario
    await attach(check)
    const before = everythingOf(scenario)
    const federated = deployer.federatedCredentials.splice(0)
    const blind = await attach(check)
    expectFailure(blind, 'FEDERATED_CREDENTIAL_MISMATCH')
    expect(everythingOf(scenario)).toBe(before)
    expect(githubRequests(blind)).toEqual([])
    deployer.federatedCredentials.push(...federated)

    world.assignRole({ principalId: scenario.cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
    simulator.faults.add({
      method: 'GET',
      path: `${registry.id}/providers/Microsoft.Authorization/roleAssignments`,
      times: Infinity,
      status: 403,
      body: { error: { code: 'AuthorizationFailed', message: 'No.' } },
    })
    expectFailure(await attach(check), 'AUTHORIZATION_FAILED')
    expect(everythingOf(scenario)).toBe(before)
    simulator.faults.clear()
    expectAttached(await attach(check), { changed: false })
    expect(onlyIssue(scenario).state).toBe('closed')
  })

  it("stays open while some of what it lists can't be checked", async ({ begin }) => {
    const scenario = await begin(schedule)
    const { attach, group, world, simulator, cluster } = scenario
    letDeploy(scenario, group.id)
    const other = group.addRegistry('otheracr')
    const inputs = { ...check, registry: 'contosoacr\notheracr' }
    await attach(inputs)
    expect(onlyIssue(scenario).body).toContain('| aks-prod-1 | otheracr.azurecr.io |')
    for (const scope of [scenario.registry.id, other.id])
      world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope })
    simulator.faults.add({
      method: 'GET',
      path: `${other.id}/providers/Microsoft.Authorization/roleAssignments`,
      times: Infinity,
      status: 403,
      body: { error: { code: 'AuthorizationFailed', message: 'No.' } },
    })
    const end = await attach(inputs)
    expect(end.log).toMatch(/^drift issue {2}#1 /m)
    const issue = onlyIssue(scenario)
    expect(issue).toMatchObject({
      state: 'open',
      title: expect.stringMatching(/^Drift: aks-prod-1 on otheracr /) as string,
    })
    expect(issue.body).not.toContain('| contosoacr.azurecr.io |')
    expect(issue.comments).toMatchObject([
      { body: expect.stringMatching(/^\*\*Better\*\*: 1 .*\n- aks-prod-1 .*contosoacr/) as string },
    ])
    const before = everythingOf(scenario)
    await attach(inputs)
    expect(everythingOf(scenario)).toBe(before)

    // Drift elsewhere is reported, and unknown items next to it.
    lose(scenario)
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: other.id })
    await attach(inputs)
    expect(issue.comments.at(-1)?.body).toMatch(/^\*\*Worse\*\*: 1 .*\n- aks-prod-1 .*contosoacr/)
    expect(onlyIssue(scenario).body).toMatch(
      /from contosoacr: AcrPull is missing\*\*[^]*\| otheracr\.azurecr\.io \| AUTHORIZATION/,
    )
  })

  it('needs a permission, and names it; the result of the check stays the same', async ({ begin }) => {
    const scenario = await begin(schedule)
    const { attach, world } = scenario
    const token = world.github.tokens.get('ghs_simulated')
    for (const permission of ['read', 'none'] as const) {
      if (token) token.issues = permission
      const end = await attach(check)
      expectFailure(end, 'DRIFT')
      const warning = end.annotations.find(({ level }) => level === 'warning')?.message
      expect(warning).toContain('Resource not accessible by integration')
      expect(warning).toContain('issues: write')
    }
    expect(world.github.issues).toEqual([])
    expect((await attach({ mode: 'check' })).annotations.map(({ level }) => level)).toEqual(['error'])

    await attach()
    const green = await attach(check)
    expectAttached(green, { changed: false })
    expect(green.annotations).toMatchObject([{ level: 'warning' }])
  })

  onceIt.for([
    ['a token that is not valid', { 'github-token': 'ghp_revoked' }, 'Bad credentials', 'github-token'],
    ['a repository without issues', {}, 'Issues has been disabled', 'drift-issue: false'],
  ] as const)('shows what to do about %s', async ([name, inputs, message, advice], { begin }) => {
    const scenario = await begin(schedule)
    if (name.includes('without')) scenario.world.github.issuesEnabled = false
    const end = await scenario.attach({ ...check, ...inputs })
    expectFailure(end, 'DRIFT')
    const warnings = warningsOf(end)
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toContain(message)
    expect(warnings[0]).toContain(advice)
  })

  it('is at an Enterprise Server, too', async ({ begin }) => {
    const scenario = await begin({ runner: { ...schedule.runner, enterpriseServer: 'github.contoso.example' } })
    const end = await scenario.attach(check)
    expectFailure(end, 'DRIFT')
    expect(end.log).toMatch(/^drift issue {2}#1 .*: https:\/\/github\.contoso\.example\/contoso\/shop\/issues\/1$/m)
    expect(onlyIssue(scenario).body).toContain('https://github.contoso.example/contoso/shop/actions/runs/')
    const hosts = end.requests.filter(({ path }) => path.includes('/repos/')).map(({ host }) => host)
    expect(new Set(hosts)).toEqual(new Set(['github.contoso.example']))
  })

  it("waits for GitHub's limits", async ({ begin }) => {
    // Not `schedule`, which can move the action's clock: GitHub says when a limit ends.
    const scenario = await begin()
    const { github } = scenario.world
    // Long enough for a busy machine to send its requests.
    github.secondaryLimit = { writes: 1, windowMs: 5000, retryAfterSeconds: 5 }
    github.rateLimit = { requests: 4, windowMs: 8000 }
    const end = await scenario.attach(check)
    expectFailure(end, 'DRIFT')
    expect(end.log).toContain('secondary rate limit')
    expect(end.log).toContain('API rate limit exceeded')
    expect(onlyIssue(scenario).labels).toEqual(['attach-acr-drift'])
    expect(end.annotations.map(({ level }) => level)).toEqual(['error'])
  })

  onceIt('is left to the next run if a limit lasts too long', async ({ begin }) => {
    const scenario = await begin(schedule)
    scenario.world.github.secondaryLimit = { writes: 0, windowMs: 900, retryAfterSeconds: 900 }
    const end = await scenario.attach(check)
    expectFailure(end, 'DRIFT')
    expect(warningsOf(end)).toHaveLength(1)
    expect(scenario.world.github.issues).toEqual([])
  })

  onceIt('is opened once even if GitHub fails after opening it', async ({ begin }) => {
    const scenario = await begin(schedule)
    const { simulator } = scenario
    simulator.faults.add({
      method: 'POST',
      path: /\/issues$/,
      after: true,
      status: 502,
      body: { message: 'Bad Gateway' },
    })
    simulator.faults.add({ method: 'GET', path: /\/repos\/.*\/issues$/, status: 503, body: { message: 'Unavailable' } })
    await scenario.attach(check)
    expect(onlyIssue(scenario).state).toBe('open')
    const [grant] = scenario.grants()
    expect(grant).toBeUndefined()
    await scenario.attach()
    simulator.faults.add({ method: 'POST', path: /\/comments$/, after: true, reset: true })
    await scenario.attach(check)
    expect(onlyIssue(scenario)).toMatchObject({ state: 'closed' })
    expect(onlyIssue(scenario).comments).toHaveLength(1)
  })

  onceIt.for([
    ['half a list', 'GET', /\/issues$/, 200, '[{"number":1,"ti'],
    ['a list that is none', 'GET', /\/issues$/, 200, {}],
    ['nothing', 'GET', /\/issues$/, 200, ''],
    ['a time-out', 'GET', /\/issues$/, 408, { message: 'Request Timeout' }],
    ['half of who the token is', 'POST', /\/graphql$/, 200, '{"data":{"viewer"'],
    ['half of the new issue', 'POST', /\/issues$/, 201, '{"number":1'],
  ] as const)('is opened once if GitHub answers %s', async ([, method, path, status, body], { begin }) => {
    const scenario = await begin(schedule)
    const headers = { 'content-type': 'application/json; charset=utf-8' }
    const isDone = status === 201
    scenario.simulator.faults.add({ host: 'api.github.com', method, path, status, headers, body, after: isDone })
    const end = await scenario.attach(check)
    expectFailure(end, 'DRIFT')
    expect(onlyIssue(scenario).state).toBe('open')
  })

  onceIt.for([
    ['half of it', '{"number":1'],
    ['nothing', ''],
    ['null', 'null'],
  ] as const)('is closed without a warning if GitHub answers that with %s', async ([, body], { begin }) => {
    const scenario = await begin(schedule)
    await scenario.attach(check)
    await scenario.attach()
    const headers = { 'content-type': 'application/json; charset=utf-8' }
    scenario.simulator.faults.add({ method: 'PATCH', path: /\/issues\/1$/, status: 200, headers, body, after: true })
    const end = await scenario.attach(check)
    expect(warningsOf(end)).toEqual([])
    expect(onlyIssue(scenario).state).toBe('closed')
  })

  it('is a single one after two runs at once', async ({ begin }) => {
    const scenario = await begin({ ...schedule, timing: { roundTripMs: 20 } })
    const { attach, world } = scenario
    await Promise.all([attach(check), attach(check)])
    await attach(check)
    const open = world.github.issues.filter(({ state }) => state === 'open')
    expect(open.map(({ number }) => number)).toEqual([1])
    for (const duplicate of world.github.issues.slice(1)) {
      expect(duplicate.body).toContain('#1 ')
      expect(duplicate.comments.length).toBeGreaterThan(0)
    }
    // The duplicates are not reopened.
    await attach()
    await attach(check)
    lose(scenario)
    await attach(check)
    expect(world.github.issues[0]).toMatchObject({ number: 1, state: 'open', stateReason: 'reopened' })
  })

  onceIt('is not confused with issues that others write', async ({ begin }) => {
    const scenario = await begin(schedule)
    const { attach, world } = scenario
    await attach(check)
    const { body } = onlyIssue(scenario)
    const [mine] = world.github.issues
    // Even without its label it is found.
    if (mine) mine.labels = []
    world.github.addIssue({ title: 'A pull request', body, labels: ['attach-acr-drift'], isPullRequest: true })
    world.github.addIssue({ title: 'No marker', body: 'x', labels: ['attach-acr-drift'] })
    await attach(check)
    expect(world.github.issues.map(({ title }) => title.slice(0, 6))).toEqual(['Drift:', 'A pull', 'No mar'])
  })

  onceIt('is found among many', async ({ begin }) => {
    const scenario = await begin(schedule)
    const { attach, world } = scenario
    await attach(check)
    for (let index = 0; index < 120; index += 1)
      world.github.addIssue({ title: `Other ${index}`, author: 'github-actions[bot]' })
    const end = await attach(check)
    // The latest hundred, and then all that are open, on two pages, and those that are closed and have the label.
    expect(githubRequests(end)).toEqual(Array.from({ length: 4 }, () => 'GET issues 200'))
  })

  onceIt('is found if a page has fewer issues than requested, and names another page', async ({ begin }) => {
    const scenario = await begin(schedule)
    const { attach, simulator } = scenario
    await attach(check)
    const link = '<https://api.github.com/repositories/1/issues?page=2>; rel="next", <https://x>; rel="last"'
    const headers = { 'content-type': 'application/json', link }
    simulator.faults.add({ host: 'api.github.com', method: 'GET', path: /\/issues$/, status: 200, headers, body: [] })
    await attach(check)
    expect(onlyIssue(scenario)).toMatchObject({ number: 1, state: 'open' })
  })

  onceIt('is kept by check only', async ({ begin }) => {
    const scenario = await begin(schedule)
    const end = await scenario.attach({ 'drift-issue': 'true' })
    expectAttached(end, { changed: true })
    expect(githubRequests(end)).toEqual([])
    expect(end.annotations).toMatchObject([
      { level: 'warning', message: expect.stringMatching(/^drift-issue .*attach/) as string },
    ])
    const refused = await scenario.attach({ ...check, 'github-token': ' ' })
    expectFailure(refused, 'INVALID_INPUT')
    expect(refused.log).toMatch(/^ *github-token: /m)
  })

  onceIt('is given up if the job is cancelled while GitHub does not answer', async ({ begin }) => {
    const scenario = await begin(schedule)
    scenario.simulator.faults.add({ host: 'api.github.com', delayMs: 20_000, times: Infinity })
    const isAsked = ({ host }: { host: string }) => host === 'api.github.com'
    const end = await scenario.attach(check, { cancel: { when: isAsked } })
    expect(end.outputs).toMatchObject({ drift: 'true', 'error-code': 'DRIFT' })
    expect(end.msToCancel).toBeLessThan(7000)
  })

  onceIt.for(['GET', 'POST'])('is kept even if a web page replaces an answer once (%s)', async (method, { begin }) => {
    const scenario = await begin(schedule)
    const headers = { 'content-type': 'text/html' }
    const page = { host: 'api.github.com', method, status: 200, headers, body: '<html></html>' }
    scenario.simulator.faults.add({ ...page, path: /\/issues$/ })
    await scenario.attach(check)
    expect(onlyIssue(scenario).state).toBe('open')
  })

  onceIt('is reported as unavailable if a web page replaces the answer', async ({ begin }) => {
    const scenario = await begin(schedule)
    const headers = { 'content-type': 'text/html' }
    scenario.simulator.faults.add({
      host: 'api.github.com',
      status: 200,
      headers,
      body: '<html></html>',
      times: Infinity,
    })
    const end = await scenario.attach(check)
    expectFailure(end, 'DRIFT')
    expect(warningsOf(end)).toEqual([expect.stringMatching(/web page/)])
  })

  onceIt('does not hold up a job that is cancelled', async ({ begin }) => {
    const scenario = await begin(schedule)
    scenario.world.github.secondaryLimit = { writes: 0, windowMs: 900, retryAfterSeconds: 60 }
    const end = await scenario.attach(check, { cancel: { whenLogged: 'next try in' } })
    expect(end.msToCancel).toBeLessThan(5000)
    expect(end.outputs['error-code']).toBe('DRIFT')
  })
})

describe('the issue shows all drift', () => {
  onceIt('with images and deleted resources', async ({ begin }) => {
    const scenario = await begin(schedule)
    const { attach, world, cluster, registry, deployer } = scenario
    disarm(scenario)
    for (const role of ['Reader', 'Container Registry Data Importer and Data Reader'])
      world.assignRole({ principalId: deployer.objectId, role, scope: scenario.group.id })
    world.addSourceRegistry('docker.io').push('library/nginx', '1.27')
    await attach({ ...check, cluster: `${cluster.id}\n${cluster.id}-gone`, images: 'nginx:1.27' })
    const { title, body } = onlyIssue(scenario)
    expect(title).toBe('Drift: 2 of 2 clusters and 1 image')
    const rows = body.split('\n').filter(line => line.startsWith('| ') && line.includes(registry.loginServer))
    expect(rows.map(row => row.split(' | ')[0])).toEqual(['| aks-prod-1-gone', '| aks-prod-1', '| library/nginx:1.27'])
    expect(rows[0]).toContain('CLUSTER\\_NOT\\_FOUND')
  })
})
