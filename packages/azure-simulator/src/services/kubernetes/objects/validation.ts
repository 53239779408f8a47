import type { LabelSelector } from '../../../world/kubernetes-meta.js'
import type { Container, KubernetesObject, Pod, PodSpec } from '../../../world/kubernetes-objects.js'
import { readQuantity } from './quantities.js'
import { podFieldOf, templateOf } from './templates.js'
import { osErrors } from './windows-validation.js'
import type { Resource } from './resources.js'
import { kubernetesErrors, type FieldError } from './status.js'

const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/
const qualifiedName = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/
const labelValue = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/

const subdomainText =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
const labelText =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
const labelValueText =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
const qualifiedNameText =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"

const required = (field: string, detail = ''): FieldError => ({
  field,
  reason: 'FieldValueRequired',
  message: `Required value${detail === '' ? '' : `: ${detail}`}`,
})

const invalid = (field: string, value: unknown, detail: string): FieldError => ({
  field,
  reason: 'FieldValueInvalid',
  message: `Invalid value: ${JSON.stringify(value)}: ${detail}`,
})

const unsupported = (field: string, value: unknown, values: readonly string[]): FieldError => ({
  field,
  reason: 'FieldValueNotSupported',
  message: `Unsupported value: ${JSON.stringify(value)}: supported values: ${values.map(entry => `"${entry}"`).join(', ')}`,
})

/** Throws the errors in a new object (texts: Kubernetes `pkg/apis/core/validation`). */
export function validate(resource: Resource, object: KubernetesObject): void {
  const errors = [...metadataErrors(resource, object), ...specErrors(resource, object)]
  if (errors.length > 0) throw kubernetesErrors.invalid(resource.kind, object.metadata.name, errors, resource.group)
}

function metadataErrors({ name: resource }: Resource, { metadata }: KubernetesObject): FieldError[] {
  const { name, labels = {} } = metadata
  const isLabel = resource === 'namespaces' || resource === 'services'
  const pattern = isLabel ? label : subdomain
  const limit = isLabel ? 63 : 253
  const nameErrors =
    name === ''
      ? [required('metadata.name', 'name or generateName is required')]
      : [
          ...(name.length > limit
            ? [invalid('metadata.name', name, `must be no more than ${String(limit)} characters`)]
            : []),
          ...(pattern.test(name) ? [] : [invalid('metadata.name', name, isLabel ? labelText : subdomainText)]),
        ]
  return [...nameErrors, ...labelErrors('metadata.labels', labels)]
}

function labelErrors(field: string, labels: Readonly<Record<string, string>>): FieldError[] {
  return Object.entries(labels).flatMap(([key, value]) => [
    ...(qualifiedName.test(key) ? [] : [invalid(field, key, qualifiedNameText)]),
    ...(labelValue.test(value) ? [] : [invalid(field, value, labelValueText)]),
    ...(value.length > 63 ? [invalid(field, value, 'must be no more than 63 bytes')] : []),
  ])
}

function specErrors({ name }: Resource, object: KubernetesObject): FieldError[] {
  const field = podFieldOf(name)
  const template = templateOf(name, object)
  if (field === undefined || template === undefined) return []
  const errors = podErrors(field, template.spec)
  if (name === 'pods') return errors
  const { selector } = object.spec as { selector?: LabelSelector }
  if (selector === undefined) return [required('spec.selector')]
  const labels = template.metadata?.labels ?? {}
  const isMatching = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value)
  return isMatching
    ? errors
    : [invalid('spec.template.metadata.labels', labels, '`selector` does not match template `labels`'), ...errors]
}

