import { messageOf } from '../../model/error.js'
import * as core from '@actions/core'

/**
 * Adds Markdown to the job summary. Without the runner's file for it (older GitHub Enterprise Servers) there is none; where the file can't be
 * written there is a warning, and the step ends as its work did.
 */
export async function addToSummary(markdown: string): Promise<void> {
  if (!process.env.GITHUB_STEP_SUMMARY) return
  try {
    await core.summary.addRaw(markdown, true).write()
  } catch (error) {
    const reason = messageOf(error)
    core.warning(`The job summary could not be written: ${reason}`, { title: 'attach-acr' })
  }
}
