import type { PodSpec, SecurityContext } from '../../../world/kubernetes-objects.js'
import type { FieldError } from './status.js'

const podFields = [
  'seLinuxOptions',
  'seccompProfile',
  'appArmorProfile',
  'fsGroup',
  'fsGroupChangePolicy',
  'sysctls',
  'runAsUser',
  'runAsGroup',
  'supplementalGroups',
]

const containerFields = [
  'appArmorProfile',
  'seLinuxOptions',
  'seccompProfile',
  'capabilities',
  'readOnlyRootFilesystem',
  'privileged',
  'allowPrivilegeEscalation',
  'procMount',
  'runAsUser',
  'runAsGroup',
]

const forbidden = (field: string, message: string): FieldError => ({
  field,
  reason: 'FieldValueForbidden',
  message: `Forbidden: ${message}`,
})

const present = (context: SecurityContext | undefined, fields: readonly string[]): string[] =>
  fields.filter(field => (context as Record<string, unknown> | undefined)?.[field] !== undefined)

/**
 * Settings of a pod that its operating system forbids (Kubernetes `pkg/apis/core/validation`, `validateWindows` and
 * `validateLinux`).
 */
export function osErrors(at: string, spec: PodSpec): FieldError[] {
  const os = spec.os?.name
  if (os === undefined) return []
  const lists = [
    ['initContainers', spec.initContainers ?? []],
    ['containers', spec.containers],
  ] as const
  const ofContainers = (
    problems: (context: SecurityContext | undefined, field: string) => FieldError[],
  ): FieldError[] =>
    lists.flatMap(([list, containers]) =>
      containers.flatMap(({ securityContext }, index) =>
        problems(securityContext, `${at}.${list}[${String(index)}].securityContext`),
      ),
    )
  if (os === 'linux') {
    const options = (context: SecurityContext | undefined, field: string): FieldError[] =>
      context?.windowsOptions === undefined
        ? []
        : [forbidden(`${field}.windowsOptions`, 'windows options cannot be set for a linux pod')]
    return [...options(spec.securityContext, `${at}.securityContext`), ...ofContainers(options)]
  }
  if (os !== 'windows') {
    const message = `Unsupported value: ${JSON.stringify(os)}: supported values: "linux", "windows"`
    return [{ field: `${at}.os`, reason: 'FieldValueNotSupported', message }]
  }
  const text = 'cannot be set for a windows pod'
  return [
    ...present(spec.securityContext, podFields).map(name => forbidden(`${at}.securityContext.${name}`, text)),
    ...(['hostPID', 'hostIPC'] as const).flatMap(name =>
      spec[name] === true ? [forbidden(`${at}.${name}`, text)] : [],
    ),
    ...ofContainers((context, field) =>
      present(context, containerFields).map(name => forbidden(`${field}.${name}`, text)),
    ),
  ]
}
