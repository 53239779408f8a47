// Finds tokens and passwords in requests and answers, so that tests can look for them in what the action writes.

/** A request and its answer, as far as they may hold secrets. */
interface Said {
  headers: Headers
  /** As the request log has it. */
  requestBody: unknown
  answer: string
}

/** Names under which services give out, and are given, what nobody else may see (RFC 6749, RFC 7523). */
const names = new Set([
  'access_token',
  'assertion',
  'client_assertion',
  'clusterToken',
  'password',
  'refresh_token',
  'token',
])

/** Nothing shorter is looked for: it could be any word. */
const shortest = 12

/** Every secret that a client presented or was given: tokens, passwords, what kubeconfigs and signed URLs hold. */
export function findSecrets({ headers, requestBody, answer }: Said): string[] {
  const found: string[] = []
  const [scheme = '', presented = ''] = (headers.get('authorization') ?? '').split(' ')
  found.push(presented, headers.get('x-identity-header') ?? '')
  if (/^basic$/i.test(scheme)) {
    const [, password = ''] = /^[^:]*:(.*)$/s.exec(Buffer.from(presented, 'base64').toString()) ?? []
    found.push(password)
  }
  const look = (value: unknown, name = ''): void => {
    if (Array.isArray(value)) for (const each of value) look(each)
    else if (typeof value === 'object' && value !== null)
      for (const [key, each] of Object.entries(value)) look(each, key)
    else if (typeof value === 'string' && name === 'value') found.push(...inValue(value))
    else if (typeof value === 'string' && names.has(name)) found.push(value)
  }
  look(requestBody)
  look(parse(answer))
  for (const [, signature = ''] of answer.matchAll(/[?&]sig=([^"&\s]+)/g)) found.push(signature)
  return found.filter(secret => secret.length >= shortest && !/\s|^\//.test(secret))
}

/** GitHub calls its ID token so, and Azure a kubeconfig, and both many other things. */
function inValue(value: string): string[] {
  if (value.startsWith('eyJ')) return [value]
  const text = Buffer.from(value, 'base64').toString()
  if (!text.includes('apiVersion')) return []
  const its = text.matchAll(/(?:token|password|client-key-data)"?: *"?([^\s",]+)/g)
  return [value, ...[...its].map(([, secret = '']) => secret)]
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
