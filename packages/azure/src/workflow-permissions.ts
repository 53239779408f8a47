import type { FixPart } from 'kernel'

/** The permissions of a job's token that fixes mention, with the reason for each. */
const reasons = {
  'id-token: write': 'lets this job request a GitHub ID token',
  'issues: write': 'lets this job update the drift issue',
  'contents: read': 'listing any permission drops the defaults, so list what else the job needs',
}

/**
 * Advice to give a job these permissions, as YAML to paste.
 * Source: docs.github.com/actions/reference/workflow-syntax-for-github-actions ("permissions").
 */
export function advisePermissions(...names: (keyof typeof reasons)[]): FixPart {
  const width = Math.max(...names.map(name => name.length))
  const lines = names.map(name => `    ${name.padEnd(width)} # ${reasons[name]}`)
  const block = { language: 'yaml' as const, lines: ['  permissions:', ...lines] }
  return { text: 'Add to the job (or the workflow):', block, commands: [] }
}
