/**
 * Azure role assignment conditions, version 2.0; the part needed to delegate role assignments and to limit access to
 * repositories: `ActionMatches`, `SubOperationMatches`, attributes of `@Request`, `@Resource` and `@Principal`, the
 * string, GUID and Boolean operators with their `ForAnyOfAnyValues` family, `Exists`, `NOT`/`!`, `AND`/`&&`, `OR`/`||`
 * and brackets (azure-docs `role-based-access-control/conditions-format.md`). Actions, attributes, operators and
 * keywords are case-insensitive; for values it depends on the operator. `a AND b OR c` is refused: "you must add
 * parentheses".
 */
export interface ConditionContext {
  readonly action: string
  readonly subOperation?: string
  /** Attribute names, such as `Microsoft.Authorization/roleAssignments:PrincipalType`, mapped to values. */
  readonly request?: Attributes
  readonly resource?: Attributes
  readonly principal?: Attributes
}

type Attributes = Readonly<Record<string, string | readonly string[] | undefined>>

export type Condition = (context: ConditionContext) => boolean

/** Names the place at which a condition is invalid. */
export class ConditionSyntaxError extends Error {}

interface Token {
  readonly kind: 'symbol' | 'word' | 'string' | 'attribute'
  readonly text: string
}

const tokenPattern =
  /\s+|(?<attribute>@[A-Za-z]+\[[^\]]+\])|(?<string>'(?:[^'\\]|\\.)*')|(?<symbol>&&|\|\||[(){},!])|(?<word>[A-Za-z0-9_.:/*-]+)/y

function tokenize(text: string): Token[] {
  const tokens: Token[] = []
  tokenPattern.lastIndex = 0
  while (tokenPattern.lastIndex < text.length) {
    const at = tokenPattern.lastIndex
    const match = tokenPattern.exec(text)
    if (match === null)
      throw new ConditionSyntaxError(`unexpected '${text.slice(at, at + 12)}' at position ${String(at)}`)
    for (const kind of ['attribute', 'string', 'symbol', 'word'] as const) {
      const found = match.groups?.[kind]
      if (found !== undefined) tokens.push({ kind, text: kind === 'string' ? found.slice(1, -1) : found })
    }
  }
  return tokens
}

const andWords = ['AND', '&&']
const orWords = ['OR', '||']

/** @throws ConditionSyntaxError */
export function parseCondition(text: string): Condition {
  const tokens = tokenize(text)
  let position = 0
  const peek = (): Token | undefined => tokens[position]
  const next = (): Token => {
    const token = tokens[position]
    if (token === undefined) throw new ConditionSyntaxError('the condition ends too early')
    position += 1
    return token
  }
  const expect = (text: string): void => {
    const token = next()
    if (token.text !== text || token.kind !== 'symbol')
      throw new ConditionSyntaxError(`expected '${text}', found '${token.text}'`)
  }
  const take = (text: string): boolean => {
    const isThere = peek()?.kind === 'symbol' && peek()?.text === text
    if (isThere) position += 1
    return isThere
  }
  const isWord = (...words: string[]): boolean => {
    const token = peek()
    return token !== undefined && token.kind !== 'string' && words.includes(token.text.toUpperCase())
  }

  const parseTerms = (): Condition => {
    const terms = [parseUnary()]
    const isAnd = isWord(...andWords)
    while (isWord(...andWords, ...orWords)) {
      if (isWord(...andWords) !== isAnd) throw new ConditionSyntaxError('AND and OR need brackets between them')
      next()
      terms.push(parseUnary())
    }
    return isAnd ? context => terms.every(term => term(context)) : context => terms.some(term => term(context))
  }
  const parseUnary = (): Condition => {
    if (isWord('!', 'NOT')) {
      next()
      const term = parseUnary()
      return context => !term(context)
    }
    const token = next()
    if (token.text === '(' && token.kind === 'symbol') {
      const term = parseTerms()
      expect(')')
      return term
    }
    if (token.kind === 'word') return parseFunction(token.text)
    if (token.kind === 'attribute') return parseComparison(readerOf(token.text))
    throw new ConditionSyntaxError(`unexpected '${token.text}'`)
  }
  const parseFunction = (name: string): Condition => {
    if (name.toLowerCase() === 'exists') {
      const read = readerOf(next().text)
      return context => read(context).length > 0
    }
    expect('{')
    const pattern = wildcard(next().text)
    expect('}')
    if (name.toLowerCase() === 'actionmatches') return context => pattern.test(context.action)
    if (name.toLowerCase() === 'suboperationmatches') return context => pattern.test(context.subOperation ?? '')
    throw new ConditionSyntaxError(`unknown function '${name}'`)
  }
  const parseComparison = (left: (context: ConditionContext) => readonly string[]): Condition => {
    const [quantifier, operator] = splitOperator(next().text)
    const compare = operators[operator.toLowerCase()]
    if (compare === undefined) throw new ConditionSyntaxError(`unknown operator '${operator}'`)
    const right = parseValues()
    return context => quantify(quantifier, left(context), right(context), compare)
  }
  const parseValues = (): ((context: ConditionContext) => readonly string[]) => {
    const token = next()
    if (token.kind === 'attribute') return readerOf(token.text)
    if (token.text !== '{' || token.kind !== 'symbol') return () => [token.text]
    const values: string[] = []
    do values.push(next().text)
    while (take(','))
    expect('}')
    return () => values
  }

  const condition = parseTerms()
  const rest = peek()
  if (rest !== undefined) throw new ConditionSyntaxError(`unexpected '${rest.text}'`)
  return condition
}

