/** Registries whose token service is outside of their own domain. */
const knownRealms: Partial<Record<string, string>> = { 'registry-1.docker.io': 'auth.docker.io' }

/** Domains in which anyone can have a host, so that hosts below them do not share an owner. */
const sharedDomains =
  /(^|\.)(azurecr\.(io|us|cn)|pkg\.dev|gcr\.io|amazonaws\.com(\.cn)?|jfrog\.io|ocir\.io|azurewebsites\.net|github\.io)$/i

/**
 * Whether a registry may name an address to get tokens from: itself, a host of its own domain (registry.gitlab.com and gitlab.com), or a known
 * one. Credentials go there, so it must not be anybody's, and never be asked in the clear.
 */
export function isOwnRealm(realm: string, registryHost: string): boolean {
  const { protocol, host } = new URL(realm)
  if (protocol !== 'https:') return false
  if (host === registryHost || knownRealms[registryHost] === host) return true
  if (sharedDomains.test(host) || sharedDomains.test(registryHost)) return false
  const domain = domainOf(registryHost)
  return domain !== undefined && domain === domainOf(host)
}

/** The part of a host name that has one owner: two labels, or three below a country's second level (co.uk); undefined for IP addresses. */
function domainOf(host: string): string | undefined {
  const labels = host.replace(/:\d+$/, '').toLowerCase().split('.')
  const [second = '', top = ''] = labels.slice(-2)
  if (labels.length < 2 || !/^[a-z-]{2,}$/.test(top)) return undefined
  const count = top.length === 2 && second.length <= 3 ? 3 : 2
  return labels.length < count ? undefined : labels.slice(-count).join('.')
}
