import { readRepositoryCondition, repositoryCondition } from 'repository-conditions'
import { builtInRoles, normalizeId, sameId } from 'azure'
import { groupBy } from 'kernel'
import { toDrift, type Drift, type Report } from 'report-document'
import { errorOf, statusOf } from 'run-model'

/**
 * The drift that another job reported.
 * @param leg the job, because each job may find something else under a name
 * @param where where the job looks for clusters that it names, in words
 */
export function readDrift(report: Report, leg: string, where = ''): Drift {
  const pairs = report.pairs.map(pair => (pair.target.startsWith('/') ? pair : { ...pair, where }))
  return toDrift({ ...report, pairs, plan: selectHarmless(report) }, leg)
}

const registryId =
  /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+\/providers\/Microsoft\.ContainerRegistry\/registries\/[^/]+$/i

const pullRoles = [builtInRoles.acrPull.name, builtInRoles.repositoryReader.name] as const

/**
 * The grants of a report's plan that give pairs the role that they lack, built from each pair's own values: its identity, its registry, and a role that only
 * pulls. The plan only decides which of these roles is planned, and for which repositories; anything else in it could harm, and no command is made of it. Other
 * repairs are in the log of that job.
 */
function selectHarmless({ pairs, plan }: Pick<Report, 'pairs' | 'plan'>): Report['plan'] {
  // Nothing can be assigned at a registry that does not exist.
  const created = plan.flatMap(({ operation, registry }) => (operation === 'create-registry' ? registry : []))
  const planned = groupBy(plan, ({ target, registry }) => placeOfGrant(target, registry))
  return pairs.flatMap(({ target, registry, principalId, standing }) => {
    const isLacking = statusOf(standing) === 'missing' && !errorOf(standing) && principalId !== null
    if (!isLacking || !registryId.test(registry) || created.includes(registry)) return []
    const grants = (planned.get(placeOfGrant(target, registry)) ?? []).filter(
      ({ operation, principalType, principalId: granted }) =>
        operation === 'create-role-assignment' &&
        principalType === 'ServicePrincipal' &&
        sameId(granted || 'nobody', principalId),
    )
    return grants.flatMap(grant => {
      const role = pullRoles.find(each => each === grant.role)
      const condition = grant.condition === null ? '' : rewriteCondition(grant.condition)
      if (!role || condition === undefined || (condition && role !== builtInRoles.repositoryReader.name)) return []
      return [{ ...grant, target, registry, principalId, principalType: 'ServicePrincipal', role, condition }]
    })
  })
}

const placeOfGrant = (target: string | null, registry: string | null): string =>
  [target, registry].map(id => normalizeId(id ?? '')).join(' ')

/** A repository, or a prefix of repositories: what the input `repositories` takes. */
const ownPattern = /^[a-z0-9][a-z0-9._/-]*\*?$/

/** The condition for the repositories that another one allows, in our own words; undefined if it is not one of ours. */
function rewriteCondition(condition: string): string | undefined {
  const { patterns, isWhole } = readRepositoryCondition(condition)
  return isWhole && patterns.length > 0 && patterns.every(each => ownPattern.test(each))
    ? repositoryCondition(patterns)
    : undefined
}