function readerOf(text: string): (context: ConditionContext) => readonly string[] {
  const match = /^@(Request|Resource|Principal)\[([^\]]+)\]$/i.exec(text)
  const [, source, name] = match ?? []
  if (source === undefined || name === undefined) throw new ConditionSyntaxError(`unknown attribute '${text}'`)
  const key = source.toLowerCase() as 'request' | 'resource' | 'principal'
  const searched = name.trim().toLowerCase()
  return context => {
    const attributes = context[key] ?? {}
    const found = Object.entries(attributes).find(([attribute]) => attribute.toLowerCase() === searched)?.[1]
    if (found === undefined) return []
    return typeof found === 'string' ? [found] : found
  }
}

const wildcard = (pattern: string): RegExp =>
  new RegExp(`^${pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`, 'i')

type Compare = (left: string, right: string) => boolean

const ignoringCase =
  (compare: Compare): Compare =>
  (left, right) =>
    compare(left.toLowerCase(), right.toLowerCase())
const not =
  (compare: Compare): Compare =>
  (left, right) =>
    !compare(left, right)
const equals: Compare = (left, right) => left === right
const startsWith: Compare = (left, right) => left.startsWith(right)
const like: Compare = (left, right) => {
  const known = likePatterns.get(right) ?? likePattern(right)
  likePatterns.set(right, known)
  return known.test(left)
}

/** Compiled once each: conditions are evaluated for many values. */
const likePatterns = new Map<string, RegExp>()

function likePattern(text: string): RegExp {
  // A backslash makes a wildcard literal.
  const parts = text.match(/\\[*?]|[^]/g) ?? []
  const source = parts.map(part =>
    part === '*' ? '.*' : part === '?' ? '.' : part.slice(-1).replace(/[.*?+^${}()|[\]\\]/, '\\$&'),
  )
  return new RegExp(`^${source.join('')}$`, 's')
}

const operators: Readonly<Record<string, Compare>> = {
  stringequals: equals,
  stringequalsignorecase: ignoringCase(equals),
  stringnotequals: not(equals),
  stringnotequalsignorecase: not(ignoringCase(equals)),
  stringstartswith: startsWith,
  stringstartswithignorecase: ignoringCase(startsWith),
  stringnotstartswith: not(startsWith),
  stringnotstartswithignorecase: not(ignoringCase(startsWith)),
  stringlike: like,
  stringlikeignorecase: ignoringCase(like),
  stringnotlike: not(like),
  stringnotlikeignorecase: not(ignoringCase(like)),
  guidequals: ignoringCase(equals),
  guidnotequals: not(ignoringCase(equals)),
  boolequals: ignoringCase(equals),
  boolnotequals: not(ignoringCase(equals)),
}

const quantifiers = ['ForAnyOfAnyValues', 'ForAllOfAnyValues', 'ForAnyOfAllValues', 'ForAllOfAllValues'] as const

type Quantifier = (typeof quantifiers)[number]

function splitOperator(text: string): [Quantifier, string] {
  const match = /^(\w+):(\w+)$/.exec(text)
  if (match === null) return ['ForAnyOfAnyValues', text]
  const quantifier = quantifiers.find(name => name.toLowerCase() === match[1]?.toLowerCase())
  if (quantifier === undefined) throw new ConditionSyntaxError(`unknown quantifier '${match[1] ?? ''}'`)
  return [quantifier, match[2] ?? '']
}

function quantify(
  quantifier: Quantifier,
  left: readonly string[],
  right: readonly string[],
  compare: Compare,
): boolean {
  // A missing attribute never satisfies a comparison, whatever the quantifier.
  if (left.length === 0) return false
  const againstAny = (value: string): boolean => right.some(other => compare(value, other))
  const againstAll = (value: string): boolean => right.every(other => compare(value, other))
  switch (quantifier) {
    case 'ForAnyOfAnyValues':
      return left.some(againstAny)
    case 'ForAllOfAnyValues':
      return left.every(againstAny)
    case 'ForAnyOfAllValues':
      return left.some(againstAll)
    case 'ForAllOfAllValues':
      return left.every(againstAll)
  }
}
