// Reports query parameters, headers and body properties that a service received and didn't read.
import type { Context, MiddlewareHandler } from 'hono'
import type { ServiceEnvironment } from '../model/exchange.js'

/** Headers that request something from any service. */
const askingHeaders = [
  ...['if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since', 'prefer', 'range'],
  ...['consistencylevel', 'x-http-method-override', 'x-ms-authorization-auxiliary'],
]

/** The signature in an operation's URL, which clients send back unchanged. */
const signatureParameters = ['t', 'c', 's', 'h']

interface Leniency {
  /** Query parameters that have no effect on the service. */
  readonly parameters?: readonly string[]
  /** Headers that have no effect here, whatever their value. */
  readonly headers?: readonly string[]
  /** Paths of body properties that are ignored according to the service's documentation. */
  readonly properties?: readonly RegExp[]
}

/**
 * Records as a problem what a client sent and nothing read before the request succeeded: query parameters, body
 * properties, and headers that request something. So the simulator never silently ignores what it doesn't support.
 */
export function notingUnread<E extends ServiceEnvironment>({
  parameters = [],
  headers = [],
  properties = [],
}: Leniency = {}): MiddlewareHandler<E> {
  return async (c, next) => {
    const read = new Set<string>([...parameters, ...signatureParameters])
    const seen = new Set<string>(headers)
    watch(c, read, seen)
    let body: Watched | undefined
    const json = c.req.json.bind(c.req)
    c.req.json = async <T>() => {
      body ??= watchReads(await json<unknown>())
      return body.value as T
    }
    await next()
    if (!c.res.ok) return
    const names = Object.keys(c.req.queries()).filter(name => !read.has(name.toLowerCase()))
    for (const name of names) c.env.problem(`the query parameter ${name} is not simulated here`)
    const asking = askingHeaders.filter(name => !seen.has(name) && c.req.raw.headers.has(name))
    for (const name of asking) c.env.problem(`the header ${name} is not simulated here`)
    const sent = c.env.record.requestBody
    const unread = body?.unread() ?? (isObject(sent) ? Object.keys(sent).map(name => `/${name}`) : [])
    for (const path of unread) {
      if (!properties.some(pattern => pattern.test(path))) c.env.problem(`${path} of the body is not simulated here`)
    }
  }
}

/** Tracks which query parameters and headers are read by name. */
function watch(c: Context, read: Set<string>, seen: Set<string>): void {
  const { req } = c
  const query = req.query.bind(req) as (name?: string) => unknown
  req.query = ((name?: string) => {
    if (name !== undefined) read.add(name.toLowerCase())
    return query(name)
  }) as typeof req.query
  const header = req.header.bind(req) as (name?: string) => unknown
  req.header = ((name?: string) => {
    if (name !== undefined) seen.add(name.toLowerCase())
    return header(name)
  }) as typeof req.header
}

interface Watched {
  readonly value: unknown
  /**
   * Paths of everything unread; an object's own path if none of its properties was read, unless it was used as a whole.
   */
  readonly unread: () => string[]
}

/** A JSON value that tracks which of its properties are read. */
function watchReads(value: unknown): Watched {
  const read = new Map<object, Set<string>>()
  const proxies = new Map<object, object>()
  const wrap = (inner: unknown): unknown => {
    if (typeof inner !== 'object' || inner === null) return inner
    const known = proxies.get(inner)
    if (known !== undefined) return known
    const keys = new Set<string>()
    read.set(inner, keys)
    const proxy = new Proxy(inner, {
      get(target, key, receiver) {
        if (typeof key === 'string') keys.add(key)
        return wrap(Reflect.get(target, key, receiver))
      },
    })
    proxies.set(inner, proxy)
    return proxy
  }
  const unread = (inner: unknown, path: string): string[] => {
    if (typeof inner !== 'object' || inner === null) return []
    const keys = read.get(inner)
    // Nothing in it was read: it was stored or compared as a whole.
    if (keys === undefined || ![...keys].some(key => key in inner)) return []
    return Object.entries(inner).flatMap(([key, item]) =>
      // Null and empty values request nothing.
      keys.has(key) || item === null || item === '' || isEmpty(item)
        ? unread(item, `${path}/${key}`)
        : [`${path}/${key}`],
    )
  }
  return { value: wrap(value), unread: () => unread(value, '') }
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

const isEmpty = (value: unknown): boolean => isObject(value) && Object.keys(value).length === 0
