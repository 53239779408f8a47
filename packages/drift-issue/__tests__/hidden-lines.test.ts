import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  belowLine,
  findLine,
  findNewerRun,
  findOtherWriter,
  hashTitle,
  isComplete,
  isMarked,
  isOwnIssue,
  ownerMarker,
  readWords,
  replaceLine,
  sealMarker,
  type IssueOwner,
} from '../src/hidden-lines.js'
import { memoryMarker, nothingLeft } from '../src/memory.js'
import { driftBody } from '../src/text.js'
import { catalogueOf, forEach } from '../../../__tests__/support/concluding.js'
import {
  sampleDrift,
  sampleIssue,
  sampleItem,
  sampleLink,
  sampleMemory,
  sampleStanding,
} from '../../../__tests__/support/drift.js'

// Whose an issue is. The answers are in owner.txt, beside this file, a line per case: `npx vitest run -u` writes it, and its diff is what a review reads.

const hour = 3_600_000
const at = Date.parse('2026-11-25T03:17:00Z')
const owner: IssueOwner = {
  name: 'production',
  run: '70.2',
  file: '.github/workflows/nightly.yml',
  job: 'check',
  leg: '0a',
  at,
}
const marker = ownerMarker(owner)
const seal = sealMarker('production', hashTitle('Drift: 1 of 2'))
const ofTest = ownerMarker({ ...owner, name: 'test' })
const bare = { labels: [] }

const own = () =>
  forEach<[string, string, object?]>(
    [
      ['own: both hidden lines and the label', `${marker}\r\ntext\n${seal}`],
      ['own: the label and another title', `${marker}\n${seal}`, { title: 'Pulls fail' }],
      ['own: its title, without the label', `${marker}\n${seal}`, bare],
      ['own: only the second hidden line', seal],
      ['own: only the first hidden line', `On it.\n${marker}`],
      ['not own: nothing', ''],
      ['not own: the label alone', 'thanks'],
      ['not own: the first hidden line alone', marker, bare],
      [
        'not own: the text of an issue in that of another bot',
        `Copied:\n${marker}\n${seal}`,
        { ...bare, title: 'Weekly digest' },
      ],
      ['not own: a quoted line', `> ${marker}\n> ${seal}`],
      ['not own: a changed line', marker.replace(' run=70.2', '')],
      ["not own: another name, above the owner's second line", `${ofTest}\n${seal}`],
      ['not own: another name in the second line', sealMarker('test', hashTitle('Drift: 1 of 2'))],
    ],
    ([what]) => what,
    ([, body, more]) => {
      const issue = sampleIssue(body, more)
      return `${isOwnIssue(issue, owner) ? 'yes' : 'no'}${isComplete(issue, owner) ? ', complete' : ''}`
    },
  )

const newer = () =>
  forEach<[string, string, string]>(
    [
      ['newer', '70.1', '71.1'],
      ['newer', '9.1', '10.1'],
      ['not newer', '10.1', '9.3'],
      // More digits than a number keeps.
      ['newer', '90071992547409930.1', '90071992547409931.1'],
      ['not newer', '', '71.1'],
      ['not newer', '70.1', ''],
      ['not newer', '70.1', '.'],
    ],
    ([is, run, written]) => `${is} than run ${run || 'nowhere'}: ${written || 'nowhere'}`,
    ([, run, written]) => findNewerRun(sampleIssue(ownerMarker({ ...owner, run: written })), { ...owner, run }) ?? 'no',
  )

/** Who else an issue belongs to that `writer` has written, for a job. */
const takenBy = (body: string, job: IssueOwner = owner): string => {
  const writer = findOtherWriter(sampleIssue(body), job)
  return writer
    ? `yes: run ${writer.run} of ${writer.file}, job ${writer.job}, leg ${writer.leg}, at ${new Date(writer.at).toISOString()}`
    : 'no'
}
const writers = () =>
  forEach<[string, Partial<IssueOwner>]>(
    [
      ['not taken by this job in this run', {}],
      ['taken by another leg of this run in an earlier attempt', { leg: '0b', run: '70.1' }],
      ['not taken by another leg of an earlier run, whose inputs were edited', { leg: '0b', run: '69.2' }],
      ['not taken by another leg, nobody knows in which run', { leg: '0b', run: '' }],
      ['taken by another file a night ago', { run: '69.1', file: 'b.yml', at: at - 24 * hour }],
      ['taken by another file almost 36 hours ago', { run: '69.1', file: 'b.yml', at: at - 36 * hour + 1 }],
      ['not taken by another file 36 hours ago, which was renamed', { run: '69.1', file: 'b.yml', at: at - 36 * hour }],
      ['taken by another job of the file a night ago', { run: '69.1', job: 'test', at: at - 24 * hour }],
      ['not taken by another job of the file two nights ago', { run: '69.1', job: 'test', at: at - 48 * hour }],
      ['not taken by nobody knows which file', { run: '69.1', file: '', job: '' }],
    ],
    ([what]) => what,
    ([, more]) => takenBy(ownerMarker({ ...owner, ...more })),
  )
const local = { ...owner, run: '', file: '', job: '', leg: '0b' }
const renamed = ownerMarker({ ...owner, name: 'a$& b', run: '71.1' })

