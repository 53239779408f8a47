/**
 * Makes a minute of a process count as a second, for tests that count its requests: on a busy machine, the simulator's answers could come after the
 * action's time limits, idle connections would be closed, and after half a minute everything is read once more. Short pauses stay as they are.
 */
export const unhurried = {
  NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(`
    import { Socket } from 'node:net'
    const { now } = Date
    const start = now()
    Date.now = () => Math.round(start + (now() - start) / 60)
    const { bigint } = process.hrtime
    const began = bigint()
    process.hrtime.bigint = () => began + (bigint() - began) / 60n
    Socket.prototype.setTimeout = function () { return this }
    const { setTimeout } = globalThis
    globalThis.setTimeout = (work, ms, ...more) => setTimeout(work, ms < 500 ? ms : 60 * ms, ...more)
  `)}`,
}
