import { expect, it } from 'vitest'
import { passes } from '../../../src/observe/lists.js'

const not = { kind: 'not' as const, text: '', name: 'AKS-2' }
const tag = (key: string, value: string) => ({ kind: 'tag' as const, text: '', key, value })

it('a resource passes if no filter leaves it out, and it has all tags, whose names ignore letter case', () => {
  const tags = { Env: 'prod', team: 'shop' }
  expect(passes({ name: 'aks-1' }, [])).toBe(true)
  expect(passes({ name: 'aks-2' }, [not])).toBe(false)
  expect(passes({ name: 'aks-22' }, [not])).toBe(true)
  expect(passes({ name: 'aks-1', tags }, [not, tag('env', 'prod'), tag('TEAM', 'shop')])).toBe(true)
  expect(passes({ name: 'aks-1', tags }, [tag('env', 'Prod')])).toBe(false)
  expect(passes({ name: 'aks-1', tags }, [tag('env', 'prod'), tag('team', 'x')])).toBe(false)
  expect(passes({ name: 'aks-1' }, [tag('env', 'prod')])).toBe(false)
})
