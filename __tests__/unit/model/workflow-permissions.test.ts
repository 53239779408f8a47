import { expect, test } from 'vitest'
import { advisePermissions } from '../../../src/model/workflow-permissions.js'

test('permissions are advised as YAML, with their reasons in one column', () => {
  expect(advisePermissions('id-token: write', 'contents: read')).toBe(
    [
      'Add to the job (or the workflow):',
      '  permissions:',
      '    id-token: write # lets this job ask GitHub for an ID token',
      '    contents: read  # naming any permission drops the defaults, so name what else the job needs',
    ].join('\n'),
  )
  expect(advisePermissions('issues: write')).toBe(
    'Add to the job (or the workflow):\n  permissions:\n    issues: write # lets this job keep the drift issue',
  )
})