const cases = (): Record<string, string | string[]> => ({
  ...own(),
  'not complete: a name with a broken escape': String(
    isComplete(sampleIssue(`${marker.replace('name=production', 'name=%zz')}\n${seal}`), { ...owner, name: '%zz' }),
  ),
  ...newer(),
  'not newer than run 70.2: without the first hidden line': findNewerRun(sampleIssue(seal), owner) ?? 'no',
  ...writers(),
  'not taken outside of Actions': takenBy(marker, local),
  'not taken without the first hidden line': takenBy(seal, { ...owner, leg: '0b' }),
  'not taken with a damaged line': takenBy(
    marker.replace('run=70.2', 'run=69.2').replace('file=.github%2F', 'file=%zz'),
  ),
  'the first hidden line has the leg': ownerMarker({ ...owner, leg: '0b' }),
  'a hidden line is replaced where it is': replaceLine(`On it.\n${marker}\n${seal}`, 'owner', renamed).split('\n'),
  'a hidden line that is not there comes first': replaceLine(`On it.\n${seal}`, 'owner', renamed).split('\n'),
})

it('whose an issue is, is in owner.txt', async () => {
  await expect(catalogueOf(cases())).toMatchFileSnapshot('owner.txt')
})

const items = [sampleItem('aks-1')]
const rewritten = driftBody(sampleStanding(items), sampleLink, 10_000)
const last = [sealMarker('production', '0b'), memoryMarker(sampleMemory(sampleDrift(items)))]

/** The body of an issue with these texts above and below. */
const bodyOf = (above: string, below: string): string =>
  [`${above}${marker}`, rewritten, '', ...last, '', '---', `${belowLine}${below}`].join('\n')

describe('the text of people', () => {
  it('is what stands above and below the text that is rewritten', () => {
    expect(readWords(bodyOf('', '\n'))).toEqual({ above: '', below: '\n' })
    expect(readWords(bodyOf('On it.\n\n', '\nour notes'))).toEqual({ above: 'On it.\n\n', below: '\nour notes' })
    expect(readWords(bodyOf('On it.\r\n', 'a'))).toEqual({ above: 'On it.\r\n', below: 'a' })
  })

  it('stays, whichever hidden lines are deleted', () => {
    const line = fc.stringMatching(/^[\w .:>|*-]{0,20}$/)
    const text = fc.array(line, { maxLength: 3 }).map(lines => lines.map(each => `${each}\n`).join(''))
    const deleted = fc.subarray([marker, ...last, belowLine])
    fc.assert(
      fc.property(text, text, deleted, (above, below, gone) => {
        const body = gone.reduce((rest, hidden) => rest.replace(hidden, ''), bodyOf(above, `\n${below}`))
        const words = readWords(body)
        const kept = [words.above, words.below].join('\n')
        for (const each of `${above}${below}`.split('\n').filter(Boolean)) expect(kept).toContain(each)
        expect(kept).not.toContain('attach-acr')
        // What is rewritten does not pile up.
        if (gone.length < 4) expect(kept).not.toContain(rewritten)
      }),
    )
  })

  it('is everything in a body without hidden lines', () => {
    expect(readWords('We know.\n\n- [ ] ask\n')).toEqual({ above: '', below: 'We know.\n\n- [ ] ask\n' })
    expect(readWords('')).toEqual({ above: '', below: '' })
    expect(readWords(`On it.\n${marker}\nWe know.\n`)).toEqual({ above: '', below: 'On it.\nWe know.\n' })
  })
})

describe('the hidden lines', () => {
  it('are one line that no name can end, and differ with it', () => {
    const names = fc.string({ unit: 'grapheme' })
    fc.assert(
      fc.property(names, names, (name, other) => {
        const own = { ...owner, name, file: name }
        const line = ownerMarker(own)
        const issue = sampleIssue(`Look at this one:\n${line}\nand more`)
        expect(isOwnIssue(issue, own)).toBe(true)
        expect(isOwnIssue(issue, { ...own, name: other })).toBe(other === name)
        expect(line.indexOf('-->')).toBe(line.length - 3)
        expect(line.slice(4, -3)).not.toMatch(/--|\n/)
      }),
    )
  })

  it('are replaced as they are read', () => {
    const [old, next] = [nothingLeft, { ...nothingLeft, state: '0b' }].map(memoryMarker) as [string, string]
    const body = (text: string) => `${next}\nours\n${text}\n---\n${belowLine}\n${old}`
    expect(replaceLine(body(old), 'memory', next)).toBe(body(next))
    expect(replaceLine(`ours\n${belowLine}\n${old}`, 'memory', next)).toBe(`ours\n${belowLine}\n${old}`)
  })

  it('mark an issue as that of the action: the one that says whose it is, or the one that seals its title', () => {
    const bodies = [marker, seal, `Look:\n${seal}\n${marker}`, '', `> ${marker}`]
    expect(bodies.map(text => isMarked({ body: text }))).toEqual([true, true, true, false, false])
  })

  it('are ignored if they were changed: the second one has the hash of a title', () => {
    expect(findLine(bodyOf('', ''), 'seal')?.fields).toMatchObject({ title: '0b' })
    expect(findLine(bodyOf('', '').replace('title=0b', 'title=x'), 'seal')).toBeUndefined()
  })
})
