import { describe, expect, it } from 'vitest'
import { choices, fix, toFixJson } from 'kernel'
import { mergeFixes } from '../src/problems.js'

const look = { text: 'Look:', commands: ['az show'] }
const upgrade = { text: 'Upgrade all:', commands: ['az upgrade'], caution: 'Upgrades all' }

describe('advice', () => {
  it('about several resources is merged: dangerous parts last, and complete for each resource that is shown', () => {
    const of = (name: string) => fix(`Of ${name}.`, 'az account show', `az look ${name}`, `az delete ${name}`)
    const both = ['az account show', 'az look a', 'az look b', 'az delete a', 'az delete b']
    expect(mergeFixes([of('a'), of('b')], 5)).toEqual(fix('Of a.', ...both))
    expect(mergeFixes([of('a'), of('b'), of('c'), of('a')], 6)).toEqual(fix('Of a.', ...both))
    expect(mergeFixes([of('a'), of('b')], 2)).toEqual(fix('Of a.', 'az account show', 'az look a'))
    // One with too many commands takes nothing from those that fit.
    const large = fix('Of b.', 'az account show', 'az b 1', 'az b 2', 'az b 3')
    expect(toFixJson(mergeFixes([fix('', 'az account show', 'az a'), large, fix('', 'az c')], 4)).commands).toEqual([
      'az account show',
      'az c',
      'az a',
    ])
    expect([mergeFixes([fix('a')], 5), mergeFixes([], 5)]).toEqual([fix('a'), fix('')])
  })

  it('with choices is cut after the last command that fits', () => {
    const two = choices({ text: 'Look:', commands: ['az a', 'az b'] }, { text: 'Upgrade:', commands: ['az c', 'az d'] })
    expect(mergeFixes([two], 3).map(({ commands }) => commands)).toEqual([['az a', 'az b'], ['az c']])
  })

  it('keeps its choices apart when it is merged with the same advice about another resource', () => {
    const of = (name: string) =>
      choices(
        { ...look, commands: ['az account show', `az show ${name}`] },
        { ...upgrade, commands: [`az upgrade ${name}`] },
      )
    const both = [
      { ...look, commands: ['az account show', 'az show a', 'az show b'] },
      { ...upgrade, commands: ['az upgrade a', 'az upgrade b'] },
    ]
    expect(mergeFixes([of('a'), of('b'), of('c')], 5)).toEqual(both)
  })
})
