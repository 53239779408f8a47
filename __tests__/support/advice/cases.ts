import type { Finding, ActionError } from 'kernel'
import { azureCases, proofCases } from './azure.js'
import type { Case } from './case.js'
import { findingCases } from './findings.js'
import { imageCases } from './images.js'

/** A world for each error code. RESIDUAL_ACCESS, RUNNING_IMAGE_GONE and NO_PRIVATE_ENDPOINT are findings and drift only, and UNEXPECTED can't be provoked. */
export const errors: Record<
  Exclude<ActionError['code'], 'RESIDUAL_ACCESS' | 'RUNNING_IMAGE_GONE' | 'NO_PRIVATE_ENDPOINT' | 'UNEXPECTED'>,
  Case
> = { ...azureCases, ...proofCases, ...imageCases }

/** A world for each finding. */
export const findings: Record<Finding['code'], Case> = findingCases
