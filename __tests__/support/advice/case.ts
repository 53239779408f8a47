import type { Contoso } from 'azure-simulator/contoso'
import type { Simulator, Timing } from 'azure-simulator'
import type { Scenario, Start, StepEnd } from '../scenario.js'

/** A world in which a step ends with a code, whether az and kubectl are there or not. */
export interface Stage extends Contoso {
  simulator: Simulator
  whenAnswered: Scenario['whenAnswered']
  attach: (inputs?: Record<string, string>, start?: Start) => Promise<StepEnd>
}

/** The combined output of the commands, and the world after them. */
interface Followed extends Stage {
  printed: string
  /** Runs the step once more, with the same inputs. */
  again: () => Promise<StepEnd>
}

/** A situation that leads to a code, and the effect of its commands. */
export interface Case {
  timing?: Partial<Timing>
  /** Prepares the world. @returns inputs that differ from those of a scenario */
  arrange: (stage: Stage) => Record<string, string>
  start?: (stage: Stage) => Start
  /**
   * `nothing`: no command is printed. `looks`: the commands only read, and show the text that this returns. `repairs`: after the commands
   * the same step no longer has the code, and this check passes.
   */
  commands: 'nothing' | { looks: (stage: Stage) => string } | { repairs: (followed: Followed) => void | Promise<void> }
  /** Commands that are not run, with the reason: alternatives for another situation, or too expensive ones. */
  except?: RegExp
  /** The time until the user runs the commands, in ms. */
  later?: number
  /** The cluster that the user of kubectl has in the kubeconfig. */
  cluster?: string
}

/** For a repair without a check of its own. */
export const done = (): void => undefined
