import * as core from '@actions/core'
import { messageOf } from '../error.js'

let isWarned = false

/** Sets an output of the step. If the runner's file can't be written (a full disk, a container that doesn't mount it), warns once and doesn't fail. */
export function setOutput(name: string, value: string): void {
  try {
    core.setOutput(name, value)
  } catch (error) {
    if (isWarned) return
    isWarned = true
    const message = `The outputs of this step could not be written, so later steps get none: ${messageOf(error)}`
    core.warning(message, { title: 'attach-acr' })
  }
}
