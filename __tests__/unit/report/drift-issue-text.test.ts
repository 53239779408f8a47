import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  changeComment,
  closingComment,
  countComment,
  driftBody,
  driftTitle,
  duplicateText,
  reopeningComment,
} from '../../../src/report/drift-issue/text.js'
import { anyItem, sampleDrift, sampleItem, sampleLink as run } from '../../support/drift.js'

const anyCommand = fc.string({ minLength: 300, maxLength: 3000 }).map(text => `az ${text}`)

describe('the body of an issue', () => {
  it('fits, whatever is in it, and holds its counts', () => {
    fc.assert(
      fc.property(
        fc.array(anyItem, { maxLength: 400 }),
        fc.array(anyItem, { maxLength: 50 }),
        fc.array(anyCommand, { maxLength: 30 }),
        fc.integer({ min: 20_000, max: 65_000 }),
        (items, unknown, commands, room) => {
          const body = driftBody(sampleDrift(items, { unknown, commands }), run, room)
          expect(body.length).toBeLessThanOrEqual(room)
          const rows = body.split('\n').filter(line => line.startsWith('| ')).length
          const rest = [...body.matchAll(/^and (\d+) more: /gm)].reduce((sum, [, count]) => sum + Number(count), 0)
          const tables = Number(items.length > 0) + Number(unknown.length > 0)
          expect(rows - 2 * tables + rest).toBe(items.length + unknown.length)
          expect(driftTitle(sampleDrift(items)).length).toBeLessThanOrEqual(256)
        },
      ),
      { numRuns: 100 },
    )
  })

  it('takes text for text', () => {
    const what = '@octocat <img src=x> | a\nb `c` <!-- attach-acr state=0 count=0 keys=- -->'
    const body = driftBody(sampleDrift([sampleItem('aks', { what })]), run, 60_000)
    expect(body).not.toContain('@octocat')
    expect(body).not.toContain('<img')
    expect(body).not.toContain('<!--')
    expect(body.split('\n').filter(line => line.startsWith('| aks'))).toHaveLength(1)
  })

  it('says in its rows what can be pulled all the same', () => {
    const body = driftBody(
      sampleDrift([
        sampleItem('aks-1'),
        sampleItem('aks-2', { access: 'by-broader-role' }),
        sampleItem('aks-3', { access: 'otherwise' }),
      ]),
      run,
      10_000,
    )
    expect(body).toContain('| aks-1 | contosoacr.azurecr.io | AcrPull is missing |')
    expect(body).toContain('| aks-2 | contosoacr.azurecr.io | AcrPull is missing; it pulls by a broader role |')
    expect(body).toContain(
      '| aks-3 | contosoacr.azurecr.io | AcrPull is missing; it pulls, but not through the group |',
    )
  })

  it('tells clusters of one name apart', () => {
    const id = (group: string) =>
      `/subscriptions/00000000-0000-0000-0000-00000000abcd/resourceGroups/${group}/providers/Microsoft.ContainerService/managedClusters/aks`
    const body = driftBody(
      sampleDrift([sampleItem(id('rg-a')), sampleItem(id('rg-b')), sampleItem('other')]),
      run,
      60_000,
    )
    expect(body).toContain('| aks (rg-a, subscription …abcd) |')
    expect(body).toContain('| other |')
  })
})

describe('a comment', () => {
  it('is made only where something is worse or better', () => {
    expect(changeComment({ worse: [], better: [], dropped: 0 }, run)).toBe('')
    const many = Array.from({ length: 30 }, (_, index) => sampleItem(`aks-${index}`))
    const comment = changeComment({ worse: many, better: [], dropped: 1 }, run)
    expect(comment).toContain('**Worse**: 30 more.')
    expect(comment).toContain('- and 10 more')
    expect(comment).toContain('**Better**: 1 thing')
    expect(comment).toContain(run.url)
  })

  it('tells what got worse, what was repaired and what is no longer looked at', () => {
    const comment = changeComment(
      {
        worse: [sampleItem('aks-1')],
        better: [sampleItem('aks-2'), sampleItem('nginx:1', { kind: 'image' })],
        dropped: 2,
      },
      { ...run, name: '*Nightly*' },
    )
    expect(comment).toBe(
      [
        '**Worse**: 1 more.\n- aks-1 can no longer pull from contosoacr: AcrPull is missing',
        '**Better**: 2 repaired.\n- aks-2 from contosoacr\n- nginx:1 from contosoacr',
        '**Better**: 2 things that had drifted are no longer looked at.',
        `[\\*Nightly\\*](${run.url})`,
      ].join('\n\n'),
    )
    expect(changeComment({ worse: [], better: [], dropped: 1 }, run)).toBe(
      `**Better**: 1 thing that had drifted is no longer looked at.\n\n[${run.name}](${run.url})`,
    )
  })

  it('lists as many as are read, each on its line', () => {
    const linesOf = (count: number, what = 'no') => {
      const worse = Array.from({ length: count }, (_, index) => sampleItem(`aks-${index}`, { what }))
      return changeComment({ worse, better: [], dropped: 0 }, run)
        .split('\n')
        .filter(line => line.startsWith('- '))
    }
    expect(linesOf(20).at(-1)).toBe('- aks-19 can no longer pull from contosoacr: no')
    expect(linesOf(21)).toHaveLength(21)
    expect(linesOf(21).at(-1)).toBe('- and 1 more')
    expect(linesOf(1, 'x'.repeat(800))[0]).toHaveLength(2 + 700)
    expect(linesOf(1, '@octocat\n# a')[0]).toBe('- aks-0 can no longer pull from contosoacr: @\u200boctocat # a')
  })

  it('on too many to list says how many there are and were', () => {
    expect(countComment(2000, 2500, run)).toBe(`**Worse**: 2500 have drifted, after 2000.\n\n[${run.name}](${run.url})`)
    expect(countComment(2500, 2000, run)).toBe(
      `**Better**: 2000 have still drifted, after 2500.\n\n[${run.name}](${run.url})`,
    )
  })

  it('that closes the issue tells what could not be looked at', () => {
    const drift = sampleDrift([], { fine: [sampleItem('aks-1')] })
    const end = `\n\n[${run.name}](${run.url})`
    expect(closingComment(drift, run)).toBe(`All that this issue named matches again.${end}`)
    const doubtful = { ...drift, unknown: [sampleItem('aks-2'), sampleItem('aks-3')], blind: ['a job'] }
    expect(closingComment(doubtful, run)).toBe(
      `All that this issue named matches again.\n\n3 that this issue did not name could not be looked at.${end}`,
    )
  })

  it('that opens the issue again, or closes a second one, says why', () => {
    expect(reopeningComment(sampleDrift([sampleItem('aks-1')]), run)).toBe(
      `**Worse**: the drift is back, or still there.\n- aks-1 can no longer pull from contosoacr: AcrPull is missing\n\n[${run.name}](${run.url})`,
    )
    expect(duplicateText(7)).toBe('Two runs at once opened an issue each. #7 goes on.')
  })
})
