import { maxConditionBytes, widenCondition } from 'repository-conditions'
import {
  isAssignmentOf,
  lastSegment,
  otherRoleAssignmentName,
  reachOf,
  roleAssignmentId,
  showAssignmentCommand,
  type RoleAssignment,
} from 'azure'
import {
  createRoleAssignment,
  getRoleAssignment,
  isCode,
  isHashConflict,
  listRoleAssignments,
  pauseBefore,
  readExistingName,
  type AzureContext,
} from 'azure-clients'
import { ActionError, briefly, attempt, type Clock } from 'kernel'
import { wordsOfOperation, type Operation, type Outcome } from 'run-model'
import { mayBeDone } from './lost-answers.js'

export type CreateRoleAssignment = Extract<Operation, { scope: string }>

export type Written = Pick<Outcome, 'changed' | 'roleAssignmentId' | 'conditions' | 'tookMs'>

export interface Writing {
  clock: Clock
  /** When to give up, in ms since the epoch. */
  deadline: number
  /** Of the job: a pause ends at once when it is cancelled. */
  signal: AbortSignal
  /** Whether an earlier try may have written it. */
  isAgain: boolean
  /** Called before each pause. */
  onPause: (pauseMs: number, failure: ActionError) => void
}

/** What is sent for an operation. */
type Change = Pick<CreateRoleAssignment, 'name'> & Partial<Pick<CreateRoleAssignment, 'condition' | 'replaces'>>

/** What the tries to write an assignment have shown so far. */
interface GrantState {
  /** What is sent to create it. */
  created: Change
  /** The ID of the assignment that is there; empty if none is known. */
  id: string
  /** The conditions that others had written, and those that were written over them. */
  conditions: string[]
  failure?: ActionError
  /** Whether a write without an answer may have been carried out. */
  isInDoubt: boolean
}

/**
 * Writes the condition of an assignment, or creates one with it. A write replaces what other jobs have written there, and Azure knows no precondition that would
 * prevent it. So each try but the first of a new assignment follows a look at what is there, of which nothing is taken away, and a write whose answer was
 * lost is looked for before it is sent again.
 * @throws ActionError, and AbortError when the job is cancelled
 */
export async function writeCondition(
  azure: AzureContext,
  operation: CreateRoleAssignment,
  { clock, deadline, signal, isAgain, onPause }: Writing,
): Promise<Written> {
  const state: GrantState = { created: operation, id: operation.replaces?.id ?? '', conditions: [], isInDoubt: false }
  const { conditions } = state
  for (let tries = 0; ; tries += 1) {
    const { found, change } = await look(azure, operation, state, isAgain)
    if (found && !change) return { roleAssignmentId: found.id, changed: state.isInDoubt, conditions }
    const startedAt = clock.now()
    const { value: written, error } = await attempt(createGrant(azure, { ...operation, ...change }))
    if (written) {
      if (found && change?.condition !== undefined) conditions.push(change.condition)
      return { roleAssignmentId: written.id, changed: true, conditions, tookMs: clock.now() - startedAt }
    }
    if (hasOtherWay(operation, state, error, found)) continue
    const pauseMs = pauseBefore(error, tries)
    if (pauseMs === undefined || clock.now() + pauseMs > deadline) return giveUp(azure, operation, state, error)
    onPause(pauseMs, error)
    await clock.sleep(pauseMs, signal)
  }
}

/** The assignment as it is, and what has to be sent; an assignment without a change is as it should be. */
async function look(
  azure: AzureContext,
  operation: CreateRoleAssignment,
  { id, created, failure, conditions }: GrantState,
  isAgain = false,
): Promise<{ found?: RoleAssignment; change?: Change | undefined }> {
  if (!id && !isAgain && !failure) return { change: created }
  const { value: found, error } = await attempt(find(azure, operation, id))
  if (error) throw failure ?? error
  if (!found) return { change: created }
  if (found.condition !== operation.replaces?.condition) conditions.push(found.condition ?? '')
  return { found, change: decideChange(operation, found) }
}

