import { expect, test } from 'vitest'
import {
  coversRepositories,
  narrowCondition,
  readRepositoryCondition,
  repositoryCondition,
} from 'repository-conditions'

test('a condition is written for some repositories, read again, and narrowed', () => {
  const condition = repositoryCondition(['team/app', 'shop/*'])
  const { patterns } = readRepositoryCondition(condition)
  expect(patterns).toEqual(['team/app', 'shop/*'])
  expect(coversRepositories(patterns, ['shop/api'])).toBe(true)
  const narrower = narrowCondition(condition, ['shop/*']) ?? ''
  expect(readRepositoryCondition(narrower).patterns).toEqual(['team/app'])
})
