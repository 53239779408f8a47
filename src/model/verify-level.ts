const levels: VerifyLevel[] = ['none', 'assignment', 'pull']

/** The weakest level that holds for every pair; `none` without pairs. */
export function weakest(pairs: { verified: VerifyLevel }[]): VerifyLevel {
  return levels.find(level => pairs.some(({ verified }) => verified === level)) ?? 'none'
}

export type VerifyLevel = 'none' | 'assignment' | 'pull'
