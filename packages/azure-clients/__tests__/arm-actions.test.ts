import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { armActions } from '../src/arm/requests.js'

const actions: string[] = Object.values(armActions)

test('docs/permissions.md lists exactly the Azure actions that requests need, and says what for', () => {
  const text = readFileSync(new URL('../../../docs/permissions.md', import.meta.url), 'utf8')
  const rows = [...text.matchAll(/^\| `(Microsoft\.\S+)` +\| *(\S[^|]*)\| *(\S[^|]*)\| *(\S[^|]*)\|$/gm)]
  expect(rows.map(([, action]) => action)).toEqual(actions)
  expect(new Set(actions).size).toBe(actions.length)
})
