import { expect, onTestFinished } from 'vitest'
import { createContoso, type Contoso } from '../../src/contoso.js'
import { startSimulator, type RunnerOptions, type Simulator, type Timing, type Varying } from '../../src/index.js'
import { connect, type RawClient } from '../../src/client.js'

export interface Fixture extends Contoso {
  simulator: Simulator
  client: RawClient
}

/** Simulators whose test checks `problems` itself. */
const inspected = new WeakSet<Simulator>()

/** A simulator of contoso. It is closed after the test, which fails if there was any problem. */
export async function start(
  options: { timing?: Partial<Timing>; runner?: RunnerOptions; contoso?: Contoso; variations?: Varying } = {},
): Promise<Fixture> {
  const contoso = options.contoso ?? createContoso(options.runner === undefined ? {} : { runner: options.runner })
  const simulator = await startSimulator({
    world: contoso.world,
    ...(options.timing === undefined ? {} : { timing: options.timing }),
    ...(options.runner === undefined ? {} : { runner: options.runner }),
    ...(options.variations && { variations: options.variations }),
  })
  onTestFinished(async () => {
    const problems = inspected.has(simulator) ? [] : [...simulator.problems]
    await simulator.close()
    expect(problems).toEqual([])
  })
  return { ...contoso, simulator, client: connect(simulator) }
}

/** Returns the problems, for a test that expects some. */
export function takeProblems(simulator: Simulator): readonly string[] {
  inspected.add(simulator)
  return simulator.problems
}
