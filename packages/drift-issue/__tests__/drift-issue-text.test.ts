import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Gone, Staying } from '../src/memory.js'
import {
  changeComment,
  closingComment,
  countComment,
  driftBody,
  driftBodyInShort,
  driftTitle,
  duplicateText,
  isInShort,
  listComment,
  reopeningComment,
} from '../src/text.js'
import {
  anyItem,
  sampleDrift,
  sampleFormer,
  sampleGap,
  sampleId,
  sampleItem,
  sampleLink as run,
  sampleRepair,
  sampleStanding,
} from '../../../__tests__/support/drift.js'

const anyRepairs = fc.array(
  fc
    .record({ principalId: fc.string(), role: fc.string({ maxLength: 1500 }) })
    .map(({ principalId, role }) => sampleRepair(principalId, { role })),
  { maxLength: 3 },
)

describe('the body of an issue', () => {
  it('fits, whatever it contains, and includes its counts', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(anyItem, anyRepairs), { maxLength: 400 }),
        fc.array(anyItem, { maxLength: 50 }),
        fc.integer({ min: 20_000, max: 65_000 }),
        (all, unknown, room) => {
          const items = all.map(([item, repairs]) => ({ ...item, repairs }))
          const body = driftBody(sampleStanding(items, { unknown }), run, room)
          expect(body.length).toBeLessThanOrEqual(room)
          const rows = body.split('\n').filter(line => line.startsWith('| ')).length
          const rest = [...body.matchAll(/^and (\d+) more: /gm)].reduce((sum, [, count]) => sum + Number(count), 0)
          // The cause of a single item says all of it.
          const told = items.length > 1 ? items.length : 0
          const tables = Number(told > 0) + Number(unknown.length > 0)
          expect(rows - 2 * tables + rest).toBe(told + unknown.length)
          expect(driftTitle(sampleStanding(items)).length).toBeLessThanOrEqual(256)
        },
      ),
      { numRuns: 100 },
    )
  })

  it('shows names and messages as plain text', () => {
    const what = '@octocat <img src=x> | a\nb `c` <!-- attach-acr state=0 count=0 keys=- -->'
    const body = driftBody(sampleStanding(['aks', 'b'].map(name => sampleItem(name, { message: what }))), run, 60_000)
    expect(body).not.toContain('@octocat')
    expect(body).not.toContain('<img')
    expect(body).not.toContain('<!--')
    expect(body.split('\n').filter(line => line.startsWith('| aks'))).toHaveLength(1)
  })

  it('shows in its rows what can still be pulled', () => {
    const body = driftBody(
      sampleStanding([
        sampleItem('aks-1'),
        sampleItem('aks-2', { access: 'by-broader-role' }),
        sampleItem('aks-3', { access: 'otherwise' }),
      ]),
      run,
      10_000,
    )
    expect(body).toContain('| aks-1 | contosoacr.azurecr.io | AcrPull is missing |')
    expect(body).toContain(
      '| aks-2 | contosoacr.azurecr.io | AcrPull is missing; it pulls only through a broader role |',
    )
    expect(body).toContain(
      '| aks-3 | contosoacr.azurecr.io | AcrPull is missing; it pulls, but not through the group |',
    )
  })

  it('distinguishes clusters of the same name', () => {
    const id = (group: string) =>
      `/subscriptions/00000000-0000-0000-0000-00000000abcd/resourceGroups/${group}/providers/Microsoft.ContainerService/managedClusters/aks`
    const body = driftBody(
      sampleStanding([sampleItem(id('rg-a')), sampleItem(id('rg-b')), sampleItem('other')]),
      run,
      60_000,
    )
    expect(body).toContain('| aks (rg-a, subscription …abcd) |')
    expect(body).toContain('| other |')
  })
})

/** A cluster that the issue listed, and that was deleted. */
const gone = (target: string): Gone => ({ former: sampleFormer(target), why: 'the cluster was deleted' })

/** One that this run did not see. */
const staying = (target: string, more: Partial<Staying> = {}): Staying => ({
  former: sampleFormer(target),
  isListed: false,
  ...more,
})

