import {
  canPull,
  canPullInSomeMode,
  deleteRoleAssignmentCommand,
  mayMoreThanPull,
  normalizeId,
  sameId,
  showAssignmentCommand,
  subscriptionsOf,
} from 'azure'
import type { Puller, Registry, RoleAssignment, Target } from 'azure'
import { listRoleAssignments, type AzureContext } from 'azure-clients'
import { attempt, fix, groupBy, type Finding, type Fix, type Search, valuesOf, warning } from 'kernel'
import { createOutcomeOf, type Observed, type PlannedPair, type PlannedRun } from 'run-model'
import { explainBoots, indexPullers, type Pullers } from '../boots.js'
import { findGone, nothingInspected, type Inspection, type PullGrant } from './gone.js'
import { createPullerSearch, type SearchPullers } from './pullers.js'
import { createRoleBook } from './roles.js'

/**
 * Checks who else holds pull roles at the registries of these pairs: a cluster's own identity instead of its kubelet identity, and deleted principals.
 * It costs one long list per registry and requests to Microsoft Graph, so `attach` does it only for pairs that failed, where it shows why.
 */
export async function inspect(azure: AzureContext, run: PlannedRun): Promise<Inspection> {
  const { observed, mode } = run
  const pairs = selectSuspicious(run)
  const registries = new Set(pairs.flatMap(({ registry }) => (registry.exists ? registry : [])))
  if (registries.size === 0) return nothingInspected
  const book = createRoleBook(azure, observed.registries, observed.roles)
  const unknown: string[] = []
  const listed = await Promise.all(
    [...registries].map(async registry => {
      const known = observed.everyone.get(normalizeId(registry.id))
      const everyone = known ? { value: known } : await attempt(listRoleAssignments(azure, registry.id))
      if (everyone.error) {
        unknown.push(`could not check who else holds pull roles at ${registry.name} (${everyone.error.message})`)
        return []
      }
      const here = everyone.value.filter(({ scope }) => sameId(scope, registry.id))
      await book.read(here, registry)
      return everyone.value.flatMap((assignment): PullGrant[] => {
        const role = book.known.get(assignment.roleId)
        if (!role || !canPullInSomeMode(role)) return []
        const isHonoured = canPull(role, registry.roleAssignmentMode)
        return [{ assignment, role: role.name, registry, isHonoured, isBroader: mayMoreThanPull(role) }]
      })
    }),
  )
  const all = listed.flat()
  const grants = all.filter(({ isBroader }) => !isBroader)
  const heldBy = indexGrants(grants)
  const pullers = indexPullers(observed)
  // An identity that isn't in the directory may belong to another tenant, and a cluster may boot its nodes with it.
  const dispensable = grants.filter(({ assignment }) => pullers.through(assignment).length === 0)
  const searchPullers = createPullerSearch(azure, valuesOf(observed.targets))
  const [gone, wrong] = await Promise.all([
    findGone(azure, observed, dispensable, searchPullers, { mode, isGreen: isGreen(run) }),
    mode === 'detach' ? [] : findWrongIdentities(pairs, heldBy, { observed, pullers, searchPullers }),
  ])
  const wrongIds = findClientIds(pairs, indexGrants(all), observed)
  return { ...gone, findings: [...wrong, ...wrongIds, ...gone.findings], notes: [...unknown, ...gone.notes] }
}

/** Whether a check found every access as the inputs want it, without a failure. */
export function isGreen({ mode, observed, plan, verifications }: PlannedRun): boolean {
  const isLost = [...observed.targets, ...observed.registries, ...observed.lost].some(({ error }) => error)
  const isFine = (pair: PlannedPair): boolean =>
    pair.operations.length === 0 && !pair.error && !pair.unknown && !verifications.get(pair)?.error
  return mode === 'check' && !isLost && plan.pairs.every(isFine)
}

/** Selects the pairs whose registries are inspected for other pull roles; in `attach` only those that failed. */
export function selectSuspicious({ plan, mode, outcomes, verifications }: PlannedRun): PlannedPair[] {
  const outcomeOf = createOutcomeOf(outcomes)
  const hasFailed = (pair: PlannedPair): boolean =>
    verifications.get(pair)?.error !== undefined || pair.operations.some(operation => outcomeOf(operation)?.error)
  return plan.pairs.filter(pair => mode !== 'attach' || hasFailed(pair))
}

type HeldBy = (registry: Registry, principalId: string) => readonly PullGrant[]

/** Indexes grants by holder, because thousands of pairs would each read thousands of grants. */
function indexGrants(grants: readonly PullGrant[]): HeldBy {
  const keyOf = (registry: Registry, principalId: string): string => `${registry.id} ${normalizeId(principalId)}`
  const held = groupBy(grants, ({ registry, assignment }) => keyOf(registry, assignment.principalId))
  return (registry, principalId) => (principalId && held.get(keyOf(registry, principalId))) || []
}

