import type { ErrorCode } from '../../../src/model/error.js'
import type { FindingCode } from '../../../src/model/finding.js'
import { azureCases, proofCases } from './azure.js'
import type { Case } from './case.js'
import { findingCases } from './findings.js'
import { imageCases } from './images.js'

/** A world for each error code. RESIDUAL_ACCESS is a finding only, and UNEXPECTED can't be provoked. */
export const errors: Record<Exclude<ErrorCode, 'RESIDUAL_ACCESS' | 'UNEXPECTED'>, Case> = {
  ...azureCases,
  ...proofCases,
  ...imageCases,
}

/** A world for each finding. */
export const findings: Record<FindingCode, Case> = findingCases
