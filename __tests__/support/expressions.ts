import { data, Evaluator, Lexer, Parser } from '@actions/expressions'

/** The state for the status functions of an expression. */
export interface Status {
  /** An earlier step, or a needed job, has failed. */
  failed: boolean
}

/** The contexts that an expression can use, as plain values. */
export type Contexts = Readonly<Record<string, unknown>>

/** The value of an expression, as GitHub evaluates it. */
function evaluate(expression: string, contexts: Contexts, { failed }: Status): data.ExpressionData {
  const answers: Record<string, boolean> = { always: true, cancelled: false, failure: failed, success: !failed }
  const functions = Object.entries(answers).map(([name, answer]) => ({
    name,
    minArgs: 0,
    maxArgs: 255,
    call: () => new data.BooleanData(answer),
  }))
  const { tokens } = new Lexer(expression).lex()
  const parsed = new Parser(tokens, Object.keys(contexts), functions).parse()
  const values = JSON.parse(JSON.stringify(contexts), data.reviver) as data.Dictionary
  return new Evaluator(parsed, values, new Map(functions.map(definition => [definition.name, definition]))).evaluate()
}

/** Whether a condition (`if:`, without its braces) holds. */
export function holds(condition: string, contexts: Contexts, status: Status): boolean {
  const value = evaluate(condition, contexts, status)
  return value.kind === data.Kind.String
    ? value.coerceString() !== ''
    : value.coerceString() !== 'false' && value.kind !== data.Kind.Null
}

/** A text of a workflow with its expressions filled in. */
export function fillIn(text: string, contexts: Contexts, status: Status): string {
  return text.replaceAll(/\$\{\{([\s\S]+?)\}\}/g, (_, expression: string) =>
    evaluate(expression.trim(), contexts, status).coerceString(),
  )
}

/** A value of a workflow that is one expression, such as a matrix from JSON. */
export function valueOf(value: unknown, contexts: Contexts, status: Status): unknown {
  if (typeof value !== 'string') return value
  const [, expression] = /^\s*\$\{\{([\s\S]+?)\}\}\s*$/.exec(value) ?? []
  if (expression === undefined) return value
  return JSON.parse(JSON.stringify(evaluate(expression.trim(), contexts, status), data.replacer)) as unknown
}
