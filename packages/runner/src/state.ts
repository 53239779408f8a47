import * as core from '@actions/core'
import { messageOf } from 'kernel'

/** The variables are `left0`, `left1` and so on; the runner gives them to the post step as `STATE_left0`. */
const nameOfLeftover = (index: number): string => `left${index}`

let count = 0

/**
 * Notes something that this process will delete, so that the post step can delete it if the process is killed first
 * (docs.github.com/actions/reference/workflow-commands-for-github-actions#sending-values-to-the-pre-and-post-actions).
 * @returns a function that replaces the note, or removes it
 */
export function noteLeftover(leftover: object): (later?: object) => void {
  const name = nameOfLeftover(count++)
  const note = (left?: object): void => {
    save(name, left ? JSON.stringify(left) : '')
  }
  note(leftover)
  return note
}

/** Reads, in the post step, the leftovers that the step has not deleted, as they were noted. */
export function readLeftovers(): unknown[] {
  const left: unknown[] = []
  for (let index = 0; process.env[`STATE_${nameOfLeftover(index)}`] !== undefined; index++) {
    const text = core.getState(nameOfLeftover(index))
    if (text) left.push(JSON.parse(text))
  }
  return left
}

/** A write error (a full disk) is ignored: even without the note, pods end by themselves and the runner empties its folder. */
function save(name: string, value: string): void {
  try {
    core.saveState(name, value)
  } catch (error) {
    core.debug(`the state of the step could not be saved: ${messageOf(error)}`)
  }
}
