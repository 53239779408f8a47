import type { Container, Pod, SecurityContext } from '../../../world/kubernetes-objects.js'

export type SecurityLevel = 'privileged' | 'baseline' | 'restricted'

/** Returns a pod's violation of a level: a short reason with details in parentheses. */
type Check = (pod: PodView) => string | undefined

interface PodView {
  readonly spec: Pod['spec']
  readonly containers: readonly Container[]
}

/** `container "a"`, `containers "a", "b"` */
const name = (containers: readonly Container[]): string =>
  `container${containers.length === 1 ? '' : 's'} ${containers.map(container => `"${container.name}"`).join(', ')}`

/** Checks every container; the pod's own setting doesn't count. */
const eachContainer =
  (reason: string, demand: string, isBad: (context: SecurityContext, container: Container) => boolean): Check =>
  ({ containers }) => {
    const bad = containers.filter(container => isBad(container.securityContext ?? {}, container))
    return bad.length === 0 ? undefined : `${reason} (${name(bad)} ${demand})`
  }

const defaultCapabilities = [
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
]

const safeSysctls = [
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.ping_group_range',
]

const restrictedVolumes = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
]

const allowedProfiles = ['RuntimeDefault', 'Localhost']

const baseline: readonly Check[] = [
  ({ containers }) => {
    const added = containers.filter(
      ({ securityContext }) => forbiddenCapabilities(securityContext, defaultCapabilities).length > 0,
    )
    const list = [
      ...new Set(added.flatMap(({ securityContext }) => forbiddenCapabilities(securityContext, defaultCapabilities))),
    ]
    return added.length === 0
      ? undefined
      : `non-default capabilities (${name(added)} must not include ${list.map(entry => `"${entry}"`).join(', ')} in securityContext.capabilities.add)`
  },
  ({ spec }) => {
    const used = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter(key => spec[key] === true)
    return used.length === 0 ? undefined : `host namespaces (${used.map(key => `${key}=true`).join(', ')})`
  },
  ({ spec }) => volumes(spec, 'hostPath volumes', type => type === 'hostPath'),
  ({ containers }) => {
    const using = containers.filter(({ ports = [] }) => ports.some(({ hostPort = 0 }) => hostPort !== 0))
    const ports = using.flatMap(container => container.ports?.flatMap(({ hostPort = 0 }) => hostPort || []) ?? [])
    return using.length === 0
      ? undefined
      : `hostPort (${name(using)} ${using.length === 1 ? 'uses' : 'use'} hostPort${ports.length === 1 ? '' : 's'} ${ports.join(', ')})`
  },
  eachContainer('privileged', 'must not set securityContext.privileged=true', ({ privileged }) => privileged === true),
  eachContainer(
    'procMount',
    'must not set securityContext.procMount to "Unmasked"',
    ({ procMount }) => procMount === 'Unmasked',
  ),
  ({ spec, containers }) => {
    const isUnconfined = (context?: SecurityContext): boolean => context?.seccompProfile?.type === 'Unconfined'
    const bad = containers.filter(({ securityContext }) => isUnconfined(securityContext))
    const who = [...(isUnconfined(spec.securityContext) ? ['pod'] : []), ...(bad.length > 0 ? [name(bad)] : [])]
    return who.length === 0
      ? undefined
      : `seccompProfile (${who.join(' and ')} must not set securityContext.seccompProfile.type to "Unconfined")`
  },
  ({ spec }) => {
    const bad =
      spec.securityContext?.sysctls?.map(entry => entry.name).filter(entry => !safeSysctls.includes(entry)) ?? []
    return bad.length === 0 ? undefined : `forbidden sysctls (${bad.join(', ')})`
  },
]

/** These checks skip pods for Windows (kubernetes.io "Pod Security Standards", since 1.25). */
const unlessWindows =
  (check: Check): Check =>
  pod =>
    pod.spec.os?.name === 'windows' ? undefined : check(pod)

