import type { KubernetesObject } from '../../../world/kubernetes-objects.js'

export { hashOf, randomSuffix } from '../../../world/kubernetes-names.js'

/** The name of a new object in refusals: before its name is generated, only the prefix. */
export const givenName = ({ metadata: { name, generateName = '' } }: KubernetesObject): string =>
  name === '' ? generateName : name
