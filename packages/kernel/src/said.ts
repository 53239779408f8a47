/** What a failure says, in parts: `say` makes the text of them where it is printed. */
export interface Said {
  /** What failed, as a clause; nothing else is said in a headline that has no room. Empty if `more` says everything. */
  what: string
  /** Why, as a clause that follows a colon. */
  why?: string | undefined
  /** Why, for a cell of a table, if `why` doesn't say it or says it at length. */
  brief?: string | undefined
  /** More about it, in sentences of their own. */
  more?: string | undefined
  /** The words of somebody else at its end, as a clause, and whose they are: `The node said:`. */
  quote?: { by: string; text: string } | undefined
}

/** What failed and why, as a clause. */
export function sayClause({ what, why }: Said): string {
  return [what, why].filter(Boolean).join(': ')
}

/** All of it but the words of somebody else, in sentences. */
export function sayOwn(said: Said): string {
  const clause = sayClause(said)
  return [clause && `${clause}.`, said.more].filter(Boolean).join(' ')
}

/** All of it, in sentences. */
export function say(said: Said): string {
  const { quote } = said
  return [sayOwn(said), quote && `${quote.by} ${quote.text}.`].filter(Boolean).join(' ')
}

/** Another failure with the same reason. */
export function withReason(what: string, said: Said): Said {
  return { what, why: reasonOf(said) }
}

/** Why it failed, as a clause: what failed, if nothing else is known. */
export function reasonOf({ what, why, brief }: Said): string {
  return brief ?? why ?? what
}

/** Others' text as a clause, without its full stop, to be said in a sentence of ours. */
export function clauseOf(words: string): string {
  return words.replace(/\.$/, '')
}