describe('an item that was not seen', () => {
  const nothing = sampleDrift([], { fine: [sampleItem('aks-1')] })

  it('is in the title if nothing else has drifted', () => {
    const one = staying(sampleId('aks-4'))
    expect(driftTitle({ drift: nothing, staying: [one] })).toBe('Drift: aks-4 on contosoacr was not checked')
    expect(driftTitle({ drift: nothing, staying: [one, staying('aks-5')] })).toBe(
      'Drift: 2 earlier drifts were not checked',
    )
    const namesake = sampleDrift([], { fine: [sampleItem(sampleId('aks-4', 'rg-eu'))] })
    expect(driftTitle({ drift: namesake, staying: [one] })).toBe(
      'Drift: aks-4 (rg-shop, subscription …abcd) on contosoacr was not checked',
    )
    expect(driftTitle({ drift: sampleDrift([sampleItem('aks-1')]), staying: [one] })).toBe('Drift: aks-1')
  })

  it('is in the body, with an unambiguous name and the day on which it was last looked at', () => {
    const bodyOf = (...all: Staying[]) => driftBody({ drift: nothing, staying: all }, run, 60_000)
    const body = bodyOf(
      staying(sampleId('aks-3')),
      staying(sampleId('aks-3', 'rg-eu'), { lacks: 'pull' }),
      staying('aks-5', { lacks: 'identity' }),
      // The table of what could not be checked has it.
      staying('aks-6', { isListed: true }),
    )
    expect(body).toContain(
      [
        '**Listed before, and not seen right since:**\n',
        '- aks-3 (rg-shop, subscription …abcd) on contosoacr: not looked at since 2026-11-25',
        '- aks-3 (rg-eu, subscription …abcd) on contosoacr: not looked at since 2026-11-25 (no node has tried to pull)',
        '- aks-5 on contosoacr: not looked at since 2026-11-25 (its pull identity was not looked up)\n',
      ].join('\n'),
    )
    expect(body).not.toContain('aks-6')
    expect(body).toMatch(/If nothing checks it any more, close the issue\.$/)
    expect(bodyOf()).not.toContain('not seen')
    const image = { ...staying(''), former: sampleFormer('@octocat/app:1', { kind: 'input' }) }
    expect(bodyOf(image)).toContain('- @\u200boctocat/app:1 on contosoacr: ')
    const many = Array.from({ length: 30 }, (_, index) => staying(`aks-${'x'.repeat(900)}${index}`))
    expect(driftBody({ drift: nothing, staying: many }, run, 10_000).length).toBeLessThan(10_000)
  })
})

