import { fix, type Fix } from './fix.js'

type FindingCode =
  | 'GROUP_LATENCY'
  | 'EXCESS_ROLE'
  | 'ROLE_IGNORED_BY_ABAC'
  | 'RESIDUAL_ACCESS'
  | 'PUBLIC_ACCESS_DISABLED'
  | 'NO_PRIVATE_ENDPOINT'
  | 'FIREWALL'
  | 'ARM_AUDIENCE_DISABLED'
  | 'ADMIN_USER_ENABLED'
  | 'CLUSTER_STOPPED'
  | 'NO_KUBELET_IDENTITY'
  | 'AZURE_REFUSED'
  | 'AUTHORIZATION_FAILED'
  | 'WRONG_IDENTITY_GRANTED'
  | 'POOL_SKIPPED'
  | 'NODE_SKIPPED'
  | 'IMAGE_NOT_PROBED'
  | 'IMAGE_OUT_OF_REACH'
  | 'ANONYMOUS_PULL'
  | 'PEER_MIRROR'
  | 'IMAGE_NOT_COMPARED'
  | 'SERVICE_ACCOUNT_PULL'
  | 'BOOTSTRAP_REGISTRY'
  | 'CONDITION_REMOVED'
  | 'LIMIT_NOT_IN_FORCE'
  | 'RUNNING_IMAGE_GONE'
  | 'RUNNING_IMAGE_MOVED'
  | 'FILTER_WITHOUT_EFFECT'
  | 'SECRET_EXPIRES'
  | 'PULL_UNSTEADY'
  | 'PRIVATE_ENDPOINTS_COLLIDE'

/** Something worth knowing that never fails a step by itself. */
export interface Finding {
  code: FindingCode
  severity: 'warning' | 'notice'
  /** Resource ID. */
  subject: string
  message: string
  fix: Fix
}

const findingOf =
  (severity: Finding['severity']) =>
  (code: FindingCode, subject: string, message: string, ...advice: Parameters<typeof fix>): Finding => ({
    ...{ code, severity, subject, message },
    fix: fix(...advice),
  })

/** What to do is a whole fix, or prose with the commands after it. */
export const warning = findingOf('warning')

/** What to do is a whole fix, or prose with the commands after it. */
export const notice = findingOf('notice')

/** Something that the step could not check: neither drift nor fine. */
export interface Unknown {
  /** Resource ID or name of what the rest depends on. */
  subject: string
  /** What is unknown, and why. */
  message: string
  /** Set if a pair or an image already reports it. */
  about?: 'pair' | 'image' | null
}