/** What shows who else may need a role. */
interface Others {
  observed: Observed
  pullers: Pullers
  searchPullers: SearchPullers
}

/** Finds clusters whose own (control plane) identity has the role that their kubelet identity lacks. */
async function findWrongIdentities(pairs: PlannedPair[], heldBy: HeldBy, others: Others): Promise<Finding[]> {
  const wrong = pairs.flatMap(({ target, registry, access }) => {
    const { controlPlaneObjectId = '', identity } = target
    // One identity can be both; then its role allows too little.
    if (access || sameId(controlPlaneObjectId, identity.objectId)) return []
    const grant = heldBy(registry, controlPlaneObjectId).find(({ isHonoured }) => isHonoured)
    return grant ? [{ target, grant, keep: explainKeeping(grant, target, others) }] : []
  })
  // An identity of the user's can be both: a cluster's own, and what nodes pull with.
  const asked = wrong.flatMap(({ target, grant: { assignment }, keep }) =>
    keep ? [] : { objectId: assignment.principalId, subscriptionIds: subscriptionsOf([target.id]) },
  )
  const { pullers } = await others.searchPullers(asked)
  return wrong.map(({ target, grant, keep }) => {
    const { role, registry, assignment } = grant
    const { id, name, identity } = target
    const message =
      `The control plane identity of ${name} holds ${role} on ${registry.name}, but nodes pull with the kubelet ` +
      `identity ${identity.name}, which does not.`
    const advice = keep ? fix(keep) : adviseOnWrong(assignment, pullers.get(normalizeId(assignment.principalId)))
    return warning('WRONG_IDENTITY_GRANTED', id, message, advice)
  })
}

const start = 'The kubelet identity needs the role. Do not delete the other assignment'

/** Why the role of that identity must stay, if that is known without a search. */
function explainKeeping({ assignment, registry }: PullGrant, target: Target, others: Others): string | undefined {
  const { pullers, observed } = others
  const booting = pullers.through(assignment)
  if (booting.length > 0) return `${start}: ${explainBoots(booting)}.`
  if (!sameId(assignment.scope, registry.id))
    return `${start} for this: it is inherited from ${assignment.scope}, and may be needed below that scope.`
  if (observed.identities.get(target)?.state === 'foreign')
    return `${start}: it is held by an identity of another tenant, whose owner has to decide.`
  return undefined
}

/** Advises to delete the role of a control plane identity, unless a cluster pulls with that identity. */
function adviseOnWrong({ id }: RoleAssignment, { found, errors }: Search<Puller> = { found: [], errors: [] }): Fix {
  const names = [...new Set(found.map(({ name }) => name))]
  const [error] = errors
  const others = names.length > 0 ? ` ${names.join(', ')} ${names.length > 1 ? 'pull' : 'pulls'} with it.` : ''
  const what = others ? 'more clusters pull' : 'another cluster pulls'
  const unknown = error ? ` It could not be checked whether ${what} with it: ${error.message}` : ''
  if (others || unknown) return fix(`${start}.${others}${unknown}`)
  return fix(
    "Once the kubelet identity has it, the other role assignment can be deleted, unless a cluster that this step can't see pulls with it:",
    deleteRoleAssignmentCommand(id),
  )
}

/**
 * Finds assignments to the client ID of a pull identity. Azure accepts any ID with a principal type, but compares only object IDs, so nobody can use them
 * (Azure/acr issue 695).
 */
function findClientIds(pairs: PlannedPair[], heldBy: HeldBy, { identities }: Observed): Finding[] {
  return pairs.flatMap(({ target, registry }): Finding[] => {
    const { id, name, identity } = target
    const { clientId, objectId } = identity
    return heldBy(registry, clientId).map(({ assignment, role }) => {
      const message =
        `${role} at ${assignment.scope} is assigned to ${clientId}, the client ID of ${identity.name}, which ${name} pulls with: it lets nobody pull ` +
        `from ${registry.name}, because role assignments are for object IDs, here ${objectId}.`
      const [text, command] =
        identities.get(target)?.state === 'foreign'
          ? [
              'Assign the role to the object ID, in the tenant of the identity. The other assignment:',
              showAssignmentCommand,
            ]
          : [
              'This step with mode: attach assigns the role to the object ID. The other assignment can be deleted, because no identity can use it:',
              deleteRoleAssignmentCommand,
            ]
      return warning('WRONG_IDENTITY_GRANTED', id, message, text, command(assignment.id))
    })
  })
}
