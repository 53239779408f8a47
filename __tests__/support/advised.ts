import { expect } from 'vitest'
import type { Contoso } from 'azure-simulator/contoso'
import type { Report } from 'report-document'
import { unroll, wordsOf } from './az.js'
import {
  copyAccess,
  describeLoss,
  findLosses,
  readAccess,
  type AccessState,
  type Held,
  type Loss,
} from './access-model.js'
import { isNamed, isTarget, lastOf, type Targets } from './nobody-else.js'

// Runs the commands that the action prints in the model of who can pull what, to see whom they would harm.

/** Commands that only read, or that only change the user's own machine. */
const looks = [
  /^kubectl (?:get|describe)\b/,
  /^az rest --method get\b/,
  /^az (?:[a-z-]+ )+(?:list|show|wait|show-[a-z-]+|list-[a-z-]+)\b[^|]*$/s,
  /^az aks (?:get-credentials|install-cli)\b/,
  // Its command is `kubectl get nodes`.
  /^az aks command invoke\b/,
]

/** Commands that change something else than who can pull by a role. */
const harmless = [
  // Pods of this action.
  /^kubectl delete pods attach-acr-probe-/,
  // It starts a pod that it deletes.
  /^az aks check-acr\b/,
  /^kubectl create (?:namespace|serviceaccount|clusterrole|clusterrolebinding)\b/,
  /^az aks (?:start|upgrade|update-credentials)\b/,
  // It adds a secret, and its output is in the pipe.
  /^az ad app credential reset .*--append\b/s,
  /^az aks nodepool \w+\b/,
  /^az aks update .*(?:--yes|--enable-aad)\b/s,
  // For a cluster whose application is gone, which can pull nothing.
  /^az aks update .*--enable-managed-identity\b/s,
  // They bring an image back, or let it be pulled again.
  /^az acr (?:import|manifest restore)\b/,
  /^az acr repository update .*--(?:read|write)-enabled true\b/s,
  /^az acr update .*--(?:admin-enabled|allow-trusted-services|anonymous-pull-enabled|sku)\b/s,
  /^az provider register\b/,
  /^az resource update .*disableRunCommand=false\b/s,
  /^az (?:ad group create|ad app create|ad sp create|identity create)\b/,
  /^az (?:ad app|identity) federated-credential (?:create|update)\b/,
  /^az rest --method (?:post|patch) .*federatedIdentityCredentials\b/s,
  /^az role definition create\b/,
  // It creates the role only if there is none.
  /^az role definition list [^|]*\| grep -q \. \|\| \\\n *az role definition create\b/,
  // It gives the signed-in identity a role at the resources that come through the pipe.
  /^az role assignment create [^|]*--scope$/,
  /^az login\b/,
]

/** The commands of a pipe that runs the next one for each line. */
export function stagesOf(command: string): string[] {
  return command.split(/\s*(?:\\\n\s*)?\| xargs -r -n 1 /)
}

const assignmentUrl = /\/providers\/Microsoft\.Authorization\/roleAssignments\/[^/?]+\?api-version=/i

const guid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Runs a command in a state. @throws if the command is none that is known */
export function runCommand(state: AccessState, command: string): void {
  const all = unroll(command)
  if (all.length > 1) {
    for (const each of all) runCommand(state, each)
    return
  }
  if (stagesOf(command).every(stage => [...looks, ...harmless].some(pattern => pattern.test(stage)))) return
  const words = wordsOf(command)
  const option = (name: string): string => {
    const at = words.indexOf(`--${name}`)
    return at < 0 ? '' : (words[at + 1] ?? '')
  }
  const does = (...verbs: string[]): boolean => ['az', ...verbs].every((verb, index) => words[index] === verb)
  const { assignments, groupsOf } = state
  if (does('role', 'assignment', 'delete') && option('ids')) {
    for (const id of idsOf(words)) assignments.delete(id.toLowerCase())
  } else if (does('role', 'assignment', 'list') && words.includes('|') && words.includes('delete')) {
    // It lists at exactly this scope, without what is inherited or held through groups.
    for (const [id, held] of assignments) if (isMeant(state, held, option)) assignments.delete(id)
  } else if (does('role', 'assignment', 'create')) {
    const scope = option('scope').toLowerCase()
    const [role] = findRole(state, option('role'))
    const principalId = option('assignee-object-id').toLowerCase() || option('assignee').toLowerCase()
    const isThere = [...assignments.values()].some(
      held => held.scope === scope && held.principalId === principalId && held.roleId === role,
    )
    // `az` counts an assignment that exists as success, and changes nothing.
    if (role === undefined || isThere) return
    const id = `${scope}/advised/${principalId}/${role}`
    const [principalType, condition] = [option('assignee-principal-type'), option('condition') || null]
    assignments.set(id, { id, scope, principalId, principalType, roleId: role, condition })
  } else if (does('ad', 'group', 'member')) {
    const [group, member] = [option('group').toLowerCase(), option('member-id').toLowerCase()]
    const groups = new Set(groupsOf.get(member))
    if (words[4] === 'remove') groups.delete(group)
    else if (words[4] === 'add') groups.add(group)
    else throw new Error(`unknown command: ${command}`)
    groupsOf.set(member, groups)
  } else if (does('rest') && option('method') === 'put' && assignmentUrl.test(option('url'))) {
    // The same request with another condition updates an assignment.
    const id = option('url').split('?')[0]?.toLowerCase() ?? ''
    const held = assignments.get(id)
    const { properties } = JSON.parse(option('body')) as { properties: { condition?: string; principalId: string } }
    if (held?.principalId !== properties.principalId.toLowerCase()) throw new Error(`it fails: ${command}`)
    assignments.set(id, { ...held, condition: properties.condition ?? null })
  } else if (does('acr', 'update') && option('role-assignment-mode')) {
    const [name, isAbac] = [option('name').toLowerCase(), option('role-assignment-mode') === 'rbac-abac']
    state.registries = state.registries.map(each => (each.name.toLowerCase() === name ? { ...each, isAbac } : each))
  } else throw new Error(`unknown command: ${command}`)
}

