import * as core from '@actions/core'

/** Adds Markdown to the job summary; without the runner's file for it (older GitHub Enterprise Servers) there is none. */
export async function addToSummary(markdown: string): Promise<void> {
  if (!process.env.GITHUB_STEP_SUMMARY) return
  await core.summary.addRaw(markdown, true).write()
}
