import type { GrantedBy } from '../model/plan.js'
import { lastSegment } from '../model/resource-id.js'
import { isIdentityId } from '../model/target.js'

/** The first lines of many, and how many more there are: of long lists in the log, which the report has whole. */
export function excerpt(lines: string[], most: number): string[] {
  return lines.length > most
    ? [...lines.slice(0, most), `and ${lines.length - most} more, which the report lists`]
    : lines
}

/** The first of several names, and how many more there are: `aks-1, aks-2 and 3 more`. */
export function nameSome(names: readonly string[], most: number): string {
  const rest = names.length > most ? ` and ${names.length - most} more` : ''
  return `${names.slice(0, most).join(', ')}${rest}`
}

/** Maximum number of entries listed in an error. */
export const mostNamed = 20

/**
 * Where an error code or a finding is explained: in the repository and at the version that the step uses. Empty for a local action (`uses: ./`),
 * whose repository is not known (docs.github.com/actions/reference/variables-reference).
 */
export function documentationLink(code: string): string {
  const page = `docs/troubleshooting.md#${code.toLowerCase()}`
  const { GITHUB_SERVER_URL: server, GITHUB_ACTION_REPOSITORY: repository, GITHUB_ACTION_REF: ref } = process.env
  return repository ? `${server ?? 'https://github.com'}/${repository}/blob/${ref || 'main'}/${page}` : ''
}

/** A code in Markdown, with a link to where it is explained. */
export function linkCode(code: string): string {
  const link = documentationLink(code)
  return link ? `[${code}](${link})` : code
}

/**
 * Path of the workflow's file in its repository; older GitHub Enterprise Servers tell its name alone. `GITHUB_WORKFLOW_REF` is
 * `owner/name/.github/workflows/file.yml@refs/heads/main` (docs.github.com/actions/reference/variables-reference).
 */
export function nameWorkflow(): string {
  const { GITHUB_REPOSITORY: repository = '', GITHUB_WORKFLOW_REF: ref = '', GITHUB_WORKFLOW: name = '' } = process.env
  const [path = ''] = ref.split('@')
  return path.slice(repository.length + 1) || name
}

/** A GUID by its last four digits; the report has it whole. */
export function shortGuid(guid: string): string {
  return `…${guid.slice(-4)}`
}

/** Text with each GUID by its last four digits. */
export function shortenGuids(text: string): string {
  return text.replaceAll(/[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/gi, shortGuid)
}

/** Text that ends like a sentence, so that another one may follow. */
export function endSentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`
}

/** Texts, each without what follows its first sentence where one before it has said that: of equal failures what nodes said. */
export function sayOnce(texts: readonly string[]): string[] {
  const said = new Set<string>()
  return texts.map(text => {
    const [, first = text, rest = ''] = /^(.*?[.!?]) +(?=[A-Z])(.*)$/s.exec(text) ?? []
    if (said.has(rest)) return first
    if (rest) said.add(rest)
    return text
  })
}

/** Where access comes from: `inherited from resource group rg-shop`. */
export function describeSource(grantedBy: GrantedBy, scope: string): string {
  const how = {
    direct: 'directly at',
    inherited: 'inherited from',
    group: 'through a group at',
    'broader-role': 'broader role at',
  }[grantedBy]
  return `${how} ${formatResourceScope(scope)}`
}

/** `1 cluster`, `2 clusters`. */
export function plural(count: number, singular: string, pluralForm = `${singular}s`): string {
  return `${count} ${count === 1 ? singular : pluralForm}`
}

/** `2 clusters`; `2 targets` where one of those that are spoken of is an identity whose cluster is yet to come. */
export function countTargets(ids: readonly string[]): string {
  return plural(ids.length, ids.some(isIdentityId) ? 'target' : 'cluster')
}

/** Bytes as `71 MB`, in powers of ten as registries count. */
export function formatSize(bytes: number): string {
  return bytes < 1_000_000
    ? `${Math.ceil(bytes / 1000)} kB`
    : `${(bytes / 1_000_000).toFixed(bytes < 10_000_000 ? 1 : 0)} MB`
}

/** A scope in words: `resource group rg-shop`, `subscription …7f3a`, `management group platform`, `the tenant`, or the resource's name. */
export function formatResourceScope(scope: string): string {
  if (scope === '/') return 'the tenant'
  if (/^\/providers\/Microsoft\.Management\/managementGroups\/[^/]+$/i.test(scope))
    return `management group ${lastSegment(scope)}`
  if (/^\/subscriptions\/[^/]+$/i.test(scope)) return `subscription …${scope.slice(-4)}`
  if (/^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+$/i.test(scope)) return `resource group ${lastSegment(scope)}`
  return lastSegment(scope)
}
