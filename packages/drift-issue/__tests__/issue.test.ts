import { describe, expect, it } from 'vitest'
import { GithubError, IssueGone } from '../src/github/errors.js'
import type { Issues } from '../src/github/issues.js'
import { driftLabel, readWords } from '../src/hidden-lines.js'
import { keepDriftIssue } from '../src/issue.js'
import { sampleDrift, sampleId, sampleItem, sampleLink } from '../../../__tests__/support/drift.js'
import { createRepository } from './repository.js'

const dayMs = 24 * 3_600_000

/** What a night finds, each cluster by a letter: `{ drift: 'ab', fine: 'c' }`. */
interface Found {
  drift?: string
  fine?: string
  unknown?: string
}

const items = (letters = '', more = {}) =>
  [...letters].map(each => sampleItem(sampleId(`aks-${each}`), { key: each, ...more }))

/** A repository, in which nights follow each other. */
function begin() {
  let now = Date.parse('2026-11-01T03:00:00Z')
  let run = 0
  const repository = createRepository(() => now)
  const { all, issues, writes, comments } = repository
  /** A run, some days after the one before; by default, that of the same job. */
  const night = async (found: Found, { days = 1, owner = {}, of = issues, why = '' } = {}) => {
    now += days * dayMs
    run += 1
    const drift = sampleDrift(items(found.drift), {
      fine: items(found.fine),
      unknown: items(found.unknown, { code: 'AUTHORIZATION_FAILED', message: 'no right' }),
    })
    const id = { ...sampleLink, id: String(run), number: String(run) }
    const own = { name: 'nightly', run: `${run}.1`, file: 'nightly.yml', job: 'check', leg: '0a', at: now, ...owner }
    const kept = await keepDriftIssue(drift, {
      issues: of,
      run: id,
      owner: own,
      leaves: () => Promise.resolve(why),
      now,
    })
    /** Since when each item of this night has drifted. */
    return { ...kept, days: drift.items.map(item => kept.sinceOf?.(item).on) }
  }
  /** The state of each issue. */
  const states = () => all.map(({ state }) => state)
  const issueOf = (number = 1) => {
    const issue = all.find(each => each.number === number)
    if (!issue) throw new Error('there is no issue')
    return issue
  }
  const close = (stateReason: string, isClosedByBot?: boolean) =>
    Object.assign(issueOf(), { state: 'closed', stateReason, closedAt: now, isClosedByBot })
  return { all, issues, writes, comments, night, states, issueOf, close, first: () => night({ drift: 'a' }) }
}

describe('the drift issue', () => {
  it('is opened, kept, edited and closed, with a comment on what is worse and better', async () => {
    const { night, writes } = begin()
    const did = []
    const nights: Found[] = [{ fine: 'ab' }, { drift: 'a', fine: 'b' }, { drift: 'ab' }, { drift: 'b', fine: 'a' }]
    for (const found of [...nights, { fine: 'ab' }, { fine: 'ab' }]) did.push((await night(found)).did)
    expect(did).toEqual(['nothing', 'opened', 'edited', 'edited', 'closed', 'nothing'])
    const edited = ['update 1', 'comment 1']
    expect(writes).toEqual(['create 1', ...edited, ...edited, 'comment 1', 'update 1'])
  })

  it('has another day without a comment, once a day', async () => {
    const { night, first, writes } = begin()
    await first()
    expect((await night({ drift: 'a' })).did).toBe('unchanged')
    expect((await night({ drift: 'a' }, { days: 0 })).did).toBe('unchanged')
    expect(writes).toEqual(['create 1', 'update 1'])
  })

  it('is left alone by a run that could check nothing', async () => {
    const { night, first, writes } = begin()
    await first()
    for (const found of [{}, { unknown: 'a' }]) expect((await night(found)).did).toBe('left')
    expect(writes).toEqual(['create 1'])
  })

  it('waits for what no run has seen since', async () => {
    const { night, comments } = begin()
    await night({ drift: 'ab' })
    for (const found of [{ unknown: 'a', fine: 'b' }, { fine: 'b' }]) expect((await night(found)).did).toBe('waiting')
    expect(comments).toHaveLength(1)
    expect((await night({ fine: 'ab' })).did).toBe('closed')
  })
})

