import { createRoleAssignmentCommand, groupMemberCommand } from '../../model/az-commands.js'
import { withoutCommands } from '../../model/fix.js'
import { plainText } from '../../model/plain-text.js'
import { toDrift, type Checked, type Drift, type Repair } from '../drift.js'
import type { Report } from '../report-json.js'

export type DriftReport = Pick<Report, 'pairs' | 'images' | 'manifests' | 'plan' | 'unknown' | 'error'>

/**
 * The drift that another job reported, without the commands of its fixes.
 * @param leg the job, because each job may find something else under a name
 */
export function readDrift({ pairs, images, manifests, plan, unknown, error }: DriftReport, leg: string): Drift {
  // Nothing can be assigned at a registry that does not exist.
  const created = plan.flatMap(({ operation, registry }) => (operation === 'create-registry' ? registry : []))
  const checked: Checked = {
    pairs: pairs.map(withTrustedFix),
    images: images.map(image => ({
      ...withTrustedFix(image),
      reference: image.image,
      registryId: image.registry,
      isUnread: image.status === 'present' && !image.digest,
    })),
    manifests: manifests.map(manifest => ({ ...withTrustedFix(manifest), reference: manifest.image })),
    repairs: plan.filter(({ registry }) => !created.includes(registry)).flatMap(toRepair),
    unknown,
    error,
  }
  return toDrift(checked, leg)
}

function withTrustedFix<T extends { error: Report['error'] }>(item: T): T {
  return item.error ? { ...item, error: { ...item.error, fix: withoutCommands(item.error.fix) } } : item
}

function toRepair(planned: Report['plan'][number]): Repair[] {
  const { operation, principalId, principalType, role, group, memberId, condition } = planned
  const [target, registry] = [planned.target ?? '', planned.registry ?? '']
  if (operation === 'add-group-member' && group && memberId)
    return [{ target, registry, command: groupMemberCommand('add', group, memberId) }]
  if (operation !== 'create-role-assignment' || !principalId || !principalType || !role || !registry) return []
  // No name that Azure accepts has several lines; a report of another job may.
  if (plainText(role) !== role || (condition && plainText(condition) !== condition)) return []
  const grant = { objectId: principalId, type: principalType, role, scope: registry }
  return [{ target, registry, command: createRoleAssignmentCommand({ ...grant, ...(condition && { condition }) }) }]
}
