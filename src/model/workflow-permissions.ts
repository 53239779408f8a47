import type { FixPart } from './fix.js'

/** The permissions of a workflow's token that the action's advice names, each with its reason. */
const reasons = {
  'id-token: write': 'lets this job ask GitHub for an ID token',
  'issues: write': 'lets this job keep the drift issue',
  'contents: read': 'naming any permission drops the defaults, so name what else the job needs',
}

/**
 * The advice to give a job these permissions, as YAML that can be pasted.
 * Source: docs.github.com/actions/reference/workflow-syntax-for-github-actions ("permissions").
 */
export function advisePermissions(...names: (keyof typeof reasons)[]): FixPart {
  const width = Math.max(...names.map(name => name.length))
  const lines = names.map(name => `    ${name.padEnd(width)} # ${reasons[name]}`)
  const block = { language: 'yaml' as const, lines: ['  permissions:', ...lines] }
  return { text: 'Add to the job (or the workflow):', block, commands: [] }
}
