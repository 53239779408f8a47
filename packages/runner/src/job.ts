import { createHash } from 'node:crypto'
import { inputJson } from './inputs.js'

/** Inputs that may be secrets. */
const secretInputs = ['INPUT_GITHUB-TOKEN', 'INPUT_SOURCE-USERNAME', 'INPUT_SOURCE-PASSWORD']

/** Variables whose values differ from run to run, and are often part of an input. */
const variablesOfRun = ['GITHUB_RUN_ID', 'GITHUB_SHA', 'RUNNER_TEMP', 'GITHUB_WORKSPACE']

/**
 * The job that this step belongs to, as a hash of workflow file, job, step and inputs: the same in every attempt of a run and every night, and another one for
 * each leg of a matrix whose inputs differ.
 */
export function hashJob(): string {
  const { env } = process
  const inputs = Object.entries(env).flatMap(([name, value = '']) => {
    const isInput = /^(INPUT_|AZURE_(CLIENT|TENANT|SUBSCRIPTION)_ID$)/.test(name) && !secretInputs.includes(name)
    return isInput && value.trim() !== '' ? [[name, normalize(name, value.trim())]] : []
  })
  const { GITHUB_WORKFLOW_REF: ref = '', GITHUB_JOB: job = '', GITHUB_ACTION: step = '' } = env
  // Without the branch.
  const text = JSON.stringify([ref.split('@')[0], job, step, inputs.sort()])
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}

/** Without what another run would have in its place. A registry can be given by its name, its login server or its ID. */
function normalize(name: string, value: string): string {
  if (name === 'INPUT_REGISTRY') return value.toLowerCase().replace(/^\s*\S*\/|\.\S*$/gm, '')
  const ofRun = variablesOfRun.flatMap(variable => process.env[variable] || [])
  // A short one may be a part of something else.
  return ofRun.filter(each => each.length > 5).reduce((text, each) => text.replaceAll(each, '…'), value)
}

/** What the input `fleet-entry` declares; null without it, or if it is invalid, which ends the step with an error. */
export function readFleetEntry(): object | null {
  const value = inputJson('fleet-entry')
  return typeof value === 'object' && !Array.isArray(value) ? value : null
}
