import { createHash } from 'node:crypto'

/** The alphabet of generated names (k8s.io/apimachinery `util/rand`): no vowels and no ambiguous characters. */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789'

/** The random end of a name from `generateName`. */
export const randomSuffix = (): string =>
  Array.from({ length: 5 }, () => alphabet[Math.floor(Math.random() * alphabet.length)] ?? '').join('')

/**
 * A generated name that nothing has yet. Five characters collide: among ten pods each of a thousand deployments once in
 * three hundred runs. The API server and the controllers then take another one (k8s.io/apiserver
 * `registry/generic/registry/store.go`, feature gate RetryGenerateName).
 */
export function generateName(prefix: string, isTaken: (name: string) => boolean): string {
  const name = `${prefix}${randomSuffix()}`
  return isTaken(name) ? generateName(prefix, isTaken) : name
}

/** A hash of a pod template, for names. */
export const hashOf = (template: unknown): string =>
  [...createHash('sha256').update(JSON.stringify(template)).digest().subarray(0, 9)]
    .map(byte => alphabet[byte % alphabet.length] ?? '')
    .join('')
