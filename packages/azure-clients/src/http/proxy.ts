import { unescape } from 'node:querystring'
import { mask } from 'runner'
import { readNoProxy } from './no-proxy.js'

/** A variable with a proxy that can't be used. */
export interface UnusableProxy {
  /** As spelled in the environment: `HTTPS_PROXY` or `https_proxy`. */
  variable: string
  /** Its value, without credentials. */
  found: string
}

/**
 * Reads the proxy variables as the runner and its toolkit do (actions/runner `RunnerWebProxy.cs`, @actions/http-client 4 `getProxyUrl`): `HTTPS_PROXY`
 * is only for HTTPS and `HTTP_PROXY` only for HTTP, lower case takes precedence, and an address without a scheme means `http://`. Like them and
 * kubectl, it ignores `ALL_PROXY`.
 */
export function readProxies(environment: NodeJS.ProcessEnv) {
  const noProxy = readVariable('NO_PROXY', environment).text
  const isBypassed = readNoProxy(noProxy)
  const isAllBypassed = noProxy.split(',').some(entry => entry.trim() === '*')
  const https = readProxy('HTTPS_PROXY', environment)
  const http = readProxy('HTTP_PROXY', environment)
  return {
    /** The proxy for HTTPS; undefined also if `NO_PROXY` is `*`. */
    https: isAllBypassed ? undefined : https.proxy,
    /** The proxy for a request; undefined if it needs none. */
    proxyFor(url: URL): URL | undefined {
      return isBypassed(url) ? undefined : (url.protocol === 'http:' ? http : https).proxy
    },
    /**
     * Finds the variables that requests need and that can't be used.
     * @param plain URLs without TLS that may be requested
     */
    findUnusable(plain: string[]): UnusableProxy[] {
      return [
        ...(isAllBypassed ? [] : https.unusable),
        ...(plain.every(url => isBypassed(new URL(url))) ? [] : http.unusable),
      ]
    },
  }
}

/** A variable in either spelling, without surrounding spaces. */
function readVariable(name: string, environment: NodeJS.ProcessEnv): { variable: string; text: string } {
  const lower = environment[name.toLowerCase()]?.trim()
  const upper = environment[name]?.trim()
  if (lower && lower !== upper) return { variable: name.toLowerCase(), text: lower }
  return { variable: name, text: upper ?? '' }
}

function readProxy(
  name: string,
  environment: NodeJS.ProcessEnv,
): { proxy: URL | undefined; unusable: UnusableProxy[] } {
  const { variable, text } = readVariable(name, environment)
  const proxy = parseProxy(text)
  return { proxy, unusable: text && !proxy ? [{ variable, found: withoutCredentials(text) }] : [] }
}

const schemePattern = /^[a-z][a-z0-9+.-]*:\/\//i

/** The URL of a proxy, in a form that all clients understand; undefined if it is empty or can't be used. */
function parseProxy(text: string): URL | undefined {
  const address = schemePattern.test(text) ? text : `http://${text}`
  if (text === '' || !URL.canParse(address)) return undefined
  const { protocol, host, port, username, password, pathname, search, hash } = new URL(address)
  const isHttp = protocol === 'http:' || protocol === 'https:'
  // An @ after the host means that the "host" is a part of credentials with a / or the like.
  if (!isHttp || port === '0' || `${pathname}${search}${hash}`.includes('@')) return undefined
  try {
    const url = new URL(`${protocol}//${host}`)
    url.username = encodeCredential(username)
    url.password = encodeCredential(password)
    return url
  } catch {
    return undefined // credentials that are not UTF-8
  }
}

/** Keeps a % that escapes nothing as it is, because clients throw on it. @throws URIError */
function encodeCredential(text: string): string {
  return encodeURIComponent(decodeURIComponent(text.replace(/%(?![0-9a-f]{2})/gi, '%25')))
}

const credentialsPattern = /^(?:[a-z][a-z0-9+.-]*:\/\/)?(.*)@/is

/** An address or something like it, without text after a colon, which could be a password. */
const addressPattern = /^(?:\[[\da-f:.]*\]|[\w.-]*)(?::\d*)?\/?$/i

function withoutCredentials(text: string): string {
  const [scheme = ''] = schemePattern.exec(text) ?? []
  const address = text.replace(credentialsPattern, '').replace(schemePattern, '')
  if (!addressPattern.test(address)) return 'text that is not an address'
  const hidden = credentialsPattern.test(text) ? '***@' : ''
  return `"${`${scheme}${hidden}${address}`.slice(0, 120)}"`
}

let known: { key: string; proxies: ReturnType<typeof readProxies> } | undefined

/** The proxies of this process's environment; read again only after it has changed. */
function currentProxies() {
  const names = ['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY']
  const key = JSON.stringify(names.flatMap(name => [process.env[name.toLowerCase()], process.env[name]]))
  if (known?.key !== key) known = { key, proxies: readProxies(process.env) }
  return known.proxies
}

/** The proxy for a request; undefined if it needs none. Everything that sends requests uses this. */
export function proxyFor(url: string): URL | undefined {
  return currentProxies().proxyFor(new URL(url))
}

/**
 * Finds the variables that the step's requests need and that can't be used.
 * @param plain URLs without TLS that it may request
 */
export function findUnusableProxies(plain: string[]): UnusableProxy[] {
  return currentProxies().findUnusable(plain)
}

/** A proxy without its credentials. */
export function describeProxy({ protocol, host }: URL): string {
  return `${protocol}//${host}`
}

/** What to check if something in between answered in place of the service. */
export function describeWay(): string {
  const { https } = currentProxies()
  if (!https) return 'the firewall, and whether HTTPS_PROXY must be set'
  return `the proxy ${describeProxy(https)} (HTTPS_PROXY, NO_PROXY)`
}

/** The variables that any client reads, including programs that the step starts. */
const proxyVariables = ['HTTPS_PROXY', 'ALL_PROXY', 'HTTP_PROXY']

/**
 * Masks the passwords of the proxies in the environment: as written, as clients print them, and as they are sent. Call it before anything is printed.
 */
export function maskProxyPasswords(): void {
  for (const name of proxyVariables.flatMap(each => [each, each.toLowerCase()])) {
    const text = process.env[name]?.trim() ?? ''
    const [, credentials = ''] = credentialsPattern.exec(text) ?? []
    const [, username = '', password = ''] = /^([^:]*):(.+)$/s.exec(credentials) ?? []
    if (!password) continue
    // Unlike decodeURIComponent, it never throws: an unused proxy can have any password.
    const plain = unescape(password)
    for (const form of [password, plain, parseProxy(text)?.password ?? '']) mask(form)
    encodeBasic(unescape(username), plain)
  }
}

/** The credentials of HTTP's Basic authentication (RFC 7617), masked. */
export function encodeBasic(username: string, password: string): string {
  const encoded = Buffer.from(`${username}:${password}`).toString('base64')
  mask(encoded)
  return encoded
}
