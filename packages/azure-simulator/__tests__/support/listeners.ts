import type { RequestRecord } from '../../src/index.js'

/** A world that tests can change between two requests. */
export interface Listening {
  /** Runs a function when the first such request is answered, or the one after this many others. */
  whenAnswered: (match: (request: RequestRecord) => boolean, act: () => void, after?: number) => void
}

/** Passes a simulator's requests to listeners. */
export function createListeners(): Listening & { onRequest: (request: RequestRecord) => void } {
  const listeners: ((request: RequestRecord) => void)[] = []
  return {
    onRequest: request => {
      for (const listener of listeners) listener(request)
    },
    whenAnswered: (match, act, after = 0) => {
      let others = after
      listeners.push(request => {
        if (match(request) && others-- === 0) act()
      })
    },
  }
}