function podErrors(at: string, spec: PodSpec | undefined): FieldError[] {
  const containers = spec?.containers ?? []
  if (spec === undefined || containers.length === 0) return [required(`${at}.containers`)]
  const lists = [
    ['initContainers', spec.initContainers ?? []],
    ['containers', containers],
  ] as const
  const names = new Set<string>()
  return [
    ...lists.flatMap(([list, entries]) =>
      entries.flatMap((container, index) => containerErrors(`${at}.${list}[${String(index)}]`, container, names)),
    ),
    ...(spec.restartPolicy === undefined || ['Always', 'OnFailure', 'Never'].includes(spec.restartPolicy)
      ? []
      : [unsupported(`${at}.restartPolicy`, spec.restartPolicy, ['Always', 'OnFailure', 'Never'])]),
    ...(spec.activeDeadlineSeconds === undefined || spec.activeDeadlineSeconds >= 1
      ? []
      : [
          invalid(
            `${at}.activeDeadlineSeconds`,
            spec.activeDeadlineSeconds,
            'must be between 1 and 2147483647, inclusive',
          ),
        ]),
    ...(spec.tolerations ?? []).flatMap(({ key, operator, effect, tolerationSeconds }, index) => {
      const field = `${at}.tolerations[${String(index)}]`
      return [
        ...(key === undefined && operator !== 'Exists'
          ? [
              invalid(
                `${field}.operator`,
                operator ?? '',
                'operator must be Exists when `key` is empty, which means "match all values and all keys"',
              ),
            ]
          : []),
        ...(tolerationSeconds !== undefined && effect !== 'NoExecute'
          ? [invalid(`${field}.effect`, effect ?? '', "effect must be 'NoExecute' when `tolerationSeconds` is set")]
          : []),
      ]
    }),
    ...labelErrors(`${at}.nodeSelector`, spec.nodeSelector ?? {}),
    ...osErrors(at, spec),
  ]
}

function containerErrors(field: string, container: Partial<Container>, names: Set<string>): FieldError[] {
  const { name = '', image = '', imagePullPolicy, resources } = container
  const isDuplicate = names.has(name)
  names.add(name)
  const policies = ['Always', 'IfNotPresent', 'Never']
  return [
    ...(name === ''
      ? [required(`${field}.name`)]
      : label.test(name) && name.length <= 63
        ? []
        : [invalid(`${field}.name`, name, labelText)]),
    ...(isDuplicate && name !== ''
      ? [{ field: `${field}.name`, reason: 'FieldValueInvalid' as const, message: `Duplicate value: "${name}"` }]
      : []),
    ...(image === '' ? [required(`${field}.image`)] : []),
    ...(image !== image.trim()
      ? [invalid(`${field}.image`, image, 'must not have leading or trailing whitespace')]
      : []),
    ...(imagePullPolicy === undefined || policies.includes(imagePullPolicy)
      ? []
      : [unsupported(`${field}.imagePullPolicy`, imagePullPolicy, policies)]),
    ...Object.entries(resources?.requests ?? {}).flatMap(([key, request]) => {
      const limit = resources?.limits?.[key]
      return limit !== undefined && readQuantity(request) > readQuantity(limit)
        ? [
            invalid(
              `${field}.resources.requests`,
              request,
              `must be less than or equal to ${key} limit of ${String(limit)}`,
            ),
          ]
        : []
    }),
  ]
}

/** Throws if an immutable part of a pod changes. */
export function validatePodUpdate(before: Pod, after: Pod): void {
  const comparable = ({ spec }: Pod): unknown => ({
    ...spec,
    containers: spec.containers.map(container => ({ ...container, image: '' })),
    initContainers: spec.initContainers?.map(container => ({ ...container, image: '' })),
    tolerations: undefined,
    activeDeadlineSeconds: undefined,
    terminationGracePeriodSeconds: undefined,
  })
  if (JSON.stringify(sorted(comparable(before))) === JSON.stringify(sorted(comparable(after)))) return
  throw kubernetesErrors.invalid('Pod', before.metadata.name, [
    {
      field: 'spec',
      reason: 'FieldValueForbidden',
      message:
        'Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
    },
  ])
}

/** The same value with sorted keys. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([key, inner]: [string, unknown]) => [key, sorted(inner)]),
  )
}

/** Throws if there is nothing to fill in defaults for. */
export function requireContainers({ name, kind }: Resource, object: KubernetesObject): void {
  const field = podFieldOf(name)
  if (field === undefined) return
  const spec = field
    .split('.')
    .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], object)
  if (Array.isArray((spec as { containers?: unknown } | undefined)?.containers)) return
  throw kubernetesErrors.invalid(kind, object.metadata.name, [
    { field: `${field}.containers`, reason: 'FieldValueRequired', message: 'Required value' },
  ])
}
