import {
  coversRepositories,
  describeRepositories,
  everything,
  joinReaches,
  notUnderstood,
  readRepositoryCondition,
  type Reach,
} from 'repository-conditions'
import {
  listGrants,
  listHeldRolesCommand,
  nameImage,
  normalizeId,
  parseImageSource,
  pinned,
  reachOf,
  sameId,
} from 'azure'
import type { Registry, Target } from 'azure'
import { fix, groupBy, nameSome, type Finding, type Unknown, warning } from 'kernel'
import { createOutcomeOf, hasAccess, isForMove, isForNodes, isGrant } from 'run-model'
import type { CheckedImage, Outcome, PairResult, PlannedPair, Run } from 'run-model'

type Wanted = CheckedImage<'input' | 'manifest'>

/** Images of one registry that a target can't pull, or perhaps can't: no grant of its pull identity is known to reach their repositories. */
export interface Unreached {
  target: Target
  registry: Registry
  images: readonly Wanted[]
  reach: Reach
  /** Why the grants may reach them nevertheless, as a clause; absent if they are known not to. */
  unclear?: string
}

/**
 * Finds the images of `images` and `manifests` that targets with access can't pull because of the conditions of their grants. Grants add up:
 * learn.microsoft.com/azure/role-based-access-control/overview#multiple-role-assignments. An image whose repository nodes have pulled from is within reach.
 */
export function findUnreached(
  run: Run,
  pairs: readonly PairResult[],
  images: readonly CheckedImage[],
): readonly Unreached[] {
  if (run.mode === 'detach') return []
  const wanted = images.filter(isWanted)
  const planned = new Map((run.plan?.pairs ?? []).map(pair => [placeOf(pair.target.id, pair.registry.id), pair]))
  return pairs
    .filter(({ standing }) => hasAccess(standing))
    .flatMap((result): Unreached[] => {
      const pair = planned.get(placeOf(result.target, result.registry))
      const here = pair ? wanted.filter(({ registry }) => sameId(registry.id, pair.registry.id)) : []
      if (!pair || here.length === 0) return []
      const reach = reachAfter(pair, run)
      const pulled = listPulledRepositories(result)
      const outside = here.filter(
        ({ repository }) => !coversRepositories(reach.patterns, [repository]) && !pulled.has(repository),
      )
      if (outside.length === 0) return []
      const unclear = whyUnclear(pair, run, reach)
      const { target, registry } = pair
      return [{ target, registry, images: outside, reach, ...(unclear !== undefined && { unclear }) }]
    })
}

function isWanted(image: CheckedImage): image is Wanted {
  return (
    (image.wantedBy === 'manifest' && isForNodes(image)) ||
    (image.wantedBy === 'input' && image.request.isProbe !== true)
  )
}

/** The key of a pair, by the IDs or names of its target and registry. */
export const placeOf = (target: string, registry: string): string => [target, registry].map(normalizeId).join(' ')

function listPulledRepositories({ standing, pulls }: PairResult): ReadonlySet<string> {
  if (standing.proof !== 'pull') return new Set()
  const done = pulls.filter(({ verdict }) => verdict === 'pulled')
  return new Set(done.flatMap(({ image }) => parseImageSource(image.reference)?.repository ?? []))
}

/** The assignments that count for a pair: its own, and those of the group of the inputs unless it is not a member. */
function listHeld({ assignments, groupAssignments, operations }: PlannedPair, { inputs, outcomes }: Run) {
  const outcomeOf = createOutcomeOf(outcomes)
  const isOutside = operations.some(each => each.operation === 'add-group-member' && !isDone(outcomeOf(each)))
  return inputs?.group && !isOutside ? [...assignments, ...groupAssignments] : assignments
}

/** Whether an operation was tried and succeeded. */
export const isDone = (outcome: Outcome | undefined): boolean => outcome !== undefined && !outcome.error

/** What the pull identity of a pair may pull at the end of the run: by the grants that it had, and by what was assigned. */
function reachAfter(pair: PlannedPair, run: Run): Reach {
  const { target, registry, role, access, operations } = pair
  const outcomeOf = createOutcomeOf(run.outcomes)
  const grants = listGrants(target, registry, listHeld(pair, run), { roles: run.observed?.roles ?? new Map(), role })
  const held = [...grants, ...(access ? [access] : [])].map(({ assignment }) => reachOf(assignment, registry))
  const written = operations.flatMap(operation => {
    if (!isGrant(operation) || isForMove(pair, operation) || !isDone(outcomeOf(operation))) return []
    return operation.condition ? readRepositoryCondition(operation.condition) : everything
  })
  return joinReaches([...held, ...written, ...(registry.anonymousPull ? [notUnderstood] : [])])
}

/** Why an identity may reach more than is known, as a clause; undefined if that is ruled out. */
function whyUnclear(pair: PlannedPair, run: Run, { isWhole }: Reach): string | undefined {
  if (pair.registry.anonymousPull) return 'the registry also lets anyone pull'
  if (!isWhole) return 'this step does not understand the condition of a role assignment'
  if (listHeld(pair, run).some(({ roleId }) => run.observed?.unknownRoles.has(roleId)))
    return 'the definition of a role that it has could not be read'
  if (pair.isConcealed) return 'Azure does not list all role assignments of that registry for this step'
  if (pair.unknownParents) return 'the groups that its group is in could not be read'
  return undefined
}

/** The findings about images that targets can't pull, once for all targets that are limited in the same way. */
export function findOutOfReach(unreached: readonly Unreached[]): Finding[] {
  const known = unreached.filter(({ unclear }) => unclear === undefined)
  const alike = groupBy(known, ({ registry, images, reach }) =>
    [registry.id, reach.patterns.join(' '), ...images.map(nameImage)].join('\n'),
  )
  return [...alike.values()].map(same => {
    const [{ target, registry, images, reach }] = same
    const { patterns } = reach
    const targets = nameSome(same.map(each => each.target.name))
    const isOne = patterns.length === 1 && !patterns[0]?.endsWith('*')
    const message =
      `${nameOutside(images)} ${images.length === 1 ? 'is' : 'are'} outside ${describeRepositories(patterns)}, ` +
      `the only ${isOne ? 'repository' : 'repositories'} of ${registry.name} that ${targets} can pull.`
    const repositories = [...new Set(images.map(({ repository }) => repository))]
    const advice = fix(
      `If it should be pulled, add ${nameSome(repositories)} to the input repositories, and run the step with mode: attach. Otherwise, use an image in one of the other repositories. The roles and their conditions:`,
      listHeldRolesCommand(target.identity.objectId, registry.id),
    )
    return warning('IMAGE_OUT_OF_REACH', registry.id, message, advice)
  })
}

/** What is unknown about images that targets might be unable to pull. */
export function describeUnclear(unreached: readonly Unreached[]): Unknown[] {
  return unreached.flatMap(({ target, registry, images, unclear }) =>
    unclear === undefined
      ? []
      : images.map(image => ({
          subject: pinned(image) || nameImage(image),
          message: `Could not check whether ${target.name} can pull ${nameImage(image)} from ${registry.name}: it is in none of the repositories that its roles are known to allow, but ${unclear}.`,
        })),
  )
}

const nameOutside = (images: readonly Wanted[]): string => nameSome([...new Set(images.map(nameImage))])
