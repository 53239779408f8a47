import * as core from '@actions/core'
import { redact } from './secrets.js'

/** Sets an output of the step, without the secrets that the value may repeat. */
export function setOutput(name: string, value: string): void {
  core.setOutput(name, redact(value))
}
