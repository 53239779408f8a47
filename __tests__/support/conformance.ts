import { createIt, type Machine as Clients } from 'azure-simulator/testing/machine'
import { runInWorld, type Start, type StepEnd } from './scenario.js'

/** A simulated Azure, real clients that are signed in to it, and our action. */
export interface Machine extends Clients {
  /** Runs the action: `aks-prod-1` of `rg-shop` and `contosoacr` by default. */
  attach: (inputs?: Record<string, string>, start?: Start) => Promise<StepEnd>
}

/** `it` with a fresh machine, in the part of the suite that runs. */
export const it = createIt(machine => ({
  attach: (inputs: Record<string, string> = {}, start?: Start) => runInWorld(machine, machine.simulator, inputs, start),
}))
