import { quote, type InputReader } from 'kernel'
import type { NamespaceChoice } from 'run-model'

/** The name of a namespace: an RFC 1123 label (kubernetes.io/docs/concepts/overview/working-with-objects/names). */
export const namespaceName = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/

const expected = 'names of namespaces, one per line, or * for all of them; a line !NAME leaves one out'

/** Reads which namespaces' workloads are checked; undefined if none are. Also checks the input where it is ignored. */
export function readWorkloads(reader: InputReader): NamespaceChoice | undefined {
  const lines = reader.list('workloads')
  const names = new Set<string>()
  const except = new Set<string>()
  for (const line of lines.filter(each => each !== '*')) {
    const [isLeftOut, name] = line.startsWith('!') ? [true, line.slice(1).trim()] : [false, line]
    if (!namespaceName.test(name)) {
      const pattern = line.includes('*') && line !== '!*' ? '; patterns such as kube-* are not supported' : ''
      reader.reject('workloads', quote(line), `${expected}${pattern}`)
    } else if (isLeftOut) except.add(name)
    else names.add(name)
  }
  if (lines.includes('*')) return { kind: 'all', except: [...except].sort() }
  const left = [...names].filter(name => !except.has(name)).sort()
  if (left.length > 0) return { kind: 'named', names: left }
  // Names that all are left out again, or nothing to leave them out of.
  if (except.size > 0) {
    const [first = ''] = except
    const why = names.size > 0 ? `a namespace that no !NAME leaves out, or *` : `* before !NAME`
    reader.reject('workloads', quote(`!${first}`), `${why}: ${expected}`)
  }
  return undefined
}
