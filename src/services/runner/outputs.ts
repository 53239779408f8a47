import * as core from '@actions/core'
import { messageOf } from '../../model/error.js'

let isWarned = false

/**
 * Sets an output of the step. Where the runner's file can't be written (a full disk, a container that does not mount it) there is one warning,
 * and the step ends as its work did.
 */
export function setOutput(name: string, value: string): void {
  try {
    core.setOutput(name, value)
  } catch (error) {
    if (isWarned) return
    isWarned = true
    const reason = messageOf(error)
    core.warning(`The outputs of this step could not be written, so later steps see none: ${reason}`, {
      title: 'attach-acr',
    })
  }
}
