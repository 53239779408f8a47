// Finds tokens and passwords in requests and answers, so that tests can search the action's output for them.

/** The parts of a request and its answer that can hold secrets. */
interface Traffic {
  headers: Headers
  /** As in the request log. */
  requestBody: unknown
  answer: string
}

/** Property names of secrets that services issue or receive (RFC 6749, RFC 7523). */
const names = new Set([
  'access_token',
  'assertion',
  'client_assertion',
  'clusterToken',
  'password',
  'refresh_token',
  'token',
])

/** Shorter values could be ordinary words. */
const minLength = 12

/** Every secret that a client sent or received: tokens, passwords, and the secrets in kubeconfigs and signed URLs. */
export function findSecrets({ headers, requestBody, answer }: Traffic): string[] {
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
  return found.filter(secret => secret.length >= minLength && !/\s|^\//.test(secret))
}

/** The key of GitHub's ID token and of Azure's kubeconfig, among many other values. */
function inValue(value: string): string[] {
  if (value.startsWith('eyJ')) return [value]
  const text = Buffer.from(value, 'base64').toString()
  if (!text.includes('apiVersion')) return []
  const secrets = text.matchAll(/(?:token|password|client-key-data)"?: *"?([^\s",]+)/g)
  return [value, ...[...secrets].map(([, secret = '']) => secret)]
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
