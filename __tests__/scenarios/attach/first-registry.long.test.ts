import { describe, expect } from 'vitest'
import { it, onceIt } from '../../support/scenario.js'

describe('the outputs about the first registry', () => {
  it('name it if only its role is wrong', async ({ begin }) => {
    const { attach } = await begin()
    const { outputs, exitCode } = await attach({ repositories: 'team/*' })
    expect({ exitCode, ...outputs }).toMatchObject({
      exitCode: 1,
      'error-code': 'INVALID_INPUT',
      'registry-login-server': 'contosoacr.azurecr.io',
      'registry-login-servers': '["contosoacr.azurecr.io"]',
    })
  })

  onceIt('are empty if it was not found, whatever the others are', async ({ begin }) => {
    const { attach } = await begin()
    const { outputs, exitCode } = await attach({ registry: 'nowhereacr\ncontosoacr' })
    expect({ exitCode, ...outputs }).toMatchObject({
      exitCode: 1,
      'error-code': 'REGISTRY_NOT_FOUND',
      'registry-login-server': '',
      'registry-login-servers': '["contosoacr.azurecr.io"]',
      'role-assignment-id': '',
    })
  })
})