/** Notes a failure, and whether the write can be sent at once in another way: with another name, or to the assignment that Azure names. */
function hasOtherWay(
  operation: CreateRoleAssignment,
  state: GrantState,
  error: ActionError,
  found: RoleAssignment | undefined,
): boolean {
  const wasThere = isCode(state.failure?.azure, 'RoleAssignmentExists')
  state.failure = error
  state.isInDoubt ||= mayBeDone(error)
  if (!found && isNameTaken(error) && state.created === operation) {
    state.created = { name: otherRoleAssignmentName(operation.name) }
    return true
  }
  if (!isCode(error.azure, 'RoleAssignmentExists') || wasThere) return false
  const name = readExistingName(error.azure?.message ?? '')
  if (name) state.id = roleAssignmentId(operation.scope, name)
  return true
}

/** The assignment, if a write whose answer was lost has done it nevertheless. @throws ActionError the failure */
async function giveUp(
  azure: AzureContext,
  operation: CreateRoleAssignment,
  state: GrantState,
  failure: ActionError,
): Promise<Written> {
  const { found, change } = state.isInDoubt ? await look(azure, operation, state) : {}
  if (!found || change) throw failure
  return { roleAssignmentId: found.id, changed: true, conditions: state.conditions }
}

/** Creates an assignment, or writes one again. @throws ActionError, AbortError */
export function createGrant(azure: AzureContext, operation: CreateRoleAssignment): Promise<RoleAssignment> {
  const { registry } = operation
  return createRoleAssignment(azure, { ...operation, scope: registry.id }, wordsOfOperation(operation).failure)
}

/** @param id of the assignment; empty if it is not known whether there is one */
async function find(
  azure: AzureContext,
  { scope, principalId, role, registry }: CreateRoleAssignment,
  id: string,
): Promise<RoleAssignment | undefined> {
  if (id) return getRoleAssignment(azure, registry.id, id)
  const listed = await listRoleAssignments(azure, registry.id, { principalId })
  return listed.find(assignment => isAssignmentOf(assignment, { scope, principalId, roleId: role.id }))
}

/**
 * What an assignment needs that may be other than planned; undefined if nothing.
 * @throws ActionError if its condition can't be changed without taking access away
 */
function decideChange(operation: CreateRoleAssignment, found: RoleAssignment): Change | undefined {
  const { registry, replaces, wants } = operation
  const { condition = '' } = found
  const name = lastSegment(found.id)
  if (replaces && condition === (replaces.condition ?? '')) return { name, replaces: found }
  if (condition === operation.condition || condition === '') return undefined
  if (!reachOf(found, registry).isWhole) throw refuseOvertaken(operation, found, 'CONDITION_NOT_UNDERSTOOD')
  const { repositories, actions } = wants
  const widened = repositories.length > 0 ? widenCondition(condition, repositories, actions) : ''
  if (widened === condition) return undefined
  if (Buffer.byteLength(widened) > maxConditionBytes) throw refuseOvertaken(operation, found)
  return { name, condition: widened, replaces: found }
}

/** Nothing is added to a condition that is not understood or would become too long. */
function refuseOvertaken(
  operation: CreateRoleAssignment,
  { id }: RoleAssignment,
  code: ActionError['code'] = 'PROPAGATION_TIMEOUT',
): ActionError {
  const why = 'another job has changed its condition in the meantime, and this step does not overwrite that'
  const advice = briefly('Run the step again.', 'The current role assignment:', showAssignmentCommand(id))
  return new ActionError(
    code,
    { what: wordsOfOperation(operation).failure, why },
    { subject: operation.registry.name, fix: advice },
  )
}

/** Whether another assignment has the name, or Azure says so by mistake (azure-cli issue 13368). */
export function isNameTaken({ azure }: ActionError): boolean {
  return isCode(azure, 'RoleAssignmentUpdateNotPermitted') || (azure !== undefined && isHashConflict(azure))
}
