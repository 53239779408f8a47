import { appendFileSync } from 'node:fs'
import type { Annotation } from '../../simulator/runner/log.js'

/**
 * Appends what a person sees of each failure and finding of a run to the file that `SAMPLES` names, as JSON lines of code and text;
 * `npm run samples` takes the documents' samples from there. Without the variable it does nothing.
 */
export function recordSamples(annotations: readonly Annotation[]): void {
  const file = process.env.SAMPLES
  if (!file) return
  for (const { level, title, message } of annotations) {
    const [, code] = /^attach-acr: ([A-Z_]+)\b/.exec(title) ?? []
    const mark = { error: '✗', warning: '⚠', notice: 'ℹ' }[level]
    if (code)
      appendFileSync(
        file,
        `${JSON.stringify({ code, text: `${mark} ${title.replace('attach-acr: ', '')}\n${message}` })}\n`,
      )
  }
}
