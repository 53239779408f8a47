import { messageOf } from '../error.js'
import * as core from '@actions/core'

/** Adds Markdown to the job summary. Older GitHub Enterprise Servers have none; if the file can't be written, warns and doesn't fail. */
export async function addToSummary(markdown: string): Promise<void> {
  if (!process.env.GITHUB_STEP_SUMMARY) return
  try {
    await core.summary.addRaw(markdown, true).write()
  } catch (error) {
    core.warning(`The job summary could not be written: ${messageOf(error)}`, { title: 'attach-acr' })
  }
}
