import type { ActionError, AzureAnswer } from '../model/error.js'

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

/** Azure's answer as the report has it. */
export interface ReportedAnswer {
  status: number | null
  code: string | null
  message: string
  correlationId: string | null
  isForeign: boolean
}

export function toAnswerJson(answer: AzureAnswer | ReportedAnswer): ReportedAnswer {
  const { status, code, message, correlationId, isForeign } = answer
  return {
    status: status ?? null,
    code: code ?? null,
    message,
    correlationId: correlationId ?? null,
    isForeign: isForeign ?? false,
  }
}

export function fromAnswerJson({ status, code, message, correlationId, isForeign }: ReportedAnswer): AzureAnswer {
  return {
    ...(status !== null && { status }),
    ...(code !== null && { code }),
    message,
    ...(correlationId !== null && { correlationId }),
    isForeign,
  }
}

/** Seconds to a tenth. */
export function round(seconds: number): number {
  return Math.round(seconds * 10) / 10
}
