const kinds: Record<string, string> = {
  registries: 'registry',
  managedclusters: 'cluster',
  userassignedidentities: 'identity',
}

const word = String.raw`(?:[^/\s'"?,;:()]|\([^/\s()]*\))+?`
const end = String.raw`(?=[/\s'"?,;:).]|$)`
const group = String.raw`/resourcegroups/(?<group>${word})${end}`
const resource = String.raw`/providers/microsoft\.\w+/(?<type>registries|managedclusters|userassignedidentities)/(?<name>${word})${end}`
const assignment = String.raw`/providers/microsoft\.authorization/roleassignments/(?<assignment>${word})${end}`
const scope = new RegExp(
  String.raw`(?<![\w.])/subscriptions/(?<subscription>${word})${end}(?:${group}(?:${resource})?)?(?:${assignment})?`,
  'gi',
)

/** The subscriptions of the samples, which need no name. */
const usual = /^(?:s|11111111-(?:1111-4111-8111-111111111111|2222-4333-8444-555555555555))$/

/** A text with scopes as people say them: `registry contosoacr`, `AcrPull at resource group rg-shop`; and with the command that shows one in short. */
export function sayScopes(text: string): string {
  const short = text.replaceAll(/az rest --method get \\\n +--url '([^'?]+)\?api-version=[^']+'/g, 'az rest: $1')
  return short.replaceAll(scope, (...found: unknown[]) => {
    const { subscription = '', group: rg, type = '', name, assignment: role } = found.at(-1) as Record<string, string>
    const isOther = !usual.test(subscription)
    const whole = isOther ? `subscription ${subscription}` : 'the subscription'
    const within = name ? `${kinds[type.toLowerCase()] ?? type} ${name}` : rg ? `resource group ${rg}` : whole
    const place = within !== whole && isOther ? `${within} of ${whole}` : within
    // The samples name an assignment as its role, with dashes.
    return role ? `${/^[A-Z][a-z]+-/.test(role) ? role.replaceAll('-', ' ') : role} at ${place}` : place
  })
}

/** The maximum length of a line of a catalogue. */
const maxWidth = 190

/** A text in lines that a review shows whole; what continues one is indented by four more. */
function foldLines(text: string): string {
  const fold = (line: string, indent: number): string[] => {
    if (line.length <= maxWidth) return [line]
    const space = line.lastIndexOf(' ', maxWidth)
    const at = space > indent ? space : maxWidth
    return [line.slice(0, at), ...fold(`${' '.repeat(indent)}${line.slice(at).trimStart()}`, indent)]
  }
  return text
    .split('\n')
    .flatMap(line => fold(line, line.length - line.trimStart().length + 4))
    .join('\n')
}

/** A line of which a row has room for the first words. */
const begin = (text: string, most: number): string =>
  text.length <= most ? text : text.slice(0, text.lastIndexOf(' ', most) + 1 || most).trimEnd()

const height = (lines: readonly string[]): number => lines.flatMap(line => foldLines(`  ${line}`).split('\n')).length

/** Where the longest run of the lines stands already: the first case that has it, and how many lines of it. */
function findRun(
  lines: readonly string[],
  earlier: ReadonlyMap<string, readonly string[]>,
): [when: string, many: number] {
  let best: [string, number] = ['', 0]
  for (const [when, others] of earlier)
    for (const [at, line] of others.entries()) {
      if (line !== lines[0]) continue
      let many = 1
      while (many < lines.length && at + many < others.length && lines[many] === others[at + many]) many++
      if (many > best[1]) best = [when, many]
    }
  return best
}

/** The rows of one case: what an earlier case says in the same words is named by this case, by how many lines it has, and by its first words. */
function printCase(when: string, lines: readonly string[], earlier: ReadonlyMap<string, readonly string[]>): string[] {
  const rows: string[] = []
  for (let at = 0; at < lines.length;) {
    const [other, many] = findRun(lines.slice(at), earlier)
    const run = lines.slice(at, at + many)
    const words = run[0]?.trim() ?? ''
    // Two short lines are as easily read as what stands for them, except where nothing follows.
    const isShorter = height(run) > (many === 1 || many === lines.length - at ? 1 : 2)
    if (isShorter && many === lines.length && many === earlier.get(other)?.length)
      rows.push(`  ${begin(words, 60)} (as in: ${begin(other, 60)})`)
    else if (isShorter)
      rows.push(`  as in: ${begin(other, 60)}, ${many} ${many === 1 ? 'line' : 'lines'}: ${begin(words, 80)}`)
    else rows.push(`  ${lines[at] ?? ''}`.trimEnd())
    at += isShorter ? many : 1
  }
  const [first = '', ...others] = rows
  const inOne = `${when} → ${first.trim()}`
  return inOne.length <= maxWidth ? [inOne, ...others] : [when, ...rows]
}

/**
 * The text of a catalogue: each case with its result beside it, of which further lines are below. What stands in an earlier case stands there once. The sign
 * ¶ ends a line that an empty one follows.
 */
export function printCatalogue<Case>(
  cases: Record<string, Case>,
  show: (each: Case) => string | readonly string[],
): string {
  const earlier = new Map<string, readonly string[]>()
  const rows = Object.entries(cases).flatMap(([when, each]) => {
    const text = [show(each)].flat().join('\n').trimEnd() || '(nothing)'
    const lines = text.replaceAll(/\n(\n+)/g, (_, more: string) => `${' ¶'.repeat(more.length)}\n`).split('\n')
    const printed = printCase(when, lines, earlier)
    earlier.set(when, lines)
    return printed
  })
  return `${foldLines(rows.join('\n'))}\n`
}
