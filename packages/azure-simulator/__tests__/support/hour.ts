/** A lag that no test outlasts, in milliseconds: `world.passTime(hour)` ends it on any machine. */
export const hour = 3_600_000
