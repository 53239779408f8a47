import type { Constraints, NodeTerm, Requirement, Toleration } from 'azure'
import { isObject, listOf, textOf } from './values.js'

/**
 * Reads an object's constraints on nodes, which override those of the objects around it: a pod's own specification, a template in a workflow, or
 * `podTemplate` of Tekton. Undefined if none of them has any.
 */
export function readConstraints(
  value: Record<string, unknown>,
  around: Constraints | undefined,
): Constraints | undefined {
  const own = isObject(value.podTemplate) ? { ...value.podTemplate, ...value } : value
  const { nodeSelector, tolerations, affinity, nodeName, os } = own
  const isPodSpec = Array.isArray(own.containers)
  if (!isPodSpec && !isObject(nodeSelector) && !Array.isArray(tolerations) && !isObject(affinity)) return around
  const base = around ?? { nodeSelector: {}, tolerations: [] }
  const terms = isObject(affinity) ? readTerms(affinity) : undefined
  return {
    ...base,
    ...(isObject(nodeSelector) && { nodeSelector: readLabels(nodeSelector) }),
    ...(Array.isArray(tolerations) && { tolerations: tolerations.filter(isObject).map(readToleration) }),
    ...(terms && { nodeAffinity: terms }),
    ...(typeof nodeName === 'string' && nodeName && { nodeName }),
    ...(isObject(os) && typeof os.name === 'string' && { os: os.name }),
  }
}

function readLabels(nodeSelector: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(Object.entries(nodeSelector).map(([key, value]) => [key, textOf(value)]))
}

function readTerms({ nodeAffinity }: Record<string, unknown>): NodeTerm[] | undefined {
  const required = isObject(nodeAffinity) ? nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution : undefined
  if (!isObject(required)) return undefined
  return listOf(required.nodeSelectorTerms)
    .filter(isObject)
    .map(({ matchExpressions, matchFields }) => ({
      labels: readRequirements(matchExpressions),
      names: readRequirements(matchFields),
    }))
}

function readRequirements(value: unknown): Requirement[] {
  return listOf(value)
    .filter(isObject)
    .map(({ key, operator, values }) => ({
      key: textOf(key),
      operator: textOf(operator),
      values: listOf(values).map(textOf),
    }))
}

function readToleration({ key, operator, value, effect }: Record<string, unknown>): Toleration {
  return {
    ...(typeof key === 'string' && { key }),
    ...(typeof operator === 'string' && { operator }),
    ...(value !== undefined && value !== null && { value: textOf(value) }),
    ...(typeof effect === 'string' && { effect }),
  }
}