describe('drift that is back', () => {
  it.each([
    [7, ['open']],
    [8, ['closed', 'open']],
  ])('%i days after its issue was closed is new', async (days, states) => {
    const { night, first, ...repository } = begin()
    await first()
    await night({ fine: 'a' })
    const kept = await night({ drift: 'a' }, { days })
    expect(repository.states()).toEqual(states)
    expect(kept.days).toEqual([`2026-11-${String(3 + days).padStart(2, '0')}`])
  })

  it.each([
    ['completed', false, 0],
    ['not_planned', true, 1],
    ['duplicate', true, 1],
  ])('by whom it may be closed: as %s, by a bot: %s, is reopened with its date', async (reason, isByBot, asked) => {
    const { night, first, close, issues, states } = begin()
    await first()
    close(reason, isByBot)
    let gets = 0
    const counting = { ...issues, get: (number: number) => ((gets += 1), issues.get(number)) }
    const { did, since } = await night({ drift: 'ab' }, { of: counting })
    expect([did, since?.on, gets]).toEqual(['reopened', '2026-11-02', asked])
    expect(states()).toEqual(['open'])
  })
})

describe('an issue that a bot closed', () => {
  it.each(['not_planned', 'duplicate', 'completed'])(
    'as %s opens again while anything in it is unseen',
    async reason => {
      const { night, close, states, comments, issueOf } = begin()
      await night({ drift: 'ab' })
      close(reason, true)
      const { did, since } = await night({ fine: 'b' })
      expect([did, since?.on, states(), comments.length]).toEqual(['reopened', '2026-11-02', ['open'], 1])
      expect(issueOf().body).toContain('aks-a')
      expect((await night({ fine: 'b' })).did).toBe('waiting')
      expect((await night({ fine: 'ab' })).did).toBe('closed')
    },
  )

  it('opens again also if this run could check nothing', async () => {
    const { night, first, close, states, issueOf } = begin()
    await first()
    close('completed', true)
    expect((await night({ unknown: 'a' })).did).toBe('reopened')
    expect([states(), issueOf().body]).toEqual([['open'], expect.stringContaining('aks-a')])
    expect((await night({ unknown: 'a' })).did).toBe('left')
  })

  it('opens again although a person closed another one after it', async () => {
    const { night, first, close, issueOf, states } = begin()
    await first()
    const { closedAt = 0 } = close('not_planned', false)
    await night({ drift: 'ab' })
    Object.assign(issueOf(2), {
      state: 'closed',
      stateReason: 'completed',
      closedAt: closedAt - 1,
      isClosedByBot: true,
    })
    expect((await night({ fine: 'c' })).did).toBe('reopened')
    expect(states()).toEqual(['closed', 'open'])
  })

  it('keeps what this run does not see when it opens again for something new', async () => {
    const { night, first, close, issueOf } = begin()
    await first()
    close('completed', true)
    expect((await night({ drift: 'c', fine: 'b' })).did).toBe('reopened')
    expect(issueOf().body).toContain('aks-a')
  })

  it('opens again as it is if it only counts what it lists', async () => {
    const { night, first, close, issueOf, comments } = begin()
    await first()
    issueOf().body = issueOf().body.replace(/ drifts=.* -->$/m, ' drifts=- -->')
    close('not_planned', true)
    const { body } = issueOf()
    expect((await night({ fine: 'b', unknown: 'a' })).did).toBe('reopened')
    expect([issueOf().body, comments.length]).toEqual([body, 1])
  })

  const unseen: Found = { fine: 'b' }
  it.each<[string, string, boolean | undefined, Found, object]>([
    ['a run has seen all of it right', 'not_planned', true, { fine: 'ab' }, {}],
    ['all that it lists is gone', 'not_planned', true, unseen, { why: 'the cluster was deleted' }],
    ['it is older than a week', 'not_planned', true, unseen, { days: 8 }],
    ['it is of another name', 'not_planned', true, unseen, { owner: { name: 'other' } }],
    ['a person closed it', 'not_planned', false, unseen, {}],
    ['a person closed it as completed', 'completed', false, unseen, {}],
    ['GitHub does not say who closed it', 'completed', undefined, unseen, {}],
  ])('stays closed, without a comment, if %s', async (_, reason, isByBot, found, more) => {
    const { night, first, close, states, comments } = begin()
    await first()
    close(reason, isByBot)
    await night(found, more)
    expect([states(), comments]).toEqual([['closed'], []])
  })
})

describe('drift that a person has accepted', () => {
  it.each(['not_planned', 'duplicate'])('as %s has no issue, until it has healed and is back', async reason => {
    const { night, first, close, states, issueOf, comments } = begin()
    await first()
    close(reason)
    for (const days of [1, 30]) expect((await night({ drift: 'a' }, { days })).did).toBe('rejected')
    expect((await night({ fine: 'a' })).did).toBe('nothing')
    expect((await night({ drift: 'a' })).did).toBe('opened')
    expect(states()).toEqual(['closed', 'open'])
    expect(issueOf().stateReason).toBe(reason)
    expect(comments).toEqual([])
  })

  it('stays so while a part of it heals, and not when more comes', async () => {
    const { night, close, issues } = begin()
    await night({ drift: 'ab' })
    close('not_planned')
    expect((await night({ drift: 'b', fine: 'a' })).did).toBe('rejected')
    // Who has closed it decides nothing here.
    const unasked = { ...issues, get: () => Promise.reject(new Error('it is asked for')) }
    expect((await night({ drift: 'ab' }, { days: 12, of: unasked })).did).toBe('opened')
    expect((await night({ fine: 'ab' }, { of: unasked })).did).toBe('closed')
  })
})

