import { expect, test } from 'vitest'
import { advisePermissions } from '../../../src/model/workflow-permissions.js'

test('permissions are advised as YAML, with their reasons in one column', () => {
  expect(advisePermissions('id-token: write', 'contents: read')).toBe(
    [
      'Add to the job (or the workflow):',
      '  permissions:',
      '    id-token: write # lets this job request a GitHub ID token',
      '    contents: read  # listing any permission drops the defaults, so list what else the job needs',
    ].join('\n'),
  )
  expect(advisePermissions('issues: write')).toBe(
    'Add to the job (or the workflow):\n  permissions:\n    issues: write # lets this job update the drift issue',
  )
})
