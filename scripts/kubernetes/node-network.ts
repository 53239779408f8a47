// The network between real nodes and simulated registries: without the proxy, and broken in the ways of networks.
import { execFile } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { request } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { sharedCertificateAuthority } from 'azure-simulator/certificates'
import type { Settings } from './settings.js'

/** What nodes meet at the address of a host. */
export type Way =
  /** The simulator. */
  | 'open'
  /** Their packets are dropped. */
  | 'dropped'
  /** Nothing listens. */
  | 'refused'
  /** A server that accepts connections and says nothing. */
  | 'silent'
  /** A server that resets connections. */
  | 'reset'
  /** The simulator, but nothing arrives after the first 20,000 bytes of a connection. */
  | 'stalled'
  /** A server with a certificate of an authority that nodes don't trust. */
  | 'untrusted'
  /** No address: the resolver is asked. */
  | 'unnamed'

/** What the nodes' resolver says: no such name, that it failed, or nothing. */
export type Resolver = 'NXDOMAIN' | 'SERVFAIL' | 'silent'

interface Network {
  /** Hosts, and what nodes meet there from now on. */
  hosts: Record<string, Way>
  /** The nodes' own resolver by default. */
  resolver?: Resolver
}

export interface NodeNetwork {
  set: (network: Network) => Promise<void>
  close: () => Promise<void>
}

/** Changes and restores the network of nodes by `--on-node`. */
export function openNetwork({ listen, onNode }: Settings, nodes: readonly string[]): NodeNetwork {
  const closers: (() => Promise<void>)[] = []
  const release = async (): Promise<void> => {
    for (const close of closers.splice(0)) await close()
  }
  const onAll = (command: string) =>
    Promise.all(
      nodes.map(node =>
        promisify(execFile)('sh', ['-c', onNode], {
          env: { ...process.env, NODE: node, COMMAND: command },
          timeout: 60_000,
        }),
      ),
    )
  const portOf = async (host: string, way: Way): Promise<number> => {
    // Nothing listens at the port of a server that is closed.
    const server = way === 'refused' ? createServer() : await serverOf(listen, host, way)
    const sockets = new Set<Socket>()
    server.on('connection', (socket: Socket) => {
      sockets.add(socket)
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket))
    })
    await new Promise<void>(resolve => server.listen(0, listen.host, resolve))
    const { port } = server.address() as AddressInfo
    const close = async (): Promise<void> => {
      for (const socket of sockets) socket.destroy()
      await new Promise(resolve => server.close(resolve))
    }
    if (way === 'refused') await close()
    else closers.push(close)
    return port
  }
  return {
    async set({ hosts, resolver }) {
      await release()
      const lines = [restore, ...['nat', 'filter'].flatMap(table => [`iptables -w -t ${table} -N ${chain}`])]
      for (const [index, [host, way]] of Object.entries(hosts).entries()) {
        const address = `198.51.100.${index + 1}`
        if (way !== 'unnamed') lines.push(`echo '${address} ${host} # ${chain}' >> /etc/hosts`)
        if (way === 'dropped') lines.push(`iptables -w -t filter -A ${chain} -d ${address} -j DROP`)
        else if (way !== 'unnamed') lines.push(forward(address, 'tcp', 443, listen.host, await portOf(host, way)))
      }
      if (resolver !== undefined) {
        const { port, close } = await startResolver(listen.host, resolver)
        closers.push(close)
        lines.push(
          forward('198.51.100.53', 'udp', 53, listen.host, port),
          `own=$(sed 's/^/# ${chain} /' /etc/resolv.conf)`,
          `printf '%s\\nnameserver 198.51.100.53\\n' "$own" > /etc/resolv.conf`,
        )
      }
      lines.push(...['nat', 'filter'].map(table => `iptables -w -t ${table} -I OUTPUT -j ${chain}`))
      await onAll(['set -e', ...lines].join('\n'))
      // Go reads both files again after five seconds (Go `net/hosts.go` and `net/dnsclient_unix.go`).
      await pause(6000)
    },
    async close() {
      await onAll(restore)
      await release()
    },
  }
}

/** The name of our chains of iptables, and the mark of our lines. */
const chain = 'attach-acr-tests'

/** Takes back what was set. The files may be mounts, which can't be replaced. */
const restore = `
command -v iptables > /dev/null || { echo 'iptables is not installed' >&2; exit 1; }
for table in nat filter; do
  iptables -w -t $table -D OUTPUT -j ${chain} 2>/dev/null || true
  iptables -w -t $table -F ${chain} 2>/dev/null || true
  iptables -w -t $table -X ${chain} 2>/dev/null || true
done
own=$(sed '/# ${chain}$/d' /etc/hosts)
printf '%s\\n' "$own" > /etc/hosts
if grep -q '^# ${chain} ' /etc/resolv.conf; then
  own=$(sed -n 's/^# ${chain} //p' /etc/resolv.conf)
  printf '%s\\n' "$own" > /etc/resolv.conf
fi`

const forward = (address: string, protocol: string, from: number, host: string, to: number): string =>
  `iptables -w -t nat -A ${chain} -d ${address} -p ${protocol} --dport ${from} -j DNAT --to-destination ${host}:${to}`

async function serverOf(proxy: Settings['listen'], host: string, way: Way): Promise<Server> {
  switch (way) {
    case 'untrusted': {
      const authority = await sharedCertificateAuthority()
      const SNICallback = (
        name: string,
        done: (error: null, context: Awaited<ReturnType<typeof authority.secureContext>>) => void,
      ) =>
        void authority.secureContext(name).then(context => {
          done(null, context)
        })
      return createHttpsServer({ SNICallback }).on('tlsClientError', (_error, socket) => socket.destroy())
    }
    case 'reset':
      return createServer(socket => socket.resetAndDestroy())
    case 'open':
    case 'stalled':
      return createServer(socket => {
        tunnel(proxy, host, socket, way === 'stalled' ? 20_000 : Infinity)
      })
    default:
      return createServer()
  }
}

/** Connects to a host of the simulator. */
function tunnel(proxy: Settings['listen'], host: string, socket: Socket, maxBytes: number): void {
  request({ ...proxy, method: 'CONNECT', path: `${host}:443` })
    .on('connect', (_response, inside: Socket) => {
      inside.on('error', () => socket.destroy()).on('close', () => socket.end())
      socket.on('close', () => inside.destroy())
      socket.pipe(inside)
      let bytes = 0
      inside.on('data', (data: Buffer) => {
        bytes += data.length
        if (bytes <= maxBytes) socket.write(data)
      })
    })
    .on('error', () => socket.destroy())
    .end()
}

/** A name server that knows no name (RFC 1035, section 4.1). */
async function startResolver(host: string, says: Resolver): Promise<{ port: number; close: () => Promise<void> }> {
  const socket = createSocket('udp4')
  socket.on('message', (query, { address, port }) => {
    if (says === 'silent') return
    let end = 12
    while ((query[end] ?? 0) > 0) end += (query[end] ?? 0) + 1
    const answer = Buffer.from(query.subarray(0, end + 5))
    answer.writeUInt16BE(0x8180 | (says === 'NXDOMAIN' ? 3 : 2), 2)
    // One question, and nothing else.
    answer.fill(0, 6, 12)
    socket.send(answer, port, address)
  })
  await new Promise<void>(resolve => socket.bind(0, host, resolve))
  return {
    port: socket.address().port,
    close: () =>
      new Promise(resolve => {
        socket.close(resolve)
      }),
  }
}
