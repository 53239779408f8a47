/** A resource of the Kubernetes API. */
export interface Resource {
  /** Plural name, unique in this list. */
  readonly name: string
  readonly singular: string
  readonly kind: string
  /** Empty for the core group. */
  readonly group: string
  readonly version: string
  readonly isNamespaced: boolean
  readonly shortNames: readonly string[]
  readonly categories: readonly string[]
  /** Maps name to kind. */
  readonly subresources: Readonly<Record<string, string>>
  /** Only supports POST, and stores nothing. */
  readonly isReview: boolean
  /** Only those that a test has added: no controller runs them, so clients can't write them. */
  readonly isReadOnly: boolean
}

const resource = (
  groupVersion: string,
  kind: string,
  options: Partial<Omit<Resource, 'kind' | 'group' | 'version'>> = {},
): Resource => {
  const [group = '', version = ''] = groupVersion.includes('/') ? groupVersion.split('/') : ['', groupVersion]
  const singular = kind.toLowerCase()
  return {
    name: `${singular}s`,
    singular,
    kind,
    group,
    version,
    isNamespaced: true,
    shortNames: [],
    categories: [],
    subresources: {},
    isReview: false,
    isReadOnly: false,
    ...options,
  }
}

const rbac = 'rbac.authorization.k8s.io/v1'

/** The resources of this API server; a real one has about sixty more. */
export const resources: readonly Resource[] = [
  resource('v1', 'Pod', {
    shortNames: ['po'],
    categories: ['all'],
    subresources: { log: 'Pod', status: 'Pod', binding: 'Binding', attach: 'PodAttachOptions', exec: 'PodExecOptions' },
  }),
  resource('v1', 'Node', { isNamespaced: false, shortNames: ['no'], subresources: { status: 'Node' } }),
  resource('v1', 'Namespace', { isNamespaced: false, shortNames: ['ns'], subresources: { status: 'Namespace' } }),
  resource('v1', 'Event', { shortNames: ['ev'] }),
  resource('v1', 'Service', { shortNames: ['svc'], categories: ['all'], subresources: { status: 'Service' } }),
  resource('v1', 'ConfigMap', { shortNames: ['cm'] }),
  resource('v1', 'Secret'),
  resource('v1', 'ServiceAccount', { shortNames: ['sa'] }),
  resource('v1', 'ResourceQuota', { shortNames: ['quota'], subresources: { status: 'ResourceQuota' } }),
  resource('v1', 'LimitRange', { shortNames: ['limits'] }),
  resource('apps/v1', 'Deployment', {
    shortNames: ['deploy'],
    categories: ['all'],
    subresources: { status: 'Deployment' },
  }),
  resource('apps/v1', 'ReplicaSet', {
    shortNames: ['rs'],
    categories: ['all'],
    subresources: { status: 'ReplicaSet' },
  }),
  resource('apps/v1', 'DaemonSet', { shortNames: ['ds'], categories: ['all'], isReadOnly: true }),
  resource('apps/v1', 'StatefulSet', { shortNames: ['sts'], categories: ['all'], isReadOnly: true }),
  resource('batch/v1', 'Job', { categories: ['all'], isReadOnly: true }),
  resource('batch/v1', 'CronJob', { shortNames: ['cj'], categories: ['all'], isReadOnly: true }),
  resource(rbac, 'Role'),
  resource(rbac, 'RoleBinding'),
  resource(rbac, 'ClusterRole', { isNamespaced: false }),
  resource(rbac, 'ClusterRoleBinding', { isNamespaced: false }),
  ...['MutatingWebhookConfiguration', 'MutatingAdmissionPolicy', 'MutatingAdmissionPolicyBinding'].map(kind =>
    resource('admissionregistration.k8s.io/v1', kind, {
      ...{ name: `${kind.toLowerCase().replace(/y$/, 'ie')}s`, isNamespaced: false, isReadOnly: true },
    }),
  ),
  resource('authorization.k8s.io/v1', 'SelfSubjectAccessReview', { isNamespaced: false, isReview: true }),
  resource('authorization.k8s.io/v1', 'SelfSubjectRulesReview', { isNamespaced: false, isReview: true }),
  resource('authentication.k8s.io/v1', 'SelfSubjectReview', { isNamespaced: false, isReview: true }),
]

const byName = new Map(resources.map(entry => [entry.name, entry]))

export const findResource = (name: string): Resource | undefined => byName.get(name)

/** `v1`, `apps/v1` */
export const groupVersionOf = ({ group, version }: Pick<Resource, 'group' | 'version'>): string =>
  group === '' ? version : `${group}/${version}`

const reads = ['get', 'list', 'watch']

export function verbsOf({ isReview, isReadOnly }: Resource): string[] {
  if (isReview) return ['create']
  return isReadOnly ? reads : ['create', 'delete', 'deletecollection', ...reads, 'patch', 'update']
}

export function subresourceVerbs(name: string): string[] {
  if (name === 'log') return ['get']
  if (name === 'binding') return ['create']
  return name === 'attach' || name === 'exec' ? ['create', 'get'] : ['get', 'patch', 'update']
}

/** Like `findResource`, but throws if there is none. */
export function knownResource(name: string): Resource {
  const found = findResource(name)
  if (found === undefined) throw new Error(`unknown resource ${name}`)
  return found
}
