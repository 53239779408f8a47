import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { belowLine, findLine, ownerMarker, readWords, sealMarker } from '../src/hidden-lines.js'
import { memoryMarker } from '../src/memory.js'
import { driftBody } from '../src/text.js'
import { sampleDrift, sampleItem, sampleLink, sampleMemory, sampleStanding } from '../../../__tests__/support/drift.js'

const first = ownerMarker({ name: 'nightly', run: '1.1', file: 'a.yml', job: 'check', leg: '0a', at: 0 })
const items = [sampleItem('aks-1')]
const own = driftBody(sampleStanding(items), sampleLink, 10_000)
const last = [sealMarker('nightly', '0b'), memoryMarker(sampleMemory(sampleDrift(items)))]

/** The body of an issue with these texts above and below. */
const bodyOf = (above: string, below: string): string =>
  [`${above}${first}`, own, '', ...last, '', '---', `${belowLine}${below}`].join('\n')

describe('the text of people', () => {
  it('is what stands above and below the text that is rewritten', () => {
    expect(readWords(bodyOf('', '\n'))).toEqual({ above: '', below: '\n' })
    expect(readWords(bodyOf('On it.\n\n', '\nour notes'))).toEqual({ above: 'On it.\n\n', below: '\nour notes' })
    expect(readWords(bodyOf('On it.\r\n', 'a'))).toEqual({ above: 'On it.\r\n', below: 'a' })
  })

  it('stays, whichever hidden lines are deleted', () => {
    const line = fc.stringMatching(/^[\w .:>|*-]{0,20}$/)
    const text = fc.array(line, { maxLength: 3 }).map(lines => lines.map(each => `${each}\n`).join(''))
    const deleted = fc.subarray([first, ...last, belowLine])
    fc.assert(
      fc.property(text, text, deleted, (above, below, gone) => {
        const body = gone.reduce((rest, hidden) => rest.replace(hidden, ''), bodyOf(above, `\n${below}`))
        const words = readWords(body)
        const kept = [words.above, words.below].join('\n')
        for (const each of `${above}${below}`.split('\n').filter(Boolean)) expect(kept).toContain(each)
        expect(kept).not.toContain('attach-acr')
        // What is rewritten does not pile up.
        if (gone.length < 4) expect(kept).not.toContain(own)
      }),
    )
  })

  it('is everything in a body without hidden lines', () => {
    expect(readWords('We know.\n\n- [ ] ask\n')).toEqual({ above: '', below: 'We know.\n\n- [ ] ask\n' })
    expect(readWords('')).toEqual({ above: '', below: '' })
    expect(readWords(`On it.\n${first}\nWe know.\n`)).toEqual({ above: '', below: 'On it.\nWe know.\n' })
  })
})

describe('the second hidden line', () => {
  it('names the owner and the title, and nothing if it is changed', () => {
    expect(findLine(bodyOf('', ''), 'seal')?.fields).toMatchObject({
      name: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
      title: '0b',
    })
    expect(findLine(bodyOf('', '').replace('title=0b', 'title=x'), 'seal')).toBeUndefined()
    expect(findLine('', 'seal')).toBeUndefined()
  })
})
