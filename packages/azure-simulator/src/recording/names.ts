// Replaces names and IDs in recordings with invented ones.
import { builtInRoles } from '../model/built-in-roles.js'
import { aksServerApplication } from '../services/tokens/access-tokens.js'

/** The replacements for names and IDs in a recording; each always has the same replacement. */
export interface Replacements {
  /** Replaces every known name and ID in a text. */
  clean(text: string): string
  /** Every replaced text, to check that none is left. */
  readonly originals: readonly string[]
}

const guid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi
const plainGuid = /(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])/gi
const digest = /sha256:[0-9a-f]{64}/gi
const address = /(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])/g
const address6 = /(?<![0-9a-f:])(?:[0-9a-f]{1,4}:){4,7}[0-9a-f]{1,4}(?![0-9a-f:])/gi
const mail = /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g

/** Well-known GUIDs: built-in roles, the AKS server application, and the empty GUID. */
const wellKnown = new Set([
  ...builtInRoles.map(({ name }) => name),
  aksServerApplication,
  '00000000-0000-0000-0000-000000000000',
])

/** The prefix of replacement names by resource type. */
const prefixes: Readonly<Record<string, string>> = {
  resourcegroups: 'group',
  registries: 'registry',
  managedclusters: 'cluster',
  userassignedidentities: 'identity',
  agentpools: 'pool',
}

/** Azure's own words. As names they reveal nothing, and replacing them would change the meaning of answers. */
const words = new Set(
  'default system agentpool nodepool latest basic standard premium owner reader contributor registries registry cluster clusters identity group groups kubelet kubeletidentity windows linux current'.split(
    ' ',
  ),
)

/** Collects the names in all texts of a recording and numbers them. */
export function createReplacements(texts: readonly string[], knownNames: readonly string[]): Replacements {
  const names = new Map<string, string>()
  const add = (name: string, prefix: string): void => {
    const key = name.toLowerCase()
    if (key.length < 4 || names.has(key) || words.has(key) || /^[\d.-]+$/.test(key)) return
    if (key.replace(guid, '') === '' || key.replace(plainGuid, '') === '' || key.startsWith('sha256')) return
    const index = [...names.values()].filter(replacement => replacement.startsWith(prefix)).length + 1
    names.set(key, `${prefix}${String(index).padStart(6, '0')}`)
  }
  for (const text of texts) {
    for (const { name, prefix } of namesIn(text)) add(name, prefix)
  }
  for (const name of knownNames) add(name, 'name')

  const pattern =
    names.size === 0
      ? undefined
      : new RegExp(
          `(?<![A-Za-z0-9])(?:${[...names.keys()]
            .sort((a, b) => b.length - a.length)
            .map(name => name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
            .join('|')})(?![A-Za-z0-9])`,
          'gi',
        )
  const numbered = new Map<string, string>()
  const replace = (original: string, form: (number: number) => string): string => {
    const key = original.toLowerCase()
    const known = numbered.get(key)
    if (known !== undefined) return known
    const made = form([...numbered.values()].length + 1)
    numbered.set(key, made)
    return made
  }
  const guidOf = (text: string): string => {
    if (wellKnown.has(text.toLowerCase()) || text.startsWith(madeGuidPrefix)) return text
    return replace(text, number => `${madeGuidPrefix}${String(number).padStart(12, '0')}`)
  }
  const dashed = (text: string): string => text.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')

  return {
    get originals() {
      return [...names.keys(), ...numbered.keys()]
    },
    clean(text) {
      const ids = text
        .replace(digest, found => replace(found, number => `sha256:${String(number).padStart(64, '0')}`))
        .replace(mail, found => replace(found, number => `someone${String(number)}@example.com`))
        .replace(guid, guidOf)
        .replace(plainGuid, found => guidOf(dashed(found.toLowerCase())).replaceAll('-', ''))
        .replace(address, found =>
          isKept(found) ? found : replace(found, number => `203.0.113.${String(number % 256)}`),
        )
        .replace(address6, found => replace(found, number => `2001:db8::${String(number)}`))
      return pattern === undefined ? ids : ids.replace(pattern, found => names.get(found.toLowerCase()) ?? found)
    },
  }
}

const madeGuidPrefix = '10000000-0000-4000-8000-'

/** Loopback, wildcard and private addresses are the same everywhere; other matches aren't addresses at all. */
const isKept = (text: string): boolean =>
  text.split('.').some(part => Number(part) > 255) ||
  /^(?:0|10|127|172\.(?:1[6-9]|2\d|3[01])|192\.168|169\.254|203\.0\.113)\./.test(text)

/** Names of resources in IDs and URLs, of repositories, of registry and cluster hosts, and of tenants. */
function namesIn(text: string): { name: string; prefix: string }[] {
  const found: { name: string; prefix: string }[] = []
  const add = (name: string | undefined, prefix: string): void => {
    if (name !== undefined) found.push({ name: decoded(name), prefix })
  }
  for (const [, group] of text.matchAll(/\/resourceGroups\/([^/?#\s'",)\]]+)/gi)) add(group, 'group')
  for (const [, path = ''] of text.matchAll(/\/providers\/[\w.]+((?:\/\w+\/[^/?#\s'",)\]]+)+)/gi)) {
    const segments = path.split('/').slice(1)
    for (let index = 0; index + 1 < segments.length; index += 2) {
      const kind = segments[index]?.toLowerCase() ?? ''
      // Regions and operation names are Azure's own.
      if (kind === 'locations') break
      if (kind !== 'providers') add(segments[index + 1], prefixes[kind] ?? 'name')
    }
  }
  for (const [, repository] of text.matchAll(/\/v2\/([^?#\s'"]+?)\/(?:manifests|tags|blobs|referrers)\//g))
    add(repository, 'repository')
  for (const [, repository] of text.matchAll(/\/acr\/v1\/([^?#\s'"_]+?)(?:\/_|[?#\s'"]|$)/g))
    add(repository, 'repository')
  for (const [, label] of text.matchAll(/([\w-]+)(?:\.\w+\.(?:data|geo))?\.azurecr\.(?:io|us|cn)/gi))
    add(label, 'registry')
  for (const [, label] of text.matchAll(
    /([\w-]+)(?:\.[\w-]+)*\.(?:azmk8s\.io|containerservice\.azure\.us|azk8s\.cn)/gi,
  ))
    add(label, 'host')
  for (const [, tenant] of text.matchAll(/([\w-]+)\.(?:onmicrosoft|partner\.onmschina)\.\w+/gi)) add(tenant, 'tenant')
  return found
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
