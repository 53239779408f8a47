// Takes the samples of docs/troubleshooting.md from what the scenarios have shown:
//
//   SAMPLES=build/samples.jsonl npm test ; npm run samples build/samples.jsonl && npm run docs
//
// Codes that were not met keep the sample that they have. Read what has come before you commit it: a scenario may be a strange one. A section shows
// its sample where it has the marker.
import { readFileSync, writeFileSync } from 'node:fs'
import { samplesFile } from './readme-tables.js'

const [, , from = 'build/samples.jsonl'] = process.argv
const met = new Map<string, string[]>()
for (const line of readFileSync(from, 'utf8').trim().split('\n')) {
  const { code, text } = JSON.parse(line) as { code: string; text: string }
  met.set(code, [...(met.get(code) ?? []), tidy(text)])
}
const kept = JSON.parse(readFileSync(samplesFile, 'utf8')) as Record<string, string>
const samples = Object.entries({
  ...kept,
  ...Object.fromEntries([...met].map(([code, texts]) => [code, choose(texts)])),
})
writeFileSync(
  samplesFile,
  `${JSON.stringify(Object.fromEntries(samples.sort(([a], [b]) => (a < b ? -1 : 1))), null, 2)}\n`,
)

/** The title and the first paragraph: the commands are in the section. IDs are a run's own, so every GUID becomes zeros. */
function tidy(text: string): string {
  const [title = '', message = ''] = text.split('\n')
  const line = `${title}\n  ${message}`
  return line
    .replaceAll(/\S*manifests-\w+\//g, 'k8s/')
    .replaceAll(/[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/gi, '00000000-0000-0000-0000-000000000000')
}

/** The shortest of those with the names of the examples, because it has the fewest peculiarities of its scenario. */
function choose(texts: string[]): string {
  const named = texts.filter(text => /contosoacr|aks-prod-1/.test(text))
  const [first = ''] = (named.length > 0 ? named : texts).sort((a, b) => a.length - b.length || (a < b ? -1 : 1))
  return first
}