function idsOf(words: string[]): string[] {
  const from = words.slice(words.indexOf('--ids') + 1)
  const end = from.findIndex(word => word.startsWith('--'))
  return end < 0 ? from : from.slice(0, end)
}

function findRole({ roles }: AccessState, name: string): string[] {
  if (guid.test(name.toLowerCase())) return [name.toLowerCase()]
  return [...roles].flatMap(([id, { roleName }]) => (roleName.toLowerCase() === name.toLowerCase() ? id : []))
}

function isMeant(state: AccessState, held: Held, option: (name: string) => string): boolean {
  const assignee = option('assignee-object-id').toLowerCase() || option('assignee').toLowerCase()
  return (
    held.scope === option('scope').toLowerCase() &&
    held.principalId === assignee &&
    findRole(state, option('role')).includes(held.roleId)
  )
}

/** An error or a finding of a report. */
export interface Advice {
  code: string
  subject: string
  commands: readonly string[]
  /** IDs of the clusters of the run, in lower case. */
  clusters?: readonly string[]
}

/** Who would lose access through the commands of an advice, beyond what it names as its purpose: run in their order, and each deletion alone. */
export function findHarm(state: AccessState, advice: Advice, targets: Targets): string[] {
  const after = (commands: readonly string[]): AccessState => {
    const copy = copyAccess(state)
    for (const command of commands) runCommand(copy, command)
    return copy
  }
  const deletions = advice.commands.filter(command =>
    /^az (?:role assignment delete|ad group member remove)\b/.test(command),
  )
  const ends = [after(advice.commands), ...deletions.map(command => after([command]))]
  const losses = ends.flatMap(end => findLosses(state, end)).filter(loss => !isPurpose(state, advice, targets, loss))
  return [...new Set(losses.map(describeLoss))]
}

/** Whether a loss is what the advice is about: it says so in its text. */
function isPurpose({ clusters }: AccessState, advice: Advice, targets: Targets, loss: Loss): boolean {
  const { code, subject } = advice
  // The step was told to remove it, and some refusals of `detach` print the command that does.
  if (code === 'RESIDUAL_ACCESS' || targets.clusters.size > 0) {
    const isAsked = targets.repositories.length === 0 || loss.repositories.every(name => isNamed(targets, name))
    return isTarget(targets, loss) && isAsked
  }
  // It puts the limit of the input `repositories` in force, for a cluster of the run.
  if (code === 'LIMIT_NOT_IN_FORCE') {
    const isAtRegistry = lastOf(subject).toLowerCase() === loss.registry.toLowerCase()
    const isOfRun = loss.cluster !== undefined && advice.clusters?.includes(loss.cluster) === true
    return isAtRegistry && isOfRun && !loss.repositories.some(name => isNamed(targets, name))
  }
  if (code !== 'WRONG_IDENTITY_GRANTED') return false
  return clusters.some(({ id, controlPlane }) => id === subject.toLowerCase() && controlPlane === loss.identity)
    ? loss.cluster === undefined
    : false
}

/** All advice of a report that has commands, each once. */
function adviceWithCommands({ error, pairs, images, manifests, findings }: Report): Advice[] {
  const errors = [{ error, target: null }, ...pairs, ...images, ...manifests].flatMap(each =>
    each.error ? { ...each.error, subject: ('target' in each && each.target) || '' } : [],
  )
  const clusters = pairs.map(({ target }) => target.toLowerCase())
  const all = [...errors, ...findings].map(({ code, subject, fix: { commands } }) => ({
    code,
    subject,
    commands,
    clusters,
  }))
  return [...new Map(all.map(advice => [JSON.stringify(advice), advice])).values()].filter(
    ({ commands }) => commands.length > 0,
  )
}

/** Expects that no command in a report would harm anybody in this world. */
export function expectHarmlessAdvice(world: Contoso['world'], report: Report, targets: Targets): void {
  const advices = adviceWithCommands(report)
  if (advices.length === 0) return
  const state = readAccess(world)
  for (const advice of advices)
    expect(findHarm(state, advice, targets), `${advice.code}: ${advice.commands.join('\n')}`).toEqual([])
}
