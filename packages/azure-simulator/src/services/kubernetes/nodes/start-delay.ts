import type { Timing } from '../../../model/timing.js'
import type { Container } from '../../../world/kubernetes-objects.js'
import { readQuantity } from '../objects/quantities.js'

/** The sum of the containers' CPU limits in cores; Infinity if one has none. */
export function cpuLimitOf(...containers: readonly Container[]): number {
  return containers.reduce((sum, { resources }) => {
    const limit = resources?.limits?.cpu
    return sum + (limit === undefined ? Infinity : readQuantity(limit))
  }, 0)
}

/** How long runc takes to start in a throttled cgroup, in milliseconds. */
export function startDelay({ timing }: { readonly timing: Pick<Timing, 'startCpuMs'> }, cores: number): number {
  return Math.max(0, timing.startCpuMs / cores - timing.startCpuMs)
}
