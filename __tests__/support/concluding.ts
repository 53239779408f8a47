import type { Target } from 'azure'
import { ActionError, type Said } from 'kernel'
import type { IdentityState, Inputs, Observed, PlannedPair, Run, Verification } from 'run-model'
import { printCatalogue } from './catalogue.js'
import { sampleAccess, sampleInputs, sampleLost, samplePair, sampleRun } from './sample.js'

/** A failure with that code. */
export function failure(code: ActionError['code'], said: string | Said = 'no'): ActionError {
  return new ActionError(code, said)
}

/** A run in a mode, with verify: pull for the pairs. */
export function pullRun(mode: Inputs['mode'], pairs: PlannedPair[] = [], more: Partial<Run> = {}): Run {
  return sampleRun(pairs, { inputs: { ...sampleInputs, mode, verify: 'pull' }, ...more })
}

/** A pair whose target holds the role. */
export function heldPair(): PlannedPair {
  return samplePair({ access: sampleAccess() })
}

/** The result of verifying a pair. */
export function proven(
  pair: PlannedPair,
  verification: Verification = { verified: 'pull' },
): Pick<Run, 'verifications'> {
  return { verifications: new Map([[pair, verification]]) }
}

/** What an observation knows of the pull identities of targets, and nothing else. */
export function identitiesOf(...states: [Target, IdentityState][]): { observed: Observed } {
  return { observed: { ...sampleLost(failure('UNEXPECTED')), registries: [], identities: new Map(states) } }
}

/** The text of a catalogue whose cases are what is told already. */
export function catalogueOf(cases: Record<string, string | readonly string[]>): string {
  return printCatalogue(cases, told => told)
}

/** Cases of a catalogue that differ in one thing. */
export function forEach<Of>(
  all: readonly Of[],
  when: (each: Of) => string,
  result: (each: Of) => string,
): Record<string, string> {
  return Object.fromEntries(all.map(each => [when(each), result(each)]))
}
