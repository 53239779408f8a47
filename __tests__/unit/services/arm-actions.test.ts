import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { armActions, type ArmAction } from '../../../src/services/arm/actions.js'

const actions: ArmAction[] = Object.values(armActions)

test('docs/permissions.md lists exactly the Azure actions that requests need', () => {
  const text = readFileSync(new URL('../../../docs/permissions.md', import.meta.url), 'utf8')
  const rows = [...text.matchAll(/^\| `(Microsoft\.\S+)` +\|(.+)\|$/gm)].map(([, action = '', rest = '']) => {
    const [at = '', why = '', neededFor = ''] = rest.split('|').map(cell => cell.trim())
    return { action, at, why, neededFor }
  })
  expect(rows).toEqual(actions)
})

test('an action is listed once', () => {
  expect(new Set(actions.map(({ action }) => action)).size).toBe(actions.length)
})
