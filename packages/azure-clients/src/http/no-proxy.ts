import { BlockList, isIPv4, isIPv6 } from 'node:net'
import { domainToASCII } from 'node:url'

/** Whether a host is reached without a proxy. */
type Bypass = (host: string, port: string) => boolean

/** `10.0.0.0/8` or `fd00::/8`. */
const networkPattern = /^([\d.]+|[\da-f:.]*:[\da-f:.]*)\/(\d{1,3})$/

/** `host`, `host:port`, `[address]` or `[address]:port`. */
const entryPattern = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d*))?$/

/** Both clients always reach the machine itself without a proxy. */
const isLoopback: Bypass = host => /(^|\.)localhost$|^::1$/.test(host) || (host.startsWith('127.') && isIPv4(host))

/**
 * Reads `NO_PROXY`: entries separated by commas, in any letter case. Accepts the entries of GitHub's toolkit (@actions/http-client 4, `checkBypass`) and of
 * kubectl (golang.org/x/net/http/httpproxy): `*` for all hosts; `corp.example` for that host and its subdomains; `.corp.example` and `*.corp.example` for
 * subdomains only; IP addresses; networks in CIDR notation, for hosts that are given by address, because no name is resolved. All but networks can have a
 * port. Any other entry matches nothing.
 */
export function readNoProxy(text: string): (url: URL) => boolean {
  const entries = text
    .toLowerCase()
    .split(',')
    .map(entry => entry.trim())
    .filter(Boolean)
  const bypasses = entries.includes('*') ? [() => true] : [isLoopback, ...entries.map(readBypass)]
  return ({ hostname, port, protocol }) => {
    const host = hostname.replace(/^\[(.*)\]$/, '$1')
    return bypasses.some(bypass => bypass(host, port || (protocol === 'http:' ? '80' : '443')))
  }
}

/** @param entry in lower case */
function readBypass(entry: string): Bypass {
  const [, network, prefix] = networkPattern.exec(entry) ?? []
  if (network !== undefined) return matchNetwork(network, Number(prefix))
  const [, address, name, port = ''] = familyOf(entry) ? ['', entry] : (entryPattern.exec(entry) ?? [])
  const host = address ?? name ?? ''
  const matches = familyOf(host) ? matchNetwork(host) : matchName(host)
  return (targetHost, targetPort) => (port === '' || port === targetPort) && matches(targetHost, targetPort)
}

function matchName(text: string): Bypass {
  const isSubdomainsOnly = /^\*?\./.test(text)
  const plain = text.replace(/^\*?\./, '')
  // URLs use the ASCII form of a name.
  const name = /\P{ASCII}/u.test(plain) ? domainToASCII(plain) : plain
  if (name === '') return () => false
  // An address has no subdomains; only the toolkit compares its end, and doesn't know the star.
  const isStar = text.startsWith('*')
  return host => (host.endsWith(`.${name}`) && !(isStar && familyOf(host))) || (!isSubdomainsOnly && host === name)
}

/** @param prefix length of the network prefix, in bits; absent for one address */
function matchNetwork(address: string, prefix?: number): Bypass {
  const family = familyOf(address)
  const maxPrefix = family === 4 ? 32 : 128
  if (family === 0 || (prefix ?? 0) > maxPrefix) return () => false
  const list = new BlockList()
  list.addSubnet(address, prefix ?? maxPrefix, family === 4 ? 'ipv4' : 'ipv6')
  return host => {
    const version = familyOf(host)
    // Otherwise, ::/0 would also contain every IPv4 address.
    if (version === 0 || (prefix !== undefined && version !== family)) return false
    return list.check(host, version === 4 ? 'ipv4' : 'ipv6')
  }
}

/** As Node's `isIP`, which takes 3 ms the first time to compile its expression for version 6, for names too. */
function familyOf(text: string): 0 | 4 | 6 {
  if (isIPv4(text)) return 4
  return text.includes(':') && isIPv6(text) ? 6 : 0
}
