import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { extname, join, resolve } from 'node:path'
import { pauseImage, probePodsRole, probeRole, runCommandRole } from 'azure'
import data from './roles.json' with { type: 'json' }

/** A role that a set-up assigns; one with actions is defined by the set-up itself. */
export interface SetUpRole {
  name: string
  id?: string
  description?: string
  actions?: string[]
  dataActions?: string[]
  /** Not a role of Azure, but of Microsoft Entra. */
  isInEntra?: boolean
}

/** A role assignment of a set-up. */
export interface Grant {
  role: string
  /** `cluster`, `namespace` (of each cluster), `registry`, `identity` or `group`. */
  at: string
  /** Only at registries in this mode: `rbac` or `abac`. */
  in?: string
  /** The only roles that the identity can assign with it. */
  delegates?: string[]
  /** To whom: the pull identities of the `clusters`, the `identities`, the `group`, or `any` service principal. */
  to?: string
  /** Whether it can also delete assignments of these roles to all that the options of the set-up name. */
  deletes?: boolean
}

/** The roles by key: the one source of all set-ups in docs/. The action itself prints those for probing. */
export const roles: Record<string, SetUpRole> = {
  ...data.roles,
  probing: probeRole,
  probingPods: probePodsRole,
  runningCommands: runCommandRole,
}

/**
 * What each option grants. `attach` is always granted, `verify` unless `--no-verify`; `check` instead of both, with `--check`. Several options with the same
 * role at the same place are one assignment, whose condition allows what all of them say.
 */
export const setUps: Record<string, Grant[]> = data.setUps

const templates = join(import.meta.dirname, 'templates')
const docs = resolve(import.meta.dirname, '../../docs')

/** A set-up with its current text, and the text that its template and the roles give. */
export interface SetUp {
  path: string
  current: string
  wanted: string
}

/** The script, and the same in Terraform and in Bicep. */
export function generateSetUps(): SetUp[] {
  return readdirSync(templates, { recursive: true, encoding: 'utf8' })
    .filter(name => extname(name) !== '')
    .sort()
    .map(name => ({
      path: `docs/${name}`,
      current: existsSync(join(docs, name)) ? readFileSync(join(docs, name), 'utf8') : '',
      wanted: fillIn(readFileSync(join(templates, name), 'utf8'), extname(name)),
    }))
}

/**
 * Replaces `{{…}}` in a template. One that begins a line stands for several lines, which are indented like it.
 * @throws Error for a name that there is not
 */
function fillIn(template: string, language: string): string {
  return template
    .replace(/^( *)\{\{((?:actions|dataActions) \w+)\}\}/gm, (_, indent: string, words: string) => {
      const [kind = '', key = ''] = words.split(' ')
      return linesOf(kind, key, language)
        .map(line => indent + line)
        .join('\n')
    })
    .replace(/\{\{(id|name|description) (\w+)\}\}/g, (_, field: 'id' | 'name' | 'description', key: string) => {
      const value = roleOf(key)[field]
      if (!value) throw new Error(`${key} has no ${field} in scripts/set-ups/roles.json`)
      return value
    })
    .replaceAll('{{pauseSource}}', pauseImage.text)
    .replaceAll('{{pauseImage}}', `${pauseImage.repository}:${pauseImage.tag}`)
}

function linesOf(kind: string, key: string, language: string): string[] {
  const actions = roleOf(key)[kind as 'actions' | 'dataActions'] ?? []
  if (language === '.sh') return actions
  return actions.map(action => (language === '.bicep' ? `'${action}'` : `"${action}",`))
}

function roleOf(key: string): SetUpRole {
  const role = roles[key]
  if (!role) throw new Error(`scripts/set-ups/roles.json has no role ${key}`)
  return role
}
