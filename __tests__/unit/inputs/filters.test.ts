import { afterEach, describe, expect, it, vi } from 'vitest'
import { createInputReader } from 'runner'
import { readEvery } from '../../../src/inputs/filters.js'
import { passes } from '../../../src/observe/lists.js'

afterEach(() => {
  vi.unstubAllEnvs()
})

const name = /^[a-z0-9-]+$/i

/** Reads an input of these lines, and the problems with it. */
function read(...lines: string[]) {
  vi.stubEnv('INPUT_CLUSTER', lines.join('\n'))
  const reader = createInputReader()
  const problems: string[] = []
  const found = readEvery({ ...reader, reject: (_, what) => (problems.push(what), []) }, 'cluster', name, 'rg')
  return { ...found, problems }
}

describe('* with filters', () => {
  it('leaves out names and keeps tags', () => {
    expect(read('*', '!aks-2', "'!AKS-3'", 'tag: env = prod', 'tag:a=', '# a comment')).toEqual({
      every: [
        {
          kind: 'all',
          text: '*',
          resourceGroup: 'rg',
          filters: [
            { kind: 'not', text: '!aks-2', name: 'aks-2' },
            { kind: 'not', text: '!AKS-3', name: 'AKS-3' },
            { kind: 'tag', text: 'tag: env = prod', key: 'env', value: 'prod' },
            { kind: 'tag', text: 'tag:a=', key: 'a', value: '' },
          ],
        },
      ],
      entries: [],
      problems: [],
    })
    expect(read('aks-1', 'aks-2')).toEqual({ every: [], entries: ['aks-1', 'aks-2'], problems: [] })
  })

  it.each([
    [['*', 'aks-1', '!aks-2'], ['* and 1 more']],
    [['aks-1', '!aks-2'], ['"!aks-2"']],
    [['tag:a=b'], ['"tag:a=b"']],
    [['*', '!'], ['"!"']],
    [
      ['*', '!a b', 'tag:a'],
      ['"!a b"', '"tag:a"'],
    ],
  ])('rejects %j', (lines, problems) => {
    expect(read(...lines).problems).toEqual(problems)
  })
})

describe('a resource', () => {
  const not = { kind: 'not' as const, text: '', name: 'AKS-2' }
  const tag = (key: string, value: string) => ({ kind: 'tag' as const, text: '', key, value })

  it('passes if no filter leaves it out, and it has all tags, whose names ignore letter case', () => {
    const tags = { Env: 'prod', team: 'shop' }
    expect(passes({ name: 'aks-1' }, [])).toBe(true)
    expect(passes({ name: 'aks-2' }, [not])).toBe(false)
    expect(passes({ name: 'aks-22' }, [not])).toBe(true)
    expect(passes({ name: 'aks-1', tags }, [not, tag('env', 'prod'), tag('TEAM', 'shop')])).toBe(true)
    expect(passes({ name: 'aks-1', tags }, [tag('env', 'Prod')])).toBe(false)
    expect(passes({ name: 'aks-1', tags }, [tag('env', 'prod'), tag('team', 'x')])).toBe(false)
    expect(passes({ name: 'aks-1' }, [tag('env', 'prod')])).toBe(false)
  })
})
