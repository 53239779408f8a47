import { expect, test } from 'vitest'
import { coversRepositories, widenCondition, readRepositoryCondition, repositoryCondition } from 'repository-conditions'

test('a condition is written for some repositories, read again, and widened', () => {
  const condition = repositoryCondition(['team/app', 'shop/*'])
  const { patterns } = readRepositoryCondition(condition)
  expect(patterns).toEqual(['team/app', 'shop/*'])
  expect(coversRepositories(patterns, ['shop/api'])).toBe(true)
  const wider = widenCondition(condition, ['ops'])
  expect(readRepositoryCondition(wider).patterns).toEqual(['team/app', 'shop/*', 'ops'])
})
