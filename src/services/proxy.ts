/** The proxy that HTTPS requests go through, without its credentials; empty when there is none. */
export function readProxy({ HTTPS_PROXY, https_proxy }: NodeJS.ProcessEnv = process.env): string {
  const text = (HTTPS_PROXY || https_proxy) ?? ''
  const { protocol, host } = URL.canParse(text) ? new URL(text) : {}
  if (protocol && host) return `${protocol}//${host}`
  return text && 'that of HTTPS_PROXY'
}

/** What to check when something on the way answered in place of the service. */
export function describeWay(): string {
  const proxy = readProxy()
  return proxy ? `the proxy ${proxy} (HTTPS_PROXY, NO_PROXY)` : 'the firewall, and whether HTTPS_PROXY must be set'
}
