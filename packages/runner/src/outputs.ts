import * as core from '@actions/core'
import { summary } from '@actions/core'
import { messageOf } from 'kernel'

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

/** Adds Markdown to the job summary. Older GitHub Enterprise Servers have none; if the file can't be written, warns and doesn't fail. */
export async function addToSummary(markdown: string): Promise<void> {
  if (!process.env.GITHUB_STEP_SUMMARY) return
  try {
    await summary.addRaw(markdown, true).write()
  } catch (error) {
    core.warning(`The job summary could not be written: ${messageOf(error)}`, { title: 'attach-acr' })
  }
}
