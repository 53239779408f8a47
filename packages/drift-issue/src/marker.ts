import { hash, type StepIdentity } from './identity.js'

/** Maximum length of the list of places, in characters: an issue has 65,536. What does not fit only finds no issue from before it changed. */
const maxPlaces = 8000

/** The hidden line that identifies the step that keeps an issue. */
export function identityMarker(identity: StepIdentity): string {
  const { workflow, name, job, step, mode, desired, registries, places, run } = identity
  const parts = { workflow, name, job, step, mode, wish: desired, at: registries.join(','), run }
  const fields = Object.entries(parts).map(([field, value]) => `${field}=${encode(value)}`)
  return `<!-- attach-acr drift ${fields.join(' ')} of=${joinPlaces(places)} -->`
}

/** The first places that fit, with a hash of all of them if some don't. */
function joinPlaces(places: readonly (readonly string[])[]): string {
  const all = places.map(values => values.join('.'))
  const text = all.join(',')
  if (text.length <= maxPlaces) return text
  const rest = text.slice(0, maxPlaces).replace(/,[^,]*$/, '')
  return `${rest},${hash(text, 16)}`
}

const pattern =
  /^<!-- attach-acr drift workflow=(\S*) name=(\S*) job=(\S*) step=(\S*) mode=(check|merge) wish=(\S*) at=(\S*) run=(\S*) of=([0-9a-f.,]*) -->[ \t]*\r?$/m

/** Reads the hidden line, wherever it is: people write above it. Undefined if it is not there; a quoted line is another text. */
export function readIdentity(body: string): StepIdentity | undefined {
  const found = pattern.exec(body)
  if (!found) return undefined
  const [workflow = '', name = '', job = '', step = '', mode = '', desired = '', registries = '', run = ''] = found
    .slice(1, 9)
    .map(decode)
  return {
    ...{ workflow, name, job, step, desired, run },
    mode: mode === 'merge' ? 'merge' : 'check',
    registries: split(registries, ','),
    places: split(found[9] ?? '', ',').map(values => split(values, '.')),
  }
}

/** The identity as the marker has it, in which a long list of places is cut. */
export function cutIdentity(identity: StepIdentity): StepIdentity {
  return readIdentity(identityMarker(identity)) ?? identity
}

/** The text above the hidden line; undefined without that line. */
export function readAbove(body: string): string | undefined {
  const found = pattern.exec(body)
  return found ? body.slice(0, found.index) : undefined
}

/** A short hash of a step's identity, for a second hidden line: people may delete the first one. */
export function hashIdentity({ workflow, job, mode, desired, registries, places }: StepIdentity): string {
  return hash(JSON.stringify([workflow, job, mode, desired, registries, places]), 16)
}

const split = (text: string, separator: string): string[] => (text === '' ? [] : text.split(separator))

/** Without spaces, and without anything that would end an HTML comment. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll('--', '%2D%2D')
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
