import { describe, expect, it } from 'vitest'
import {
  findLine,
  findNewerRun,
  hashTitle,
  isOfAnotherLeg,
  isOwn,
  ownerMarker,
  replaceLine,
  sealMarker,
  type Owner,
} from '../src/hidden-lines.js'
import { sampleIssue } from '../../../__tests__/support/drift.js'

const owner: Owner = { name: 'production', run: '70.2', about: 'aks-1' }

const marker = ownerMarker(owner)
const seal = sealMarker('production', hashTitle('Drift: 1 of 2'))

const bare = { labels: [] }
const renamed = { title: 'Pulls fail' }

describe('the first hidden line', () => {
  it('has the name, the run, and a hash of what was checked', () => {
    expect(marker).toMatch(/^<!-- attach-acr drift name=production run=70\.2 about=[0-9a-f]{16} -->$/)
    expect(ownerMarker({ ...owner, about: 'aks-2' })).not.toBe(marker)
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
    ['this run, about the same', owner, false],
    ['this run, about something else', { ...owner, about: 'aks-2' }, true],
    ['an earlier attempt', { ...owner, run: '70.1', about: 'aks-2' }, false],
    ['another run', { ...owner, run: '69.2', about: 'aks-2' }, false],
    ['nobody knows which run', { ...owner, run: '', about: 'aks-2' }, false],
  ] as const)('that %s has written is that of another leg: %s', (_, writer, isTaken) => {
    expect(isOfAnotherLeg(sampleIssue(ownerMarker(writer)), owner)).toBe(isTaken)
  })

  it('is not that of another leg outside of Actions, or without its first hidden line', () => {
    expect(isOfAnotherLeg(sampleIssue(ownerMarker({ ...owner, run: '' })), { ...owner, run: '', about: 'b' })).toBe(
      false,
    )
    expect(isOfAnotherLeg(sampleIssue(seal), { ...owner, about: 'aks-2' })).toBe(false)
  })
})
