import type { KubernetesObject } from '../../../world/kubernetes-objects.js'
import { kubernetesErrors } from './status.js'

type Test = (object: KubernetesObject) => boolean

/** `app=web,tier!=db,env in (a,b),x,!y` */
export function readLabelSelector(text: string): Test {
  const tests = splitOutsideOfParentheses(text).map(part => readRequirement(part.trim()))
  return object => tests.every(test => test(object.metadata.labels ?? {}))
}

function splitOutsideOfParentheses(text: string): string[] {
  return text.split(/,(?![^()]*\))/).filter(part => part.trim() !== '')
}

function readRequirement(text: string): (labels: Record<string, string>) => boolean {
  const [, setKey, operator, list] = /^(\S+)\s+(in|notin)\s*\(([^)]*)\)$/.exec(text) ?? []
  if (setKey !== undefined && list !== undefined) {
    const values = list.split(',').map(value => value.trim())
    return labels => values.includes(labels[setKey] ?? '\0') === (operator === 'in')
  }
  const [, key, sign, value] = /^([^=!\s]+)\s*(==|=|!=)\s*(\S*)$/.exec(text) ?? []
  if (key !== undefined && value !== undefined) {
    return labels => (labels[key] === value) === (sign !== '!=')
  }
  const [, negation, name] = /^(!?)([^=!\s,()]+)$/.exec(text) ?? []
  if (name === undefined) {
    throw kubernetesErrors.badRequest(
      `unable to parse requirement: found '${text}', expected: in, notin, =, ==, !=, gt, lt`,
    )
  }
  return labels => name in labels === (negation === '')
}

/** Resources that only support two fields (k8s.io/apimachinery `runtime.DefaultMetaV1FieldSelectorConversion`). */
const byNameOnly = ['deployments', 'daemonsets', 'replicasets', 'statefulsets', 'cronjobs']

/**
 * `spec.nodeName=x,status.phase!=Running`.
 * @param resource of the other resources, any field can be selected by; the real API server only supports some
 */
export function readFieldSelector(text: string, resource: string): Test {
  const tests = text
    .split(',')
    .filter(part => part !== '')
    .map(part => {
      const [, path, sign, value] = /^([^=!]+)(==|=|!=)(.*)$/.exec(part) ?? []
      if (path === undefined || value === undefined) {
        throw kubernetesErrors.badRequest(`invalid field selector "${text}"; can't understand '${part}'`)
      }
      if (byNameOnly.includes(resource) && !['metadata.name', 'metadata.namespace'].includes(path)) {
        throw kubernetesErrors.badRequest(
          `"${path}" is not a known field selector: only "metadata.name", "metadata.namespace"`,
        )
      }
      return (object: KubernetesObject) => (fieldText(object, path) === value) === (sign !== '!=')
    })
  return object => tests.every(test => test(object))
}

function fieldText(object: KubernetesObject, path: string): string {
  let current: unknown = object
  for (const name of path.split('.')) {
    current = typeof current === 'object' && current !== null ? (current as Record<string, unknown>)[name] : undefined
  }
  if (typeof current === 'string') return current
  return typeof current === 'number' || typeof current === 'boolean' ? String(current) : ''
}

/** One expression of a label or node selector. */
export function matchesExpression(
  { key, operator, values = [] }: { key: string; operator: string; values?: readonly string[] },
  labels: Readonly<Record<string, string>>,
): boolean {
  const value = labels[key]
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value)
    case 'NotIn':
      return value === undefined || !values.includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
    case 'Gt':
      return Number(value) > Number(values[0])
    case 'Lt':
      return Number(value) < Number(values[0])
    default:
      return false
  }
}
