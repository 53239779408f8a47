import { numberOf } from '../../src/model/random.js'

/** `2/3`: the second of three parts. Together, the parts are the whole. */
const pattern = /^([1-9]\d*)\/([1-9]\d*)$/

/** Returns a function that tells whether the part has a number: the whole has each. @throws if the part isn't written like `2/3` */
export function choose(part: string | undefined): (number: number) => boolean {
  if (!part) return () => true
  const [, index, count] = pattern.exec(part) ?? []
  if (index === undefined || count === undefined || Number(index) > Number(count))
    throw new Error(`PART is ${part}; it must be like 2/3`)
  return number => number % Number(count) === Number(index) - 1
}

/** The parts of vitest's `it` that are replaced. */
interface Declares {
  (name: string, ...rest: unknown[]): void
  for: (entries: readonly unknown[]) => (name: string, ...rest: unknown[]) => void
  skip: Declares
}

/**
 * Skips the tests that are not in a part of a suite. Each test is in one part, whatever the order, and each entry of a list is a test of its own.
 * @param part empty or absent for the whole suite
 */
export function inPart<T extends object>(it: T, part: string | undefined): T {
  if (!part) return it
  const isChosen = choose(part)
  const declare = it as unknown as Declares
  const declareEach =
    (entries: readonly unknown[]) =>
    (name: string, ...rest: unknown[]): void => {
      const start = numberOf(name) % 1000
      // One by one: each keeps its place in the file, whatever the part.
      for (const [index, entry] of entries.entries())
        (isChosen(start + index) ? declare : declare.skip).for([entry])(name, ...rest)
    }
  return new Proxy(it, {
    apply(_, __, [name, ...rest]: [string, ...unknown[]]) {
      ;(isChosen(numberOf(name)) ? declare : declare.skip)(name, ...rest)
    },
    get(target, key) {
      if (key === 'for') return declareEach
      const value: unknown = Reflect.get(target, key)
      return key === 'concurrent' ? inPart(value as object, part) : value
    },
  })
}
