import type { ActionError } from 'kernel'
import { toAnswerJson } from './answer-json.js'

export type ReportedError = ReturnType<typeof toErrorJson>

/** An error as the report has it. */
export function toErrorJson({ code, message, reason, pullCause, quote, fix, azure }: ActionError) {
  return {
    code,
    message,
    reason: reason === message ? null : reason,
    cause: pullCause ?? null,
    quote: quote ?? null,
    fix,
    azure: azure ? toAnswerJson(azure) : null,
  }
}

/** Seconds to a tenth. */
export function round(seconds: number): number {
  return Math.round(seconds * 10) / 10
}
