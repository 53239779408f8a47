import { describe, expect, it } from 'vitest'
import {
  findLine,
  findNewerRun,
  findOtherWriter,
  hashTitle,
  isOwn,
  ownerMarker,
  replaceLine,
  sealMarker,
  type Owner,
} from '../src/hidden-lines.js'
import { sampleIssue } from '../../../__tests__/support/drift.js'

const hour = 3_600_000
const at = Date.parse('2026-11-25T03:17:00Z')
const owner: Owner = {
  ...{ name: 'production', run: '70.2', file: '.github/workflows/nightly.yml', job: 'check', leg: '0a', at },
}

const marker = ownerMarker(owner)
const seal = sealMarker('production', hashTitle('Drift: 1 of 2'))

const bare = { labels: [] }
const renamed = { title: 'Pulls fail' }

describe('the first hidden line', () => {
  it('has the name, and which job of which file wrote when, in which run', () => {
    expect(marker).toBe(
      '<!-- attach-acr drift name=production run=70.2 file=.github%2Fworkflows%2Fnightly.yml job=check leg=0a at=2026-11-25T03:17:00.000Z -->',
    )
    expect(ownerMarker({ ...owner, leg: '0b' })).not.toBe(marker)
  })

  it('is found below the note of a person', () => {
    expect(findLine(`Ada looks at it.\n\n${marker}\nand more`, 'owner')?.start).toBe('Ada looks at it.\n\n'.length)
    expect(findLine('Ada looks at it.', 'owner')).toBeUndefined()
  })
})

describe('the run that wrote an issue last', () => {
  it.each([
    ['70.2', '70.1', undefined],
    ['70.1', '70.2', undefined],
    ['70.1', '71.1', '71'],
    ['9.1', '10.1', '10'],
    ['10.1', '9.3', undefined],
    // More digits than a number keeps.
    ['90071992547409930.1', '90071992547409931.1', '90071992547409931'],
    ['', '71.1', undefined],
    ['70.1', '', undefined],
    ['70.1', '.', undefined],
  ])('is newer than %j if it is %j: %j', (run, written, newer) => {
    expect(findNewerRun(sampleIssue(ownerMarker({ ...owner, run: written })), { ...owner, run })).toBe(newer)
  })

  it('is unknown without the first hidden line', () => {
    expect(findNewerRun(sampleIssue(seal), owner)).toBeUndefined()
  })

  it('is replaced in its line, or in a new one at the beginning', () => {
    const next = { ...owner, name: 'a$& b', run: '71.1' }
    expect(replaceLine(`On it.\n${marker}\n${seal}`, 'owner', ownerMarker(next))).toBe(
      `On it.\n${ownerMarker(next)}\n${seal}`,
    )
    expect(replaceLine(`On it.\n${seal}`, 'owner', ownerMarker(next))).toBe(`${ownerMarker(next)}\nOn it.\n${seal}`)
  })
})

describe('an issue', () => {
  it.each([
    ['both hidden lines and the label', `${marker}\r\ntext\n${seal}`, {}],
    ['the label and another title', `${marker}\n${seal}`, renamed],
    ['its title, without the label', `${marker}\n${seal}`, bare],
    ['only the second hidden line', seal, {}],
    ['only the second hidden line and its title', seal, bare],
    ['only the first hidden line', `On it.\n${marker}`, {}],
  ])("is the owner's with %s", (_, body, more) => {
    expect(isOwn(sampleIssue(body, more), owner)).toBe(true)
  })

  it.each([
    ['nothing', '', {}],
    ['the label alone', 'thanks', {}],
    ['the first hidden line alone', marker, bare],
    ['the text of an issue in that of another bot', `Copied:\n${marker}\n${seal}`, { ...bare, title: 'Weekly digest' }],
    ['a quoted line', `> ${marker}\n> ${seal}`, {}],
    ['a line after a word', `see ${marker}`, {}],
    ['a changed line', marker.replace(' run=70.2', ''), {}],
    ['another name', ownerMarker({ ...owner, name: 'test' }), {}],
    ["another name, above the owner's second line", `${ownerMarker({ ...owner, name: 'test' })}\n${seal}`, {}],
    ['another name in the second line', sealMarker('test', hashTitle('Drift: 1 of 2')), {}],
  ])("is not the owner's with %s", (_, body, more) => {
    expect(isOwn(sampleIssue(body, more), owner)).toBe(false)
  })

  it.each([
    ['this job in this run', {}, false],
    ['another leg of this run', { leg: '0b' }, true],
    ['another leg of this run in an earlier attempt', { leg: '0b', run: '70.1' }, true],
    ['another leg of an earlier run: its inputs were edited', { leg: '0b', run: '69.2' }, false],
    ['another leg, nobody knows in which run', { leg: '0b', run: '' }, false],
    ['another file a night ago', { run: '69.1', file: 'b.yml', at: at - 24 * hour }, true],
    ['another file 35 hours ago', { run: '69.1', file: 'b.yml', at: at - 35 * hour }, true],
    ['another file 36 hours ago, which was renamed', { run: '69.1', file: 'b.yml', at: at - 36 * hour }, false],
    ['another job of the file a night ago', { run: '69.1', job: 'test', at: at - 24 * hour }, true],
    ['another job of the file two nights ago', { run: '69.1', job: 'test', at: at - 48 * hour }, false],
    ['nobody knows which file', { run: '69.1', file: '', job: '' }, false],
  ])('that %s has written belongs to another job: %s', (_, more, isTaken) => {
    const writer = { ...owner, ...more }
    const { name, ...other } = writer
    expect(name).toBe('production')
    expect(findOtherWriter(sampleIssue(ownerMarker(writer)), owner)).toEqual(isTaken ? other : undefined)
  })

  it('belongs to nobody else outside of Actions, without its first hidden line, or if that is damaged', () => {
    const local = { ...owner, run: '', file: '', job: '' }
    expect(findOtherWriter(sampleIssue(marker), { ...local, leg: '0b' })).toBeUndefined()
    expect(findOtherWriter(sampleIssue(seal), { ...owner, leg: '0b' })).toBeUndefined()
    const damaged = marker.replace('run=70.2', 'run=69.2').replace('file=.github%2F', 'file=%zz')
    expect(findOtherWriter(sampleIssue(damaged), owner)).toBeUndefined()
  })
})
