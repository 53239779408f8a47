import type { Contoso } from 'azure-simulator/contoso'
import type { Simulator, Timing } from 'azure-simulator'
import type { Scenario, Start, StepEnd } from '../scenario.js'

/** A world in which a step ends with a code, whether az and kubectl are there or not. */
export interface Stage extends Contoso {
  simulator: Simulator
  whenAnswered: Scenario['whenAnswered']
  attach: (inputs?: Record<string, string>, start?: Start) => Promise<StepEnd>
}

/** What the commands have printed, together, and the world after them. */
interface Followed extends Stage {
  printed: string
  /** Runs the step once more, with the same inputs. */
  again: () => Promise<StepEnd>
}

/** How a code comes about, and what its commands are good for. */
export interface Case {
  timing?: Partial<Timing>
  /** Makes the world fit; answers the inputs that are not those of a scenario. */
  arrange: (stage: Stage) => Record<string, string>
  start?: (stage: Stage) => Start
  /**
   * `nothing` prints no command; `looks` prints commands that write nothing, and show what this answers; `repairs` prints commands after which
   * the same step has the code no more, and this holds.
   */
  commands: 'nothing' | { looks: (stage: Stage) => string } | { repairs: (followed: Followed) => void | Promise<void> }
  /** Commands that are not run, with why: alternatives for another kind of world, or what costs too much. */
  except?: RegExp
  /** How long the user takes to come to the commands, in ms. */
  later?: number
  /** The cluster that the user of kubectl has in the kubeconfig. */
  cluster?: string
}

/** What a repair does not have to look at. */
export const done = (): void => undefined