describe('a comment', () => {
  it('is made only if something is worse or better', () => {
    expect(changeComment({ worse: [], lost: [], better: [], gone: [] }, sampleDrift([]), run)).toBe('')
    const many = Array.from({ length: 30 }, (_, index) => sampleItem(`aks-${index}`))
    const comment = changeComment({ worse: many, lost: [], better: [], gone: [gone('aks-9')] }, sampleDrift([]), run)
    expect(comment).toContain('**Worse**: 30 more.')
    expect(comment).toContain('- and 10 more')
    expect(comment).toContain('**Better**: 1 gone.')
    expect(comment).toContain(run.url)
  })

  it('shows what got worse, what was repaired and what is gone', () => {
    const comment = changeComment(
      {
        worse: [sampleItem('aks-1')],
        lost: [sampleItem('aks-6')],
        better: [sampleItem('aks-2'), sampleItem('nginx:1', { kind: 'input' })],
        gone: [gone('aks-3')],
      },
      sampleDrift([]),
      { ...run, name: '*Nightly*' },
    )
    expect(comment).toBe(
      [
        "**Worse**: 1 more.\n- aks-1 can't pull from contosoacr: AcrPull is missing",
        "**Worse**: 1 lost the access that was left.\n- aks-6 can't pull from contosoacr: AcrPull is missing",
        '**Better**: 2 repaired.\n- aks-2 from contosoacr\n- nginx:1 from contosoacr',
        '**Better**: 1 gone.\n- aks-3 on contosoacr: the cluster was deleted',
        `[\\*Nightly\\*](${run.url})`,
      ].join('\n\n'),
    )
  })

  it('lists a readable number of items, one per line', () => {
    const linesOf = (count: number, what = 'no') => {
      const worse = Array.from({ length: count }, (_, index) => sampleItem(`aks-${index}`, { message: what }))
      return changeComment({ worse, lost: [], better: [], gone: [] }, sampleDrift([]), run)
        .split('\n')
        .filter(line => line.startsWith('- '))
    }
    expect(linesOf(20).at(-1)).toBe("- aks-19 can't pull from contosoacr: no")
    expect(linesOf(21)).toHaveLength(21)
    expect(linesOf(21).at(-1)).toBe('- and 1 more')
    expect(linesOf(1, 'x'.repeat(800))[0]).toHaveLength(2 + 700)
    expect(linesOf(1, '@octocat\n# a')[0]).toBe("- aks-0 can't pull from contosoacr: @\u200boctocat # a")
  })

  it('has a quote at the end of its line, cut', () => {
    const quote = { statement: 'It is refused.', intro: 'Azure said:', text: '*'.repeat(800) }
    const comment = changeComment(
      { worse: [sampleItem('aks-1', { quote, message: 'no' })], lost: [], better: [], gone: [] },
      sampleDrift([]),
      run,
    )
    const line = "- aks-1 can't pull from contosoacr: It is refused. Azure said: "
    expect(comment.split('\n')[1]).toBe(`${line}\`${'*'.repeat(699)}…\``)
  })

  it('gives the numbers, now and before, if there are too many to list', () => {
    expect(countComment(2000, 2500, run)).toBe(`**Worse**: 2500 drifted, 2000 before.\n\n[${run.name}](${run.url})`)
    expect(countComment(2500, 2000, run)).toBe(
      `**Better**: 2000 still drifted, 2500 before.\n\n[${run.name}](${run.url})`,
    )
  })

  it('that closes the issue shows what is gone and what could not be checked', () => {
    const drift = sampleDrift([], { fine: [sampleItem('aks-1')] })
    const end = `\n\n[${run.name}](${run.url})`
    expect(closingComment(drift, [], run)).toBe(`Everything that this issue listed is repaired.${end}`)
    expect(closingComment(drift, [gone('aks-3')], run)).toBe(
      `Everything that this issue listed is repaired or gone.\n- aks-3 on contosoacr: the cluster was deleted${end}`,
    )
    const doubtful = { ...drift, unknown: [sampleItem('aks-2'), sampleItem('aks-3')], gaps: [sampleGap('a job')] }
    expect(closingComment(doubtful, [], run)).toBe(
      `Everything that this issue listed is repaired.\n\n3 items that this issue did not list could not be checked.${end}`,
    )
    expect(closingComment({ ...doubtful, unknown: [], gaps: [sampleGap('a job')] }, [], run)).toContain(
      '\n\n1 item that this issue did not list could not be checked.',
    )
  })

  it('has the list for which the body has no room, which then says so', () => {
    const standing = { ...sampleStanding([sampleItem('aks-1')]), staying: [staying('aks-3')] }
    const body = driftBodyInShort(standing, run)
    expect(body).toMatch(
      /^\*\*aks-1 can't pull from contosoacr\*\*, found by \[.*\]\(.*\)\.\n\nThe text that people wrote here leaves no room .*comments.*summary of the run\. The issue closes itself when the drift is gone\.$/,
    )
    expect([isInShort({ body }), isInShort({ body: driftBody(standing, run, 60_000) })]).toEqual([true, false])
    expect(listComment(standing, run, 60_000)).toMatch(
      /^\*\*The list .* no room:\*\*\n\n### What to do\n\n\*\*aks-1 [^]*\n- aks-3 on contosoacr: not looked at since [^]*\n\n\[.*\]\(.*\)$/,
    )
    const many = sampleStanding(Array.from({ length: 2000 }, (_, index) => sampleItem(sampleId(`aks-${index}`))))
    const { length } = listComment(many, run, 65_536)
    expect([length <= 65_536, length > 40_000]).toEqual([true, true])
    expect(driftBodyInShort(sampleStanding([sampleItem('a'.repeat(9000))]), run).length).toBeLessThan(2000)
  })

  it('that opens the issue again, or closes a second one, says why', () => {
    expect(reopeningComment(sampleDrift([sampleItem('aks-1')]), run)).toBe(
      `**Worse**: the drift is back, or was never repaired.\n- aks-1 can't pull from contosoacr: AcrPull is missing\n\n[${run.name}](${run.url})`,
    )
    expect(duplicateText(7)).toBe('Two runs opened an issue at the same time. #7 replaces this one.')
  })
})
