// Reports query parameters, headers and properties of bodies that a service was sent and did not look at.
import type { Context, MiddlewareHandler } from 'hono'
import type { ServiceEnvironment } from '../model/exchange.js'

/** Headers that ask a service for something, whichever it is. */
const askingHeaders = [
  ...['if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since', 'prefer', 'range'],
  ...['consistencylevel', 'x-http-method-override', 'x-ms-authorization-auxiliary'],
]

/** The signature of an operation's URL, which comes back as it was given out. */
const signatureParameters = ['t', 'c', 's', 'h']

interface Leniency {
  /** Query parameters that mean nothing to the service. */
  readonly parameters?: readonly string[]
  /** Headers that change nothing here, whatever they say. */
  readonly headers?: readonly string[]
  /** Properties of bodies, as paths, of which the service's documentation says that they are ignored. */
  readonly properties?: readonly RegExp[]
}

/**
 * Notes as a problem what a client asked for and nobody looked at before the request succeeded: query parameters, properties of the body, and
 * headers that ask for something. So what the simulator does not act on is never ignored in silence.
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

/** Notes which query parameters and headers are asked for by name. */
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
  /** Paths of what nobody has read; of an object of which nothing was read its own path, unless it was taken as a whole. */
  readonly unread: () => string[]
}

/** A JSON value that notes which of its properties are read. */
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
    // Nothing in it was read: it was stored or compared as it is.
    if (keys === undefined || ![...keys].some(key => key in inner)) return []
    return Object.entries(inner).flatMap(([key, item]) =>
      // What is null or empty asks for nothing.
      keys.has(key) || item === null || item === '' || isEmpty(item)
        ? unread(item, `${path}/${key}`)
        : [`${path}/${key}`],
    )
  }
  return { value: wrap(value), unread: () => unread(value, '') }
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

const isEmpty = (value: unknown): boolean => isObject(value) && Object.keys(value).length === 0
