import { readFileSync } from 'node:fs'
import { Ajv, type ErrorObject } from 'ajv'
import type { Fault } from '../front/faults.js'
import type { Timing } from '../model/timing.js'
import type { AgentPool } from '../world/agent-pools.js'
import type { ClusterOptions } from '../world/clusters.js'
import type { PushOptions } from '../world/images.js'
import type { RegistryOptions } from '../world/registries.js'

/** The content of a scenario file, as `scenario.schema.json` describes it. */
export interface ScenarioFile {
  resourceGroups: readonly ScenarioGroup[]
  roleAssignments?: readonly ScenarioRole[]
  sources?: readonly { host: string; anonymous?: boolean; rateLimited?: boolean; images: readonly ScenarioImage[] }[]
  timing?: Partial<Timing>
  faults?: readonly ScenarioFault[]
}

export interface ScenarioGroup {
  name: string
  subscription?: string
  location?: string
  tags?: Record<string, string>
  clusters?: readonly (Omit<ClusterOptions, 'agentPools'> & { name: string; agentPools?: readonly AgentPool[] })[]
  registries?: readonly (RegistryOptions & { name: string; images?: readonly ScenarioImage[] })[]
}

export interface ScenarioImage extends PushOptions {
  repository: string
  tag: string
}

/** A role of a cluster's kubelet identity or of `gh-deployer`, by names. */
interface ScenarioRole {
  principal: string
  role: string
  scope: string
  condition?: string
}

/** JSON has no Infinity. */
interface ScenarioFault extends Omit<Fault, 'times' | 'until'> {
  times?: number | 'always'
}

/** What is wrong with a scenario file, one problem per line. */
export class ScenarioError extends Error {}

const schemaFile = new URL('../../scenario.schema.json', import.meta.url)

/**
 * Reads a scenario file.
 * @throws ScenarioError if it can't be read, isn't JSON, or doesn't match the schema, which allows no unknown keys
 */
export function readScenarioFile(path: string): ScenarioFile {
  const content = parse(path)
  const ajv = new Ajv({ allErrors: true, verbose: true, allowUnionTypes: true })
  const validate = ajv.compile<ScenarioFile>(JSON.parse(readFileSync(schemaFile, 'utf8')) as object)
  if (validate(content)) return content
  const lines = (validate.errors ?? []).map(describe).filter(line => line !== undefined)
  throw new ScenarioError([...new Set(lines)].map(line => `${path}: ${line}`).join('\n'))
}

function parse(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as unknown
  } catch (error) {
    throw new ScenarioError(`${path}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** A violation in one line, with what is accepted instead. */
function describe({ instancePath, keyword, message, params, parentSchema }: ErrorObject): string | undefined {
  const place = instancePath || '/'
  const { additionalProperty, allowedValues } = params as { additionalProperty?: string; allowedValues?: unknown[] }
  if (additionalProperty !== undefined) {
    const known = Object.keys((parentSchema as { properties: object }).properties).join(', ')
    return `${place}: unknown key ${additionalProperty}; known keys: ${known}`
  }
  if (allowedValues !== undefined) return `${place}: expected one of ${allowedValues.map(String).join(', ')}`
  // The alternatives of a fault: the error of anyOf names them all.
  if (keyword === 'required' && parentSchema && !('properties' in parentSchema)) return undefined
  if (keyword === 'anyOf' && instancePath.startsWith('/faults') && !instancePath.endsWith('times'))
    return `${place}: needs one of status, delayMs, reset, garbage, connect`
  return `${place}: ${message ?? 'invalid'}`
}
