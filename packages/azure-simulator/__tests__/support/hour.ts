/** A lag of the simulated Azure that no test outlasts, in milliseconds: `world.passTime(hour)` ends it, however fast the machine is. */
export const hour = 3_600_000
