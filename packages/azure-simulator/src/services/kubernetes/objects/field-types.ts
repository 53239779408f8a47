import { fieldsOf } from './schema.js'

/** What fields of the API hold, by their names, which mean the same wherever they are; Go's names of the types. */
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

/** What `encoding/json` says of the first value that its field can't hold; undefined where all fit. */
export function findTypeError(value: unknown, type: string, path = ''): string | undefined {
  const fields = fieldsOf(type)
  if (fields === undefined || typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  for (const [name, inner] of Object.entries(value)) {
    // Null is nothing, and the directives of a strategic merge are not decoded.
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
