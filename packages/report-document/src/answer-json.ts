import type { AzureAnswer } from 'kernel'

/** Azure's answer as the report has it. */
export interface ReportedAnswer {
  status: number | null
  code: string | null
  message: string
  correlationId: string | null
  isForeign: boolean
}

export function toAnswerJson({ status, code, message, correlationId, isForeign }: AzureAnswer): ReportedAnswer {
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
