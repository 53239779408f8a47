/** Syntax tree of a role assignment condition. */
export type Condition =
  | { kind: 'and' | 'or'; terms: Condition[] }
  | { kind: 'not'; term: Condition }
  /** `ActionMatches{'PATTERN'}`. */
  | { kind: 'action'; pattern: string }
  /** `@SOURCE[ATTRIBUTE] QUANTIFIER:OPERATOR VALUES`; names are in lower case, and the quantifier is empty if there is none. */
  | { kind: 'comparison'; attribute: string; quantifier: string; operator: string; values: string[] }
  /** Anything else that Azure accepts, such as `Exists` or a comparison with another attribute. */
  | { kind: 'other' }

interface Token {
  kind: 'symbol' | 'word' | 'string' | 'attribute'
  /** A string has no quotes here, and `AND`, `OR` and `NOT` are `&&`, `||` and `!`. */
  text: string
}

// It isn't documented whether a backslash before a quote ends the string, so this isn't a token. A doubled quote makes two strings in a row.
const tokenPattern =
  /\s+|(?<attribute>@[a-z]+\[[^\]]*\])|'(?<string>(?:[^'\\]|\\[^'])*)'|(?<symbol>&&|\|\||[(){},!])|(?<word>[a-z0-9_.:-]+)/iy

const spellings: Record<string, string> = { and: '&&', or: '||', not: '!' }

/** Maximum depth of brackets and negations within one another. */
const maxDepth = 100

class SyntaxProblem extends Error {}

/**
 * Parses a condition of version 2.0; returns undefined if its syntax is unknown. Only values are case-sensitive.
 * `a AND b OR c` has no meaning: Azure requires brackets there.
 * Syntax: learn.microsoft.com/azure/role-based-access-control/conditions-format.
 */
export function parseCondition(text: string): Condition | undefined {
  try {
    const tokens = createTokenReader(tokenize(text))
    const condition = parseTerms(tokens, 0)
    return tokens.isAtEnd() ? condition : undefined
  } catch (error) {
    if (error instanceof SyntaxProblem) return undefined
    throw error
  }
}

/** Whether one pair of brackets encloses the whole condition. */
export function isBracketed(text: string): boolean {
  const tokens = tokenize(text)
  let depth = 0
  const closing = tokens.findIndex(token => {
    if (isSymbol(token, '(')) depth += 1
    if (isSymbol(token, ')')) depth -= 1
    return depth === 0
  })
  return closing === tokens.length - 1 && closing > 0
}

function tokenize(text: string): Token[] {
  const tokens: Token[] = []
  const pattern = new RegExp(tokenPattern)
  while (pattern.lastIndex < text.length) {
    const { attribute, string, symbol, word } = pattern.exec(text)?.groups ?? {}
    if (pattern.lastIndex === 0) throw new SyntaxProblem()
    if (attribute !== undefined) tokens.push({ kind: 'attribute', text: attribute })
    else if (string !== undefined) tokens.push({ kind: 'string', text: string })
    else if (symbol !== undefined) tokens.push({ kind: 'symbol', text: symbol })
    else if (word !== undefined) {
      const same = spellings[word.toLowerCase()]
      tokens.push(same ? { kind: 'symbol', text: same } : { kind: 'word', text: word })
    }
  }
  return tokens
}

const isSymbol = (token: Token | undefined, text: string): boolean => token?.kind === 'symbol' && token.text === text

type TokenReader = ReturnType<typeof createTokenReader>

/** Reads tokens from the first to the last. */
function createTokenReader(tokens: readonly Token[]) {
  let position = 0
  const take = (symbol: string): boolean => {
    const isThere = isSymbol(tokens[position], symbol)
    if (isThere) position += 1
    return isThere
  }
  return {
    next(): Token {
      const token = tokens[position]
      if (!token) throw new SyntaxProblem()
      position += 1
      return token
    },

    /** Reads a symbol, if it is the next token. */
    take,

    expect(symbol: string): void {
      if (!take(symbol)) throw new SyntaxProblem()
    },

    isAtEnd: () => position === tokens.length,
  }
}

function parseTerms(tokens: TokenReader, depth: number): Condition {
  if (depth > maxDepth) throw new SyntaxProblem()
  const first = parseTerm(tokens, depth)
  for (const [symbol, kind] of [
    ['&&', 'and'],
    ['||', 'or'],
  ] as const) {
    const terms = [first]
    while (tokens.take(symbol)) terms.push(parseTerm(tokens, depth))
    if (terms.length > 1) return { kind, terms }
  }
  return first
}

function parseTerm(tokens: TokenReader, depth: number): Condition {
  if (depth > maxDepth) throw new SyntaxProblem()
  if (tokens.take('!')) return { kind: 'not', term: parseTerm(tokens, depth + 1) }
  if (tokens.take('(')) {
    const terms = parseTerms(tokens, depth + 1)
    tokens.expect(')')
    return terms
  }
  const { kind, text } = tokens.next()
  if (kind === 'attribute') return parseComparison(tokens, text)
  if (kind === 'word') return parseFunction(tokens, text.toLowerCase())
  throw new SyntaxProblem()
}

function parseFunction(tokens: TokenReader, name: string): Condition {
  if (name === 'exists') {
    if (tokens.next().kind !== 'attribute') throw new SyntaxProblem()
    return { kind: 'other' }
  }
  tokens.expect('{')
  const { kind, text } = tokens.next()
  if (kind !== 'string') throw new SyntaxProblem()
  tokens.expect('}')
  return name === 'actionmatches' ? { kind: 'action', pattern: text } : { kind: 'other' }
}

function parseComparison(tokens: TokenReader, attribute: string): Condition {
  const { kind, text } = tokens.next()
  if (kind !== 'word') throw new SyntaxProblem()
  const [operator = '', quantifier = ''] = text.toLowerCase().split(':').reverse()
  const values = parseValues(tokens, operator.startsWith('guid'))
  return values
    ? { kind: 'comparison', attribute: attribute.toLowerCase(), quantifier, operator, values }
    : { kind: 'other' }
}

/** The strings, or GUIDs without quotes, that an attribute is compared with; undefined if it is compared with anything else. */
function parseValues(tokens: TokenReader, areGuids: boolean): string[] | undefined {
  const isList = tokens.take('{')
  const values = [tokens.next()]
  while (isList && tokens.take(',')) values.push(tokens.next())
  if (isList) tokens.expect('}')
  if (values.some(({ kind }) => kind === 'symbol')) throw new SyntaxProblem()
  const isValue = ({ kind }: Token): boolean => kind === 'string' || (areGuids && kind === 'word')
  return values.every(isValue) ? values.map(({ text }) => text) : undefined
}
