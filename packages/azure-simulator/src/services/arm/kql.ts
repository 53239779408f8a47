/**
 * The part of the Kusto query language that the action's queries of Azure Resource Graph need: one table, then `where` with `=~` and `in~`, `and`, `or` and
 * parentheses, and `project`; values are strings, paths and `tostring()` of a path. Anything else is refused.
 */
export type Row = Readonly<Record<string, unknown>>

export interface Query {
  readonly table: string
  run(rows: readonly Row[]): Row[]
}

/** Names the part of a query that isn't understood. */
export class QueryError extends Error {}

type Value = (row: Row) => unknown
type Predicate = (row: Row) => boolean
type Step = (rows: readonly Row[]) => Row[]

const tokenPattern = /\s*(?:'(?<string>[^'\\]*)'|(?<symbol>=~|in~|[|(),.=])|(?<word>[A-Za-z]\w*)|(?<other>\S))/gy

interface Token {
  readonly kind: 'string' | 'symbol' | 'word'
  readonly text: string
}

function tokenize(query: string): Token[] {
  return [...query.trimEnd().matchAll(tokenPattern)].map(({ groups: { string, symbol, word, other } = {} }): Token => {
    if (string !== undefined) return { kind: 'string', text: string }
    if (symbol !== undefined) return { kind: 'symbol', text: symbol }
    if (word !== undefined) return { kind: 'word', text: word }
    throw new QueryError(`unexpected '${other ?? ''}'`)
  })
}

/** @throws QueryError */
export function parseQuery(text: string): Query {
  const tokens = tokenize(text)
  let position = 0
  const next = (kind?: Token['kind']): string => {
    const token = tokens[position]
    if (token === undefined) throw new QueryError('the query ends too early')
    if (kind !== undefined && token.kind !== kind) throw new QueryError(`unexpected '${token.text}'`)
    position += 1
    return token.text
  }
  const accept = (text: string): boolean => {
    const token = tokens[position]
    if (token === undefined || token.kind === 'string' || token.text.toLowerCase() !== text) return false
    position += 1
    return true
  }
  const expect = (text: string): void => {
    if (!accept(text)) throw new QueryError(`expected '${text}', found '${tokens[position]?.text ?? 'the end'}'`)
  }
  const separated = <T>(item: () => T, separator = ','): T[] => {
    const items = [item()]
    while (accept(separator)) items.push(item())
    return items
  }

  const parseOr = (): Predicate => {
    const terms = separated(parseAnd, 'or')
    return row => terms.some(term => term(row))
  }
  const parseAnd = (): Predicate => {
    const terms = separated(parseTest, 'and')
    return row => terms.every(term => term(row))
  }
  const parseTest = (): Predicate => {
    if (accept('(')) {
      const inner = parseOr()
      expect(')')
      return inner
    }
    const { value } = parseValue()
    const operator = next()
    if (operator !== '=~' && operator !== 'in~') throw new QueryError(`unknown operator '${operator}'`)
    const wanted = operator === '=~' ? [next('string')] : parseList()
    return row => wanted.some(text => text.toLowerCase() === textOf(value(row)).toLowerCase())
  }
  const parseList = (): string[] => {
    expect('(')
    const values = separated(() => next('string'))
    expect(')')
    return values
  }
  const parseValue = (): { path: string[]; value: Value } => {
    const isText = accept('tostring')
    if (isText) expect('(')
    const path = separated(() => next('word'), '.')
    if (isText) expect(')')
    const value = readPath(path)
    return { path, value: isText ? row => textOf(value(row)) : value }
  }
  const parseColumn = (): [name: string, value: Value] => {
    const { path, value } = parseValue()
    return accept('=') ? [path.join('_'), parseValue().value] : [path.join('_'), value]
  }

  const steps: Readonly<Record<string, () => Step>> = {
    where() {
      const test = parseOr()
      return rows => rows.filter(test)
    },
    project() {
      const columns = separated(parseColumn)
      return rows => rows.map(row => Object.fromEntries(columns.map(([name, value]) => [name, value(row) ?? null])))
    },
  }

  const table = next().toLowerCase()
  const pipeline: Step[] = []
  while (accept('|')) {
    const name = next().toLowerCase()
    const step = steps[name]
    if (step === undefined) throw new QueryError(`unknown operator '${name}'`)
    pipeline.push(step())
  }
  const rest = tokens[position]
  if (rest !== undefined) throw new QueryError(`unexpected '${rest.text}'`)
  return { table, run: rows => pipeline.reduce<Row[]>((current, step) => step(current), [...rows]) }
}

function readPath(path: readonly string[]): Value {
  return row =>
    path.reduce<unknown>(
      (value, key) => (typeof value === 'object' && value !== null ? (value as Row)[key] : undefined),
      row,
    )
}

const textOf = (value: unknown): string =>
  value === undefined || value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value)
