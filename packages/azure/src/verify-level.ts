const levels = ['none', 'assignment', 'pull'] as const

/** How access is proven, the weakest level first. */
export type VerifyLevel = (typeof levels)[number]

/** The weakest level that holds for every pair; `none` without pairs. */
export function weakest(pairs: { verified: VerifyLevel }[]): VerifyLevel {
  return levels.find(level => pairs.some(({ verified }) => verified === level)) ?? 'none'
}
