import { expect, test } from 'vitest'
import { advisePermissions } from '../src/workflow-permissions.js'

test('permissions are suggested as YAML, with their reasons in one column', () => {
  const text = 'Add to the job (or the workflow):'
  expect(advisePermissions('id-token: write', 'contents: read')).toEqual({
    text,
    block: {
      language: 'yaml',
      lines: [
        '  permissions:',
        '    id-token: write # lets this job request a GitHub ID token',
        '    contents: read  # listing any permission drops the defaults, so list what else the job needs',
      ],
    },
    commands: [],
  })
  const lines = ['  permissions:', '    issues: write # lets this job update the drift issue']
  expect(advisePermissions('issues: write')).toEqual({ text, block: { language: 'yaml', lines }, commands: [] })
})
