/**
 * Whether a status says that the request was not carried out, and that another try can succeed: the server is not responsible for it on this connection,
 * or doesn't want it so early (RFC 9110, section 15.5.20, and RFC 8470, section 5.2).
 */
export function isMisdirected(status: number): boolean {
  return status === 421 || status === 425
}

/** Whether a status leaves open if the request was carried out. */
export function isOpen(status: number): boolean {
  return status === 408 || status >= 500
}
