import type { ActionError } from '../model/error.js'

export type ReportedError = ReturnType<typeof toErrorJson>

/** An error as the report has it. */
export function toErrorJson({ code, message, reason, pullCause, quote, fix, azure }: ActionError) {
  const said = azure && {
    status: azure.status ?? null,
    code: azure.code ?? null,
    message: azure.message,
    correlationId: azure.correlationId ?? null,
    isForeign: azure.isForeign ?? false,
  }
  return {
    code,
    message,
    reason: reason === message ? null : reason,
    cause: pullCause ?? null,
    quote: quote ?? null,
    fix,
    azure: said ?? null,
  }
}

/** Seconds to a tenth. */
export function round(seconds: number): number {
  return Math.round(seconds * 10) / 10
}
