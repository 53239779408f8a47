import { describePlace, type Nameable } from 'azure'
import type { Inputs, PairResult } from 'run-model'

/** The target of a pair, with what distinguishes it from others with its name. */
export function toNameable({ target, asked }: PairResult, inputs: Inputs | undefined): Nameable {
  return { target: target?.id ?? asked.target, where: target ? undefined : whereAsked(asked.target, inputs) }
}

/** Where the step looks for a target that is given by name; undefined for a resource ID. */
export function whereAsked(target: string, inputs: Inputs | undefined): string | undefined {
  const reference = inputs?.clusters.find(({ kind, text }) => kind !== 'id' && text === target)
  if (!inputs || !reference || reference.kind === 'id') return undefined
  return describePlace({ resourceGroup: reference.resourceGroup, subscriptionId: inputs.subscriptionId })
}
