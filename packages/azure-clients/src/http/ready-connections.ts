import type { Socket } from 'node:net'
import { startLimit, type TimeLimit } from 'kernel'

export interface Address {
  host: string
  port: number
}

const keyOf = ({ host, port }: Address): string => `${host}:${port}`

/**
 * How long a connection waits for its first request, in milliseconds: servers wait for a minute or longer (nginx `client_header_timeout`, Node
 * `headersTimeout`). One that can't be opened fails with the time limit of its request.
 */
const waitingMs = 30_000

/** A connection that is being opened, or is open. */
interface Ready {
  /** Undefined if it could not be opened. */
  socket: Promise<Socket | undefined>
  /** Ends when the connection is not to be used any more. */
  limit: TimeLimit
}

/** Connections that were opened in advance, for the first requests to an address. */
export interface ReadyConnections {
  /** Keeps a connection for the next request to the address, unless it fails or closes before that. */
  add(address: Address, opening: Promise<Socket | undefined>): void
  /** Hands over a connection to the address; undefined when none is left. */
  take(address: Address): Promise<Socket | undefined>
}

export function createReadyConnections(): ReadyConnections {
  const byAddress = new Map<string, Ready[]>()
  return {
    add(address, opening) {
      const key = keyOf(address)
      const socket = opening.catch(() => undefined)
      // An error without a listener would end the process.
      void socket.then(opened => opened?.on('error', () => undefined))
      byAddress.set(key, [...(byAddress.get(key) ?? []), { socket, limit: startLimit(waitingMs) }])
    },
    async take(address) {
      for (;;) {
        const ready = byAddress.get(keyOf(address))?.shift()
        if (!ready) return undefined
        ready.limit.end()
        if (ready.limit.signal.aborted) {
          void ready.socket.then(socket => socket?.destroy())
        } else {
          const socket = await ready.socket
          if (socket?.writable) return socket
        }
      }
    },
  }
}
