/** Waits that end early. */
/** False if the signal came first. */
export type Pause = (milliseconds: number, signal: AbortSignal) => Promise<boolean>

/** @param closing ends all waits */
export const createPause =
  (closing: AbortSignal): Pause =>
  (milliseconds, signal) =>
    new Promise(resolve => {
      if (signal.aborted || closing.aborted) {
        resolve(false)
        return
      }
      const timer = setTimeout(() => {
        finish(true)
      }, milliseconds)
      timer.unref()
      const stop = (): void => {
        finish(false)
      }
      const finish = (isOver: boolean): void => {
        clearTimeout(timer)
        signal.removeEventListener('abort', stop)
        closing.removeEventListener('abort', stop)
        resolve(isOver)
      }
      signal.addEventListener('abort', stop)
      closing.addEventListener('abort', stop)
    })