const restricted: readonly Check[] = [
  unlessWindows(
    eachContainer(
      'allowPrivilegeEscalation != false',
      'must set securityContext.allowPrivilegeEscalation=false',
      ({ allowPrivilegeEscalation }) => allowPrivilegeEscalation !== false,
    ),
  ),
  unlessWindows(
    eachContainer(
      'unrestricted capabilities',
      'must set securityContext.capabilities.drop=["ALL"]',
      ({ capabilities }) => capabilities?.drop?.includes('ALL') !== true,
    ),
  ),
  ({ spec }) => volumes(spec, 'restricted volume types', type => !restrictedVolumes.includes(type), true),
  ({ spec, containers }) => {
    const ofPod = spec.securityContext?.runAsNonRoot === true
    const explicit = containers.filter(({ securityContext }) => securityContext?.runAsNonRoot === false)
    if (explicit.length > 0) {
      return `runAsNonRoot != true (${name(explicit)} must not set securityContext.runAsNonRoot=false)`
    }
    const bad = containers.filter(({ securityContext }) => securityContext?.runAsNonRoot !== true)
    return ofPod || bad.length === 0
      ? undefined
      : `runAsNonRoot != true (pod or ${name(bad)} must set securityContext.runAsNonRoot=true)`
  },
  ({ spec, containers }) => {
    const bad = containers.filter(({ securityContext }) => securityContext?.runAsUser === 0)
    const who = [...(spec.securityContext?.runAsUser === 0 ? ['pod'] : []), ...(bad.length > 0 ? [name(bad)] : [])]
    return who.length === 0 ? undefined : `runAsUser=0 (${who.join(' and ')} must not set runAsUser=0)`
  },
  unlessWindows(({ spec, containers }) => {
    const isAllowed = (context?: SecurityContext): boolean =>
      allowedProfiles.includes(context?.seccompProfile?.type ?? '')
    if (isAllowed(spec.securityContext)) return undefined
    const bad = containers.filter(({ securityContext }) => !isAllowed(securityContext))
    return bad.length === 0
      ? undefined
      : `seccompProfile (pod or ${name(bad)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")`
  }),
]

function forbiddenCapabilities(context: SecurityContext | undefined, allowed: readonly string[]): string[] {
  return context?.capabilities?.add?.filter(capability => !allowed.includes(capability)) ?? []
}

function volumes(
  spec: Pod['spec'],
  reason: string,
  isBad: (type: string) => boolean,
  naming = false,
): string | undefined {
  const bad = (spec.volumes ?? []).flatMap(volume => {
    const type = Object.keys(volume).find(key => key !== 'name') ?? 'emptyDir'
    return isBad(type) ? [{ name: volume.name, type }] : []
  })
  if (bad.length === 0) return undefined
  const names = `volume${bad.length === 1 ? '' : 's'} ${bad.map(volume => `"${volume.name}"`).join(', ')}`
  const types = [...new Set(bad.map(({ type }) => `"${type}"`))]
  return naming
    ? `${reason} (${names} ${bad.length === 1 ? 'uses' : 'use'} restricted volume type${types.length === 1 ? '' : 's'} ${types.join(', ')})`
    : `${reason} (${names})`
}

/**
 * A pod's violations, as in the text after `violates PodSecurity "…": ` (k8s.io/pod-security-admission
 * `policy/check_*.go`).
 */
export function violationsOf(spec: Pod['spec'], level: SecurityLevel): string | undefined {
  const containers = [...(spec.initContainers ?? []), ...spec.containers, ...(spec.ephemeralContainers ?? [])]
  const checks = level === 'privileged' ? [] : level === 'baseline' ? baseline : [...baseline, ...restricted]
  const found = checks.flatMap(check => check({ spec, containers }) ?? [])
  return found.length === 0 ? undefined : found.join(', ')
}

/** The level and version in a namespace's labels for `enforce` or `warn`. */
export function securityOf(
  labels: Readonly<Record<string, string>>,
  mode: 'enforce' | 'warn',
): { level: SecurityLevel; version: string } {
  const level = labels[`pod-security.kubernetes.io/${mode}`]
  const version = labels[`pod-security.kubernetes.io/${mode}-version`] ?? 'latest'
  return { level: level === 'baseline' || level === 'restricted' ? level : 'privileged', version }
}
