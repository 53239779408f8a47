import { fence } from './diagrams.js'
import { documentationLink } from './documentation.js'
import type { Drift, DriftItem } from './drift.js'

const mostCommands = 10
/** A condition on many repositories makes a command as long as a page; such a one is left to `attach`. */
const longestCommand = 1000

/** What heals the drift, and how to find out who caused it, in Markdown; empty without drift. */
export function adviseOnDrift({ items, commands }: Drift, workflow: string): string {
  if (items.length === 0) return ''
  const codes = [...new Set(items.flatMap(({ kind, code }) => (kind === 'image' || code === 'missing' ? [] : code)))]
  const shown = commands.filter(({ length }) => length <= longestCommand).slice(0, mostCommands)
  const rest = commands.length - shown.length
  const parts = [
    items.some(isHealable) && `The same step with \`mode: attach\` makes what is missing:\n\n${attachStep(workflow)}`,
    shown.length > 0 && `Or by hand:\n\n${fence('sh', shown)}${rest > 0 ? `\n\nand ${rest} more.` : ''}`,
    items.some(isGone) && "What is gone can't be attached: correct the inputs of the step, or create it again.",
    `Who changed it, of the last seven days:\n\n${fence('sh', [activityLog])}`,
    ['DRIFT', ...codes].map(code => `- About ${code}: ${documentationLink(code)}`).join('\n'),
  ]
  return `### What to do\n\n${parts.filter(Boolean).join('\n\n')}`
}

const activityLog = `az monitor activity-log list --resource-group <group> --offset 7d --query "[?contains(operationName.value, 'roleAssignments')].[eventTimestamp, caller, operationName.value, resourceId]" --output table`

/** What `attach` makes. */
function isHealable({ kind, code }: DriftItem): boolean {
  return code === 'missing' || kind === 'image'
}

/** What someone has to create again. */
function isGone({ kind, code }: DriftItem): boolean {
  return kind === 'pair' && /^(CLUSTER|REGISTRY|IDENTITY)_NOT_FOUND$|^NO_KUBELET_IDENTITY$/.test(code)
}

/** Variables: docs.github.com/actions/reference/variables-reference (the repository is empty for a local action). */
function attachStep(workflow: string): string {
  const { GITHUB_ACTION_REPOSITORY: repository, GITHUB_ACTION_REF: ref } = process.env
  return fence('yaml', [
    `- uses: ${repository ? `${repository}${ref ? `@${ref}` : ''}` : './'}`,
    '  with:',
    '    mode: attach',
    `    # and the other inputs of the step in ${workflow}, with an identity that may assign roles`,
  ])
}
