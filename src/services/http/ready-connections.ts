import type { Socket } from 'node:net'

/** Where a connection goes to. */
export interface Address {
  host: string
  port: number
}

const keyOf = ({ host, port }: Address): string => `${host}:${port}`

/** A connection that is being opened, or is open. */
interface Ready {
  /** Undefined where it could not be opened. */
  socket: Promise<Socket | undefined>
  /** When it was begun, on the process's own clock. */
  since: number
}

/** Connections that were opened before there was anything to send, for the first requests to an address. */
export interface ReadyConnections {
  /**
   * Keeps a connection for the next request to the address. One that fails or is closed is forgotten: the request opens its own then, and says why
   * it can't.
   */
  add(address: Address, opening: Promise<Socket | undefined>): void
  /** Gives away a connection to the address; undefined when none is left. */
  take(address: Address): Promise<Socket | undefined>
}

/** @param keptMs how long a connection may wait for its request, in milliseconds */
export function createReadyConnections(keptMs: number): ReadyConnections {
  const byAddress = new Map<string, Ready[]>()
  return {
    add(address, opening) {
      const socket = opening.catch(() => undefined)
      // Without a listener, the error of a connection that nobody uses yet would end the process.
      void socket.then(opened => opened?.on('error', () => undefined))
      const key = keyOf(address)
      byAddress.set(key, [...(byAddress.get(key) ?? []), { socket, since: performance.now() }])
    },
    async take(address) {
      for (;;) {
        const ready = byAddress.get(keyOf(address))?.shift()
        if (!ready) return undefined
        // What is still not open after all this time may never be, and is not waited for.
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
