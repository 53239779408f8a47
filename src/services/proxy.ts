import { unescape } from 'node:querystring'
import { encodeBasic, mask } from './runner/secrets.js'

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

/** Variables that name a proxy, as the Azure SDKs read them (@typespec/ts-http-runtime 0.3.6, `proxyPolicy`). */
const variables = ['HTTPS_PROXY', 'ALL_PROXY', 'HTTP_PROXY']

/** Masks the passwords of the proxies in the environment, as they stand there and as a proxy is sent them; to be called before anything is printed. */
export function maskProxyPasswords(): void {
  for (const name of variables.flatMap(each => [each, each.toLowerCase()])) {
    const text = process.env[name] ?? ''
    if (!URL.canParse(text)) continue
    const { username, password } = new URL(text)
    if (!password) continue
    // Unlike decodeURIComponent it throws at nothing: a proxy that no request goes through may have any password.
    const plain = unescape(password)
    mask(password)
    mask(plain)
    encodeBasic(unescape(username), plain)
  }
}
