const kinds: Record<string, string> = {
  registries: 'registry',
  managedclusters: 'cluster',
  userassignedidentities: 'identity',
}

const word = String.raw`[^/\s'"?,;:)]+?`
const end = String.raw`(?=[/\s'"?,;:).]|$)`
const group = String.raw`/resourcegroups/(?<group>${word})${end}`
const resource = String.raw`/providers/microsoft\.\w+/(?<type>registries|managedclusters|userassignedidentities)/(?<name>${word})${end}`
const assignment = String.raw`/providers/microsoft\.authorization/roleassignments/(?<assignment>${word})${end}`
const scope = new RegExp(
  String.raw`/subscriptions/(?<subscription>${word})${end}(?:${group}(?:${resource})?)?(?:${assignment})?`,
  'gi',
)

/** The subscriptions of the samples, which need no name. */
const usual = /^(?:s|11111111-1111-4111-8111-111111111111)$/

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
export function foldLines(text: string): string {
  const fold = (line: string): string[] => {
    if (line.length <= maxWidth) return [line]
    const indent = /^ */.exec(line)?.[0].length ?? 0
    const at = line.lastIndexOf(' ', maxWidth)
    if (at <= indent + 4) return [line]
    return [line.slice(0, at), ...fold(`${' '.repeat(Math.min(indent + 4, 12))}${line.slice(at + 1)}`)]
  }
  return text.split('\n').flatMap(fold).join('\n')
}

/** Says what stands above in the same catalogue as that: a sentence and its advice stand there once. */
export function createOnce(): (text: string) => string {
  const said = new Set<string>()
  return text => {
    if (text === '' || !said.has(text)) return said.add(text) && text
    return 'as above'
  }
}
