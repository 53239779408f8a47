/**
 * The part of the Kusto query language that Azure Resource Graph needs to find resources: one table, then `where`,
 * `extend`, `project`, `order by` / `sort by`, `take` / `limit`, `count`. Predicates: `==`, `!=`, `=~`, `!~`, `in`,
 * `in~`, `!in`, `!in~`, `contains`, `has`, `startswith`, `endswith`, `and`, `or`, `not()`, `isempty()`, `isnotempty()`;
 * values: paths, strings, `tostring()`, `tolower()`, `toupper()`, `strcat()`.
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

const tokenPattern =
  /\s+|\/\/[^\n]*|(?<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?<symbol>=~|!~|==|!=|!in~|!in\b|in~|[|(),.=[\]])|(?<word>[A-Za-z_$][\w-]*|\d+)/y

interface Token {
  readonly kind: 'string' | 'symbol' | 'word'
  readonly text: string
}

function tokenize(query: string): Token[] {
  const tokens: Token[] = []
  tokenPattern.lastIndex = 0
  while (tokenPattern.lastIndex < query.length) {
    const at = tokenPattern.lastIndex
    const groups = tokenPattern.exec(query)?.groups
    if (groups === undefined) throw new QueryError(`unexpected '${query.slice(at, at + 12)}'`)
    const { string, symbol, word } = groups
    if (string !== undefined) tokens.push({ kind: 'string', text: string.slice(1, -1).replace(/\\(.)/g, '$1') })
    if (symbol !== undefined) tokens.push({ kind: 'symbol', text: symbol })
    if (word !== undefined) tokens.push({ kind: 'word', text: word })
  }
  return tokens
}

/** @throws QueryError */
export function parseQuery(text: string): Query {
  const tokens = tokenize(text)
  let position = 0
  const peek = (offset = 0): Token | undefined => tokens[position + offset]
  const next = (): Token => {
    const token = tokens[position]
    if (token === undefined) throw new QueryError('the query ends too early')
    position += 1
    return token
  }
  const is = (text: string, token = peek()): boolean =>
    token !== undefined && token.kind !== 'string' && token.text.toLowerCase() === text
  const accept = (text: string): boolean => {
    if (!is(text)) return false
    position += 1
    return true
  }
  const expect = (text: string): void => {
    if (!accept(text)) throw new QueryError(`expected '${text}', found '${peek()?.text ?? 'the end'}'`)
  }
  const separated = <T>(item: () => T): T[] => {
    const items = [item()]
    while (accept(',')) items.push(item())
    return items
  }

  const parseOr = (): Predicate => {
    const terms = [parseAnd()]
    while (accept('or')) terms.push(parseAnd())
    return row => terms.some(term => term(row))
  }
  const parseAnd = (): Predicate => {
    const terms = [parseTest()]
    while (accept('and')) terms.push(parseTest())
    return row => terms.every(term => term(row))
  }
  const parseTest = (): Predicate => {
    if (accept('(')) {
      const inner = parseOr()
      expect(')')
      return inner
    }
    if (is('(', peek(1)) && (is('not') || is('isempty') || is('isnotempty'))) {
      const name = next().text.toLowerCase()
      expect('(')
      const test = name === 'not' ? parseOr() : emptiness(parseValue(), name === 'isempty')
      expect(')')
      return name === 'not' ? row => !test(row) : test
    }
    return parseComparison(parseValue())
  }
  const parseComparison = (left: Value): Predicate => {
    const operator = next().text.toLowerCase()
    const list = /^(!)?in(~)?$/.exec(operator)
    if (list !== null) {
      expect('(')
      const values = separated(parseValue)
      expect(')')
      const equal = list[2] === undefined ? exactly : loosely
      return row => values.some(value => equal(textOf(left(row)), textOf(value(row)))) === (list[1] === undefined)
    }
    const compare = comparisons[operator]
    if (compare === undefined) throw new QueryError(`unknown operator '${operator}'`)
    const right = parseValue()
    return row => compare(textOf(left(row)), textOf(right(row)))
  }
  const parseValue = (): Value => {
    const token = next()
    if (token.kind === 'string') return () => token.text
    if (token.kind !== 'word') throw new QueryError(`unexpected '${token.text}'`)
    if (/^\d+$/.test(token.text)) return () => Number(token.text)
    if (accept('(')) {
      const call = functions[token.text.toLowerCase()]
      if (call === undefined) throw new QueryError(`unknown function '${token.text}'`)
      const args = separated(parseValue)
      expect(')')
      return row => call(args.map(argument => textOf(argument(row))))
    }
    return pathReader([token.text, ...parsePath()])
  }
  const parsePath = (): string[] => {
    const path: string[] = []
    for (;;) {
      if (accept('.')) path.push(next().text)
      else if (accept('[')) {
        path.push(next().text)
        expect(']')
      } else return path
    }
  }
  const parseColumn = (): { name: string; value: Value } => {
    const isNamed = is('=', peek(1))
    const name = isNamed ? next().text : undefined
    if (isNamed) expect('=')
    const at = position
    const value = parseValue()
    const path = tokens.slice(at, position).map(token => token.text)
    return { name: name ?? path.filter(part => part !== '.').join('_'), value }
  }

  const steps: Readonly<Record<string, () => Step>> = {
    where() {
      const test = parseOr()
      return rows => rows.filter(test)
    },
    extend() {
      const columns = separated(parseColumn)
      return rows =>
        rows.map(row =>
          columns.reduce<Row>((extended, { name, value }) => ({ ...extended, [name]: value(extended) }), row),
        )
    },
    project() {
      const columns = separated(parseColumn)
      return rows => rows.map(row => Object.fromEntries(columns.map(({ name, value }) => [name, value(row) ?? null])))
    },
    order: () => parseOrder(),
    sort: () => parseOrder(),
    take: () => parseTake(),
    limit: () => parseTake(),
    count: () => rows => [{ Count: rows.length }],
  }
  const parseOrder = (): Step => {
    expect('by')
    const keys = separated(() => {
      const value = parseValue()
      const isAscending = accept('asc')
      if (!isAscending) accept('desc')
      return { value, sign: isAscending ? 1 : -1 }
    })
    return rows =>
      [...rows].sort(
        (a, b) =>
          keys
            .map(({ value, sign }) => sign * textOf(value(a)).localeCompare(textOf(value(b))))
            .find(order => order !== 0) ?? 0,
      )
  }
  const parseTake = (): Step => {
    const count = Number(next().text)
    return rows => rows.slice(0, count)
  }

  const table = next().text.toLowerCase()
  const pipeline: Step[] = []
  while (accept('|')) {
    const name = next().text.toLowerCase()
    const step = steps[name]
    if (step === undefined) throw new QueryError(`unknown operator '${name}'`)
    pipeline.push(step())
  }
  const rest = peek()
  if (rest !== undefined) throw new QueryError(`unexpected '${rest.text}'`)
  return { table, run: rows => pipeline.reduce<Row[]>((current, step) => step(current), [...rows]) }
}

