import { createHash } from 'node:crypto'

/** Of names that Kubernetes makes (k8s.io/apimachinery `util/rand`): no vowels, and nothing that looks like another character. */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789'

/** The end of a name that is made of `generateName`. */
export const randomSuffix = (): string =>
  Array.from({ length: 5 }, () => alphabet[Math.floor(Math.random() * alphabet.length)] ?? '').join('')

/** The name of a pod template's content. */
export const hashOf = (template: unknown): string =>
  [...createHash('sha256').update(JSON.stringify(template)).digest().subarray(0, 9)]
    .map(byte => alphabet[byte % alphabet.length] ?? '')
    .join('')
