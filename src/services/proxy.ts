import { unescape } from 'node:querystring'
import { readNoProxy } from './no-proxy.js'
import { encodeBasic, mask } from './runner/secrets.js'

/** A variable that names a proxy which can't be used. */
export interface UnusableProxy {
  /** As it is spelled in the environment: `HTTPS_PROXY` or `https_proxy`. */
  variable: string
  /** What it holds, without credentials. */
  found: string
}

/** Which way requests go, as the environment has it. */
export interface Ways {
  /** The proxy for requests by HTTPS, unless `NO_PROXY` is `*`. */
  https: URL | undefined
  /** The proxy that a request goes through; undefined when it goes straight to its host. */
  proxyFor(url: URL): URL | undefined
  /**
   * The variables that requests need and that can't be used.
   * @param plain URLs without TLS that may be asked for
   */
  findUnusable(plain: string[]): UnusableProxy[]
}

/**
 * Reads the proxy variables as the runner and its toolkit do (actions/runner `RunnerWebProxy.cs`, @actions/http-client 4 `getProxyUrl`): `HTTPS_PROXY`
 * is for HTTPS alone and `HTTP_PROXY` for HTTP alone, the spelling in lower case comes first, and an address without a scheme means `http://`. Neither
 * they nor kubectl read `ALL_PROXY`.
 */
export function readWays(environment: NodeJS.ProcessEnv): Ways {
  const noProxy = readVariable('NO_PROXY', environment).text
  const isBypassed = readNoProxy(noProxy)
  const isAllBypassed = noProxy.split(',').some(entry => entry.trim() === '*')
  const https = readProxy('HTTPS_PROXY', environment)
  const http = readProxy('HTTP_PROXY', environment)
  return {
    https: isAllBypassed ? undefined : https.proxy,
    proxyFor: url => (isBypassed(url) ? undefined : (url.protocol === 'http:' ? http : https).proxy),
    findUnusable: plain => [
      ...(isAllBypassed ? [] : https.unusable),
      ...(plain.every(url => isBypassed(new URL(url))) ? [] : http.unusable),
    ],
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

/** The URL of a proxy, in a form that every client understands; undefined for none, and for one that can't be used. */
function parseProxy(text: string): URL | undefined {
  const address = schemePattern.test(text) ? text : `http://${text}`
  if (text === '' || !URL.canParse(address)) return undefined
  const { protocol, host, port, username, password, pathname, search, hash } = new URL(address)
  const isHttp = protocol === 'http:' || protocol === 'https:'
  // With an @ behind the host, what looks like the host is a part of credentials that hold a / or the like.
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

/** Clients throw at a % that escapes nothing, which stands for itself here. @throws URIError */
function encodeCredential(text: string): string {
  return encodeURIComponent(decodeURIComponent(text.replace(/%(?![0-9a-f]{2})/gi, '%25')))
}

const credentialsPattern = /^(?:[a-z][a-z0-9+.-]*:\/\/)?(.*)@/is

/** An address or something like it: no text behind a colon, which might be a password. */
const addressPattern = /^(?:\[[\da-f:.]*\]|[\w.-]*)(?::\d*)?\/?$/i

/** The value of a variable as a message shows it. */
function withoutCredentials(text: string): string {
  const [scheme = ''] = schemePattern.exec(text) ?? []
  const address = text.replace(credentialsPattern, '').replace(schemePattern, '')
  if (!addressPattern.test(address)) return 'text that is not an address'
  const hidden = credentialsPattern.test(text) ? '***@' : ''
  return `"${`${scheme}${hidden}${address}`.slice(0, 120)}"`
}

let known: { key: string; ways: Ways } | undefined

/** The ways of this process's environment, which are read anew only when it has changed. */
function currentWays(): Ways {
  const names = ['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY']
  const key = JSON.stringify(names.flatMap(name => [process.env[name.toLowerCase()], process.env[name]]))
  if (known?.key !== key) known = { key, ways: readWays(process.env) }
  return known.ways
}

/** The proxy that a request goes through; undefined when it goes straight to its host. Everything that sends something asks here. */
export function proxyFor(url: string): URL | undefined {
  return currentWays().proxyFor(new URL(url))
}

/**
 * The variables that the step's requests need and that can't be used.
 * @param plain URLs without TLS that it may ask
 */
export function findUnusableProxies(plain: string[]): UnusableProxy[] {
  return currentWays().findUnusable(plain)
}

/** A proxy without its credentials. */
export function describeProxy({ protocol, host }: URL): string {
  return `${protocol}//${host}`
}

/** What to check when something on the way answered in place of the service. */
export function describeWay(): string {
  const { https } = currentWays()
  if (!https) return 'the firewall, and whether HTTPS_PROXY must be set'
  return `the proxy ${describeProxy(https)} (HTTPS_PROXY, NO_PROXY)`
}

/** Every variable that some client reads, programs that the step starts included. */
const proxyVariables = ['HTTPS_PROXY', 'ALL_PROXY', 'HTTP_PROXY']

/**
 * Masks the passwords of the proxies in the environment, as they stand there, as a client prints them, and as a proxy is sent them; to be called before
 * anything is printed.
 */
export function maskProxyPasswords(): void {
  for (const name of proxyVariables.flatMap(each => [each, each.toLowerCase()])) {
    const text = process.env[name]?.trim() ?? ''
    const [, credentials = ''] = credentialsPattern.exec(text) ?? []
    const [, username = '', password = ''] = /^([^:]*):(.+)$/s.exec(credentials) ?? []
    if (!password) continue
    // Unlike decodeURIComponent it throws at nothing: a proxy that no request goes through may have any password.
    const plain = unescape(password)
    for (const form of [password, plain, parseProxy(text)?.password ?? '']) mask(form)
    encodeBasic(unescape(username), plain)
  }
}
