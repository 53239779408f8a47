import type { Registry, SoftDelete } from 'azure'
import { armActions } from './actions.js'
import { ask } from './ask.js'
import { toRead } from './attempt.js'
import type { ArmContext } from './clients.js'

/** Stable api-versions hide the policy, which is a preview (containerregistry.json, 2023-11-01-preview). */
const version = '2023-11-01-preview'

interface RawRegistry {
  properties?: { policies?: { softDeletePolicy?: { status?: string; retentionDays?: number } | null } | null } | null
}

/** Reads for how long a registry keeps what is deleted. @throws ActionError also if Azure no longer has the preview api-version */
export function getSoftDelete({ clients, signal }: ArmContext, { id, name }: Registry): Promise<SoftDelete> {
  return ask(clients, toRead(`The soft delete policy of ${name}`, id, armActions.readRegistry), async () => {
    const { properties } = await clients.resourceManager.get<RawRegistry>(`${id}?api-version=${version}`, signal)
    const { status = '', retentionDays = 7 } = properties?.policies?.softDeletePolicy ?? {}
    return { days: status.toLowerCase() === 'enabled' ? retentionDays : 0 }
  })
}
