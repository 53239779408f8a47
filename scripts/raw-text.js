import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** A loader's hook of Node for files that are imported as texts, with `?raw`, as scripts/pre-bundle.ts bundles them. */
export async function load(url, context, nextLoad) {
  if (!url.endsWith('?raw')) return nextLoad(url, context)
  const text = readFileSync(fileURLToPath(url), 'utf8')
  return { format: 'module', shortCircuit: true, source: `export default ${JSON.stringify(text)}` }
}