it.each([
  [true, 'reopened'],
  [false, 'rejected'],
] as const)('a list that says whether a bot closed it (%s) is enough to know: %s', async (isByBot, did) => {
  const { night, first, close, all, issues } = begin()
  await first()
  const listing: Issues = {
    ...issues,
    listOwn: () => Promise.resolve({ open: [], closed: all }),
    get: () => Promise.reject(new Error('it is asked for')),
  }
  close('not_planned', isByBot)
  expect((await night({ drift: 'a' }, { of: listing })).did).toBe(did)
})

describe('what people write', () => {
  it('stays as the title', async () => {
    const { night, first, issueOf } = begin()
    await first()
    issueOf().title = 'Pulls fail'
    await night({ drift: 'ab' })
    expect(issueOf().title).toBe('Pulls fail')
  })

  it('is all that is left of the body: the issue is found by its label, and not closed for what it may have listed', async () => {
    const { night, first, issueOf } = begin()
    await first()
    issueOf().body = 'We know.'
    expect((await night({ drift: 'a' })).did).toBe('edited')
    expect(readWords(issueOf().body).below.trim()).toBe('We know.')
    issueOf().body = 'We know.'
    expect((await night({ fine: 'a' })).did).toBe('nothing')
  })

  it('may delete what the issue remembers: then it stays open, by name', async () => {
    const { night, first, issueOf } = begin()
    await first()
    issueOf().body = issueOf().body.replace(/^<!-- attach-acr state=.* -->$/m, '')
    expect((await night({ fine: 'a' })).did).toBe('forgotten')
    expect(issueOf().state).toBe('open')
  })

  it.each([
    ['is in two bodies without hidden lines', 2, 'We know.'],
    ['fills a body without hidden lines', 1, 'm'.repeat(65_000)],
  ])('%s: there is a new issue', async (_, bodies, words) => {
    const { night, first, issueOf, all } = begin()
    await first()
    issueOf().body = words
    if (bodies === 2) all.push({ ...issueOf(), number: 7 })
    await night({ drift: 'a' })
    expect(all.at(-1)).toMatchObject({ state: 'open', number: 2, labels: [driftLabel.name] })
    expect(issueOf().body).toBe(words)
  })
})

describe('another issue', () => {
  it('of the same name is closed as a duplicate of the oldest, and never reopened', async () => {
    const { night, first, all, issueOf, states } = begin()
    await first()
    all.unshift({ ...issueOf(), number: 9 })
    await night({ drift: 'a' })
    expect(states()).toEqual(['closed', 'open'])
    expect(issueOf(9).body).not.toContain('<!-- attach-acr')
    await night({ fine: 'a' })
    expect((await night({ drift: 'a' })).issue?.number).toBe(1)
  })

  it('that another leg opened at the same time is the only one, and the later leg says whose it is', async () => {
    const { night, issues, states } = begin()
    const leg = { run: '70.1', leg: '0b' }
    const late = {
      ...issues,
      create: async (text: { title: string; body: string }) => (
        await night({ drift: 'b' }, { owner: leg }),
        issues.create(text)
      ),
    }
    const { did, writer } = await night({ drift: 'a' }, { owner: { run: '70.1' }, of: late })
    expect([did, writer?.job]).toEqual(['taken', 'check'])
    expect(states()).toEqual(['open', 'closed'])
  })

  it('that another leg of this run, another file of today or a newer run has written is left alone', async () => {
    const { night, first, writes } = begin()
    await first()
    for (const owner of [{ run: '1.2', leg: '0b' }, { file: 'weekly.yml' }])
      expect((await night({ fine: 'a' }, { owner, days: 0 })).did).toBe('taken')
    expect((await night({ fine: 'a' }, { owner: { run: '0.2' } })).newerRun).toBe('1')
    expect(writes).toEqual(['create 1'])
    expect((await night({ drift: 'a' }, { owner: { name: 'other', run: '0.2' } })).did).toBe('opened')
  })

  it('takes the place of one that is deleted in the middle of the run', async () => {
    const { night, first, issues, all } = begin()
    await first()
    const update = (number: number) => {
      all.splice(0)
      return Promise.reject(new IssueGone(number, new GithubError(410, '')))
    }
    const gone = { ...issues, update }
    expect(await night({ drift: 'ab' }, { of: gone })).toMatchObject({ did: 'opened', issue: { number: 2 } })
  })
})
