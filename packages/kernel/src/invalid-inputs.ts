import { ActionError } from './error.js'
import { fix } from './fix.js'

/** A problem with an input. */
export interface Problem {
  input: string
  /** Empty if the input is. */
  found: string
  expected: string
}

/**
 * The error for all problems with the inputs.
 * @param effect what the step has done until then, as a sentence
 */
export function invalidInputs(problems: readonly Problem[], effect: string): ActionError {
  const describe = ({ found }: Problem): string => (found ? `found ${found}` : 'empty')
  const lines = problems.map(problem => `  ${problem.input}: ${describe(problem)}; expected ${problem.expected}`)
  const firsts = problems.filter(({ input }, index) => problems.findIndex(each => each.input === input) === index)
  const names = firsts.map(problem => `${problem.input} (${describe(problem)})`).join(', ')
  return new ActionError('INVALID_INPUT', `Invalid inputs: ${names}. ${effect}`, {
    fix: fix(['Correct the inputs of the step:', ...lines].join('\n')),
  })
}
