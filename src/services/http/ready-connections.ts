import type { Socket } from 'node:net'

export interface Address {
  host: string
  port: number
}

const keyOf = ({ host, port }: Address): string => `${host}:${port}`

/** A connection that is being opened, or is open. */
interface Ready {
  /** Undefined if it could not be opened. */
  socket: Promise<Socket | undefined>
  /** When opening it started, by the process's own clock. */
  since: number
}

/** Connections that were opened in advance, for the first requests to an address. */
export interface ReadyConnections {
  /** Keeps a connection for the next request to the address, unless it fails or closes before that. */
  add(address: Address, opening: Promise<Socket | undefined>): void
  /** Hands over a connection to the address; undefined when none is left. */
  take(address: Address): Promise<Socket | undefined>
}

/** @param keptMs how long a connection waits for its request at most, in milliseconds */
export function createReadyConnections(keptMs: number): ReadyConnections {
  const byAddress = new Map<string, Ready[]>()
  return {
    add(address, opening) {
      const socket = opening.catch(() => undefined)
      // An error without a listener would end the process.
      void socket.then(opened => opened?.on('error', () => undefined))
      const key = keyOf(address)
      byAddress.set(key, [...(byAddress.get(key) ?? []), { socket, since: performance.now() }])
    },
    async take(address) {
      for (;;) {
        const ready = byAddress.get(keyOf(address))?.shift()
        if (!ready) return undefined
        // A connection that isn't open after all this time may never be.
        if (performance.now() - ready.since < keptMs) {
          const socket = await ready.socket
          if (socket?.writable) return socket
        } else {
          void ready.socket.then(socket => socket?.destroy())
        }
      }
    },
  }
}
