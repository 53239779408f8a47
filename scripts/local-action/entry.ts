import { start } from '../../src/step/step.js'

/** The step as @github/local-action starts it: it wants a function, where `src/index.ts` starts by itself, as the runner wants it. */
export async function run(): Promise<void> {
  await start(new AbortController().signal)
}
