import { fieldsOf } from './schema.js'

/** Go types of API fields by name; a name has the same type everywhere. */
const goTypes: Readonly<Record<string, string>> = {
  ...named(
    'string',
    'name generateName namespace image imagePullPolicy restartPolicy nodeName hostname subdomain schedulerName serviceAccountName serviceAccount dnsPolicy priorityClassName runtimeClassName preemptionPolicy key operator effect value workingDir terminationMessagePath terminationMessagePolicy mountPath protocol type clusterIP schedule serviceName podManagementPolicy concurrencyPolicy timeZone completionMode apiVersion kind',
  ),
  ...named(
    'int64',
    'activeDeadlineSeconds terminationGracePeriodSeconds runAsUser runAsGroup fsGroup tolerationSeconds generation startingDeadlineSeconds',
  ),
  ...named(
    'int32',
    'replicas minReadySeconds progressDeadlineSeconds revisionHistoryLimit containerPort hostPort nodePort priority periodSeconds timeoutSeconds failureThreshold successThreshold initialDelaySeconds parallelism completions backoffLimit ttlSecondsAfterFinished successfulJobsHistoryLimit failedJobsHistoryLimit',
  ),
  ...named(
    'bool',
    'automountServiceAccountToken enableServiceLinks hostNetwork hostPID hostIPC hostUsers shareProcessNamespace setHostnameAsFQDN runAsNonRoot privileged allowPrivilegeEscalation readOnlyRootFilesystem stdin stdinOnce tty unschedulable readOnly suspend paused immutable publishNotReadyAddresses',
  ),
  ...named('[]string', 'command args'),
  ...named('map[string]string', 'nodeSelector labels annotations matchLabels'),
}

function named(type: string, names: string): Record<string, string> {
  return Object.fromEntries(names.split(' ').map(name => [name, type]))
}

/** The error of `encoding/json` for the first value of a wrong type; undefined if there is none. */
export function findTypeError(value: unknown, type: string, path = ''): string | undefined {
  const fields = fieldsOf(type)
  if (fields === undefined || typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  for (const [name, inner] of Object.entries(value)) {
    // Null counts as unset, and strategic merge directives aren't decoded.
    if (inner === null || inner === undefined || name.startsWith('$')) continue
    const field = fields.get(name)
    if (field === undefined) continue
    const at = path === '' ? name : `${path}.${name}`
    const wrong = (found: unknown, goType: string): string =>
      `json: cannot unmarshal ${jsonTypeOf(found)} into Go struct field ${type}.${at} of type ${goType}`
    const struct = field.type === undefined ? undefined : `v1.${field.type}`
    if (field.isList) {
      if (!Array.isArray(inner)) return wrong(inner, `[]${struct ?? 'string'}`)
      for (const entry of inner) {
        const isWrong = struct !== undefined && (typeof entry !== 'object' || Array.isArray(entry))
        const found = isWrong ? wrong(entry, struct) : findTypeError(entry, field.type ?? '', at)
        if (found !== undefined) return found
      }
    } else if (struct !== undefined) {
      if (typeof inner !== 'object' || Array.isArray(inner)) return wrong(inner, struct)
      const found = findTypeError(inner, field.type ?? '', at)
      if (found !== undefined) return found
    } else {
      const goType = goTypes[name]
      const bad = goType === undefined ? undefined : findMisfit(inner, goType)
      if (bad !== undefined) return wrong(bad.value, bad.goType)
    }
  }
  return undefined
}

const jsonTypeOf = (value: unknown): string =>
  Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value

function findMisfit(value: unknown, goType: string): { value: unknown; goType: string } | undefined {
  switch (goType) {
    case 'int32':
    case 'int64':
      return Number.isInteger(value) ? undefined : { value, goType }
    case 'bool':
      return typeof value === 'boolean' ? undefined : { value, goType }
    case '[]string': {
      if (!Array.isArray(value)) return { value, goType }
      const bad: unknown = value.find(entry => typeof entry !== 'string')
      return bad === undefined ? undefined : { value: bad, goType: 'string' }
    }
    case 'map[string]string': {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return { value, goType }
      const bad: unknown = Object.values(value).find(entry => typeof entry !== 'string' && entry !== null)
      return bad === undefined ? undefined : { value: bad, goType: 'string' }
    }
    default:
      return typeof value === 'string' ? undefined : { value, goType }
  }
}
