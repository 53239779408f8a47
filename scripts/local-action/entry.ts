import { start } from '../../src/step/step.js'

/**
 * The step for @github/local-action, which expects a function; `src/index.ts` starts by itself, as the runner expects.
 */
export async function run(): Promise<void> {
  await start(new AbortController().signal)
}