function pathReader([first = '', ...path]: string[]): Value {
  return row => {
    let value: unknown = row[first]
    for (const key of path)
      value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined
    return value
  }
}

function emptiness(value: Value, isEmpty: boolean): Predicate {
  return row => (textOf(value(row)) === '') === isEmpty
}

const textOf = (value: unknown): string =>
  value === undefined || value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value)

type Compare = (left: string, right: string) => boolean
const exactly: Compare = (left, right) => left === right
const loosely: Compare = (left, right) => left.toLowerCase() === right.toLowerCase()

const comparisons: Readonly<Record<string, Compare>> = {
  '==': exactly,
  '!=': (left, right) => !exactly(left, right),
  '=~': loosely,
  '!~': (left, right) => !loosely(left, right),
  contains: (left, right) => left.toLowerCase().includes(right.toLowerCase()),
  has: (left, right) =>
    left
      .toLowerCase()
      .split(/[^a-z0-9]+/)
      .includes(right.toLowerCase()) || loosely(left, right),
  startswith: (left, right) => left.toLowerCase().startsWith(right.toLowerCase()),
  endswith: (left, right) => left.toLowerCase().endsWith(right.toLowerCase()),
}

const functions: Readonly<Record<string, (args: readonly string[]) => string>> = {
  tostring: ([value = '']) => value,
  tolower: ([value = '']) => value.toLowerCase(),
  toupper: ([value = '']) => value.toUpperCase(),
  strcat: args => args.join(''),
}
