/** One request as the simulator saw it. */
export interface RequestRecord {
  /** When the whole request had arrived, in epoch milliseconds. */
  readonly at: number
  readonly method: string
  readonly host: string
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  /** Whether it only reads on a list that variations have cut into pages: the request before it is the one for the list. */
  readonly isFurtherPage: boolean
  /** 0 if the connection was closed. */
  status: number
  /** From then until its answer. */
  durationMs: number
  /** Parsed JSON or form, otherwise text; undefined without a body. */
  requestBody: unknown
  responseBytes: number
  /** Display name of the token's principal. */
  caller: string | undefined
  readonly clientRequestId: string | undefined
  readonly userAgent: string | undefined
  /** The OpenAPI operation, if the specifications define it. */
  operation: string | undefined
}

/** Parses a request body for the log. */
export function readBody(bytes: Uint8Array, contentType: string | null): unknown {
  if (bytes.length === 0) return undefined
  const text = new TextDecoder().decode(bytes)
  if (contentType?.includes('json') === true) {
    try {
      return JSON.parse(text) as unknown
    } catch {
      return text
    }
  }
  if (contentType?.includes('x-www-form-urlencoded') === true) return Object.fromEntries(new URLSearchParams(text))
  return text
}

/** Formats a request as one readable line. */
export function formatRecord(record: RequestRecord): string {
  const query = Object.keys(record.query).length === 0 ? '' : '?' + new URLSearchParams(record.query).toString()
  return [
    record.status.toString().padStart(3),
    record.method.padEnd(6),
    `https://${record.host}${record.path}${query}`,
    `${String(Math.round(record.durationMs))} ms`,
    record.caller ?? '',
  ]
    .join(' ')
    .trimEnd()
}
