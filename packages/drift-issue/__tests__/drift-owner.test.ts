import { expect, it } from 'vitest'
import {
  findLine,
  findNewerRun,
  findOtherWriter,
  hashTitle,
  isComplete,
  isOwn,
  ownerMarker,
  replaceLine,
  sealMarker,
  type Owner,
} from '../src/hidden-lines.js'
import { catalogueOf, forEach } from '../../../__tests__/support/concluding.js'
import { sampleIssue } from '../../../__tests__/support/drift.js'

// Whose an issue is. The answers are in owner.txt, beside this file, a line per case: `npx vitest run -u` writes it, and its diff is what a review reads.

const hour = 3_600_000
const at = Date.parse('2026-11-25T03:17:00Z')
const owner: Owner = {
  ...{ name: 'production', run: '70.2', file: '.github/workflows/nightly.yml', job: 'check', leg: '0a', at },
}
const marker = ownerMarker(owner)
const seal = sealMarker('production', hashTitle('Drift: 1 of 2'))
const ofTest = ownerMarker({ ...owner, name: 'test' })
const bare = { labels: [] }

const own = forEach<[string, string, object?]>(
  [
    ['both hidden lines and the label', `${marker}\r\ntext\n${seal}`],
    ['the label and another title', `${marker}\n${seal}`, { title: 'Pulls fail' }],
    ['its title, without the label', `${marker}\n${seal}`, bare],
    ['only the second hidden line', seal],
    ['only the second hidden line and its title', seal, bare],
    ['only the first hidden line', `On it.\n${marker}`],
    ['nothing', ''],
    ['the label alone', 'thanks'],
    ['the first hidden line alone', marker, bare],
    ['the text of an issue in that of another bot', `Copied:\n${marker}\n${seal}`, { ...bare, title: 'Weekly digest' }],
    ['a quoted line', `> ${marker}\n> ${seal}`],
    ['a line after a word', `see ${marker}`],
    ['a changed line', marker.replace(' run=70.2', '')],
    ['another name', ofTest],
    ["another name, above the owner's second line", `${ofTest}\n${seal}`],
    ['another name in the second line', sealMarker('test', hashTitle('Drift: 1 of 2'))],
  ],
  ([what]) => `own: ${what}`,
  ([, body, more]) => {
    const issue = sampleIssue(body, more)
    return `${isOwn(issue, owner) ? 'yes' : 'no'}${isComplete(issue, owner) ? ', complete' : ''}`
  },
)

const newer = forEach<[string, string]>(
  [
    ['70.2', '70.1'],
    ['70.1', '70.2'],
    ['70.1', '71.1'],
    ['9.1', '10.1'],
    ['10.1', '9.3'],
    // More digits than a number keeps.
    ['90071992547409930.1', '90071992547409931.1'],
    ['', '71.1'],
    ['70.1', ''],
    ['70.1', '.'],
  ],
  ([run, written]) => `newer than run ${run || 'nowhere'}: ${written || 'nowhere'}`,
  ([run, written]) => findNewerRun(sampleIssue(ownerMarker({ ...owner, run: written })), { ...owner, run }) ?? 'no',
)

/** Who else an issue belongs to that `writer` has written, for a job. */
const takenBy = (body: string, job: Owner = owner): string => {
  const writer = findOtherWriter(sampleIssue(body), job)
  return writer
    ? `yes: run ${writer.run} of ${writer.file}, job ${writer.job}, leg ${writer.leg}, at ${new Date(writer.at).toISOString()}`
    : 'no'
}
const writers = forEach<[string, Partial<Owner>]>(
  [
    ['this job in this run', {}],
    ['another leg of this run', { leg: '0b' }],
    ['another leg of this run in an earlier attempt', { leg: '0b', run: '70.1' }],
    ['another leg of an earlier run, whose inputs were edited', { leg: '0b', run: '69.2' }],
    ['another leg, nobody knows in which run', { leg: '0b', run: '' }],
    ['another file a night ago', { run: '69.1', file: 'b.yml', at: at - 24 * hour }],
    ['another file 35 hours ago', { run: '69.1', file: 'b.yml', at: at - 35 * hour }],
    ['another file 36 hours ago, which was renamed', { run: '69.1', file: 'b.yml', at: at - 36 * hour }],
    ['another job of the file a night ago', { run: '69.1', job: 'test', at: at - 24 * hour }],
    ['another job of the file two nights ago', { run: '69.1', job: 'test', at: at - 48 * hour }],
    ['nobody knows which file', { run: '69.1', file: '', job: '' }],
  ],
  ([what]) => `belongs to another job, written by: ${what}`,
  ([, more]) => takenBy(ownerMarker({ ...owner, ...more })),
)
const local = { ...owner, run: '', file: '', job: '', leg: '0b' }
const next = ownerMarker({ ...owner, name: 'a$& b', run: '71.1' })

const cases: Record<string, string | string[]> = {
  ...own,
  'own: a name with a broken escape': String(
    isComplete(sampleIssue(`${marker.replace('name=production', 'name=%zz')}\n${seal}`), { ...owner, name: '%zz' }),
  ),
  ...newer,
  'newer than run 70.2: without the first hidden line': findNewerRun(sampleIssue(seal), owner) ?? 'no',
  ...writers,
  'belongs to another job, outside of Actions': takenBy(marker, local),
  'belongs to another job, without the first hidden line': takenBy(seal, { ...owner, leg: '0b' }),
  'belongs to another job, with a damaged line': takenBy(
    marker.replace('run=70.2', 'run=69.2').replace('file=.github%2F', 'file=%zz'),
  ),
  'the first hidden line': marker,
  'the first hidden line of another leg': ownerMarker({ ...owner, leg: '0b' }),
  'where it is, below 18 characters of a person': String(
    findLine(`Ada looks at it.\n\n${marker}\nand more`, 'owner')?.start,
  ),
  'where it is, without it': String(findLine('Ada looks at it.', 'owner')?.start),
  'replaced where it is': replaceLine(`On it.\n${marker}\n${seal}`, 'owner', next).split('\n'),
  'replaced where it is not': replaceLine(`On it.\n${seal}`, 'owner', next).split('\n'),
}

it('whose an issue is, is in owner.txt', async () => {
  await expect(catalogueOf(cases)).toMatchFileSnapshot('owner.txt')
})
