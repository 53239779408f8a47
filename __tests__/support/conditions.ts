import fc from 'fast-check'
import { parseCondition, type Condition } from 'azure-simulator'

const registries = 'Microsoft.ContainerRegistry/registries'

/** Actions to evaluate conditions for: the two that they cover, and others. */
export const actions = {
  content: `${registries}/repositories/content/read`,
  metadata: `${registries}/repositories/metadata/read`,
  write: `${registries}/repositories/content/write`,
  catalog: `${registries}/catalog/read`,
}

const letters = ['a', 'b', '-', '/']

/** All repository names of up to four characters from a few letters, so that random patterns match some of them. */
export const names: string[] = [1, 2, 3, 4]
  .flatMap(length =>
    Array.from({ length: length - 1 }).reduce<string[]>(
      texts => texts.flatMap(text => letters.map(letter => text + letter)),
      letters,
    ),
  )
  .filter(text => /^[ab]+(-[ab]+)*(\/[ab]+(-[ab]+)*)*$/.test(text))

const parsed = new Map<string, Condition>()

/** Whether a condition allows an action on a repository, as the simulated Azure evaluates it. */
export function allows(condition: string, action: string, repository: string): boolean {
  const evaluate = parsed.get(condition) ?? parseCondition(condition)
  parsed.set(condition, evaluate)
  const named = { [`${registries}/repositories:name`]: repository }
  return evaluate({ action, request: named, resource: named })
}

/** Whether a repository is among those in the input. */
export function isIn(repository: string, patterns: readonly string[]): boolean {
  return patterns.some(pattern =>
    pattern.endsWith('/*') ? repository.startsWith(pattern.slice(0, -1)) : repository === pattern,
  )
}

/** Valid entries of the input `repositories`. */
export const wantedRepositories = fc.array(
  fc.oneof(fc.constantFrom(...names), fc.constantFrom('a/*', 'b/*', 'a-b/*', 'a/b/*')),
  { minLength: 1, maxLength: 3 },
)

/** A text in random letter case. */
const inAnyCase = (text: string): fc.Arbitrary<string> =>
  fc.infiniteStream(fc.boolean()).map(stream =>
    Array.from(text)
      .map(letter => (stream.next().value ? letter.toUpperCase() : letter.toLowerCase()))
      .join(''),
  )

const spelt = (text: string): fc.Arbitrary<string> =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(text) }, inAnyCase(text))

const space = fc.constantFrom('', ' ', '\n  ')
const gap = fc.constantFrom(' ', '  ', '\n')

const inSpaces = (...parts: (string | fc.Arbitrary<string>)[]): fc.Arbitrary<string> =>
  fc
    .tuple(...parts.flatMap(part => [typeof part === 'string' ? fc.constant(part) : part, space]))
    .map(texts => texts.join(''))

const bracketed = (inner: fc.Arbitrary<string>): fc.Arbitrary<string> => inSpaces('(', inner, ')')

const maybeBracketed = (inner: fc.Arbitrary<string>): fc.Arbitrary<string> => fc.oneof(inner, bracketed(inner))

const joined = (words: readonly [string, string], terms: readonly fc.Arbitrary<string>[]): fc.Arbitrary<string> =>
  fc
    .tuple(fc.oneof(spelt(words[0]), fc.constant(words[1])), gap, gap, ...terms)
    .map(([word, before, after, ...texts]) => texts.join(`${before}${word}${after}`))

const and = (...terms: fc.Arbitrary<string>[]): fc.Arbitrary<string> => joined(['AND', '&&'], terms)

const or = (...terms: fc.Arbitrary<string>[]): fc.Arbitrary<string> => joined(['OR', '||'], terms)

const not = (inner: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.oneof(
    inSpaces('!', inner),
    fc.tuple(spelt('NOT'), gap, inner).map(texts => texts.join('')),
  )

const actionOf = (name: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  inSpaces(
    spelt('ActionMatches'),
    '{',
    name.map(text => `'${text}'`),
    '}',
  )

const quoted = (text: string): string => `'${text}'`

const value = fc.string({ unit: fc.constantFrom('a', 'b', 'A', '-', '/', '*', '?'), maxLength: 4 })

const attribute = fc
  .constantFrom('@Request', '@Resource')
  .chain(source => fc.tuple(spelt(source), spelt(`${registries}/repositories:name`)))
  .map(([source, name]) => `${source}[${name}]`)

const comparison = (operators: readonly string[], quantifiers: readonly string[]): fc.Arbitrary<string> =>
  fc
    .constantFrom(...operators)
    .chain(spelt)
    .chain(operator =>
      fc.oneof(
        inSpaces(attribute, operator, value.map(quoted)),
        inSpaces(attribute, operator, '{', value.map(quoted), '}'),
        inSpaces(
          attribute,
          fc
            .constantFrom(...quantifiers)
            .chain(spelt)
            .map(quantifier => `${quantifier}:${operator}`),
          '{',
          fc.array(value, { minLength: 1, maxLength: 3 }).map(values => values.map(quoted).join(' , ')),
          '}',
        ),
      ),
    )

const positive = ['StringEquals', 'StringStartsWith', 'StringLike'].flatMap(each => [each, `${each}IgnoreCase`])
const understood = comparison(positive, ['ForAnyOfAnyValues'])

const tests = fc.integer({ min: 1, max: 3 }).chain(count => {
  const each = Array.from({ length: count }, () => maybeBracketed(understood))
  return count === 1 ? maybeBracketed(understood) : or(...each)
})

const notAction = (name: string): fc.Arbitrary<string> => maybeBracketed(not(bracketed(actionOf(spelt(name)))))

const otherActions = fc.oneof(
  notAction(actions.content),
  bracketed(and(notAction(actions.content), notAction(actions.metadata))),
  bracketed(and(notAction(actions.metadata), notAction(actions.content))),
  bracketed(and(notAction(actions.content), notAction(actions.metadata), notAction(actions.write))),
)

const block = otherActions.chain(other =>
  fc.oneof(or(fc.constant(other), bracketed(tests)), or(bracketed(tests), fc.constant(other))),
)

/** A condition of the form that Azure documents, `another action, or one of these repositories`, in any spelling. */
export const readableCondition = maybeBracketed(block)

const action = fc.oneof(
  ...[...Object.values(actions), `${registries}/repositories/*`, '*/read'].map(name => actionOf(spelt(name))),
)
const negative = positive.map(each => each.replace('String', 'StringNot'))
const strange = comparison(
  [...positive, ...negative],
  ['ForAnyOfAnyValues', 'ForAllOfAnyValues', 'ForAnyOfAllValues', 'ForAllOfAllValues'],
)

/** Any condition that the simulated Azure can evaluate. */
export const anyCondition: fc.Arbitrary<string> = fc.letrec<{ term: string; terms: string }>(tie => ({
  term: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    { weight: 3, arbitrary: understood },
    { weight: 2, arbitrary: action },
    { weight: 1, arbitrary: strange },
    { weight: 3, arbitrary: bracketed(tie('terms')) },
    { weight: 1, arbitrary: not(bracketed(tie('terms'))) },
    { weight: 2, arbitrary: bracketed(block) },
  ),
  terms: fc.oneof(
    tie('term'),
    and(tie('term'), tie('term')),
    or(tie('term'), tie('term')),
    or(tie('term'), tie('term'), tie('term')),
  ),
})).terms
