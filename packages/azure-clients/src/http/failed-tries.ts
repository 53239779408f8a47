import { type PipelineRequest, RestError } from '@azure/core-rest-pipeline'
import { isOpen } from 'kernel'

/** Failures of requests of which nothing was sent. */
const unsent = new WeakSet<object>()

/** Notes that a request failed before anything of it was sent: no connection was opened for it. */
export function noteUnsent(failure: RestError): void {
  unsent.add(failure)
}

/** Codes of certificates that Node refuses: the next try gets the same one (nodejs.org/api/tls.html, "X509 certificate error codes"). */
const certificatePattern = /CERT|CRL|^(HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED)$/

/**
 * Whether a request got no answer, for a reason that can pass: DNS (`EAI_AGAIN`), the way to the server (`EHOSTUNREACH`, `ENETDOWN`), the connection
 * (`ECONNRESET`, `EPIPE`), a proxy that hangs up, an answer that isn't HTTP (`HPE_…`), a time limit, or an answer that can't be used. These are all
 * codes but those of certificates: a needless try costs a second, and a missing one the whole run. A failure without a code is a decision not to send
 * the request, or not to send it again.
 */
export function isPassing({ code, response }: RestError): boolean {
  return response === undefined && code !== undefined && !certificatePattern.test(code)
}

/** Whether a failed request had no effect: it was refused, or never sent. */
export function hadNoEffect(thrown: unknown): boolean {
  if (!(thrown instanceof RestError)) return false
  const { statusCode } = thrown
  return unsent.has(thrown) || (statusCode !== undefined && !isOpen(statusCode))
}

/**
 * Whether a request starts something each time that it is sent, so that only one without effect is sent again: AKS Run Command would start another pod
 * in the cluster (azure-cli sends it with `retry_total = 0`, acs/custom.py). The caller can find out what was started.
 */
export function startsSomething({ method, url }: PipelineRequest): boolean {
  return method === 'POST' && /\/managedClusters\/[^/]+\/runCommand$/i.test(new URL(url).pathname)
}
