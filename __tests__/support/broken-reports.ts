import { spawnSync } from 'node:child_process'
import { symlinkSync, writeFileSync } from 'node:fs'

/** What can be in place of a job's report, each with a function that puts it there. */
export const brokenReports: [name: string, put: (path: string) => void][] = [
  [
    'a link to nothing',
    path => {
      symlinkSync('/no/such/report.json', path)
    },
  ],
  [
    'a link to itself',
    path => {
      symlinkSync(path, path)
    },
  ],
  ['a pipe', path => spawnSync('mkfifo', [path])],
  [
    'a device',
    path => {
      symlinkSync('/dev/zero', path)
    },
  ],
  [
    'a report in the prototype',
    path => {
      writeFileSync(path, `{"__proto__": ${JSON.stringify({ schemaVersion: 1 })}}`)
    },
  ],
  [
    'nested too deeply',
    path => {
      writeFileSync(path, `{"pairs":[],"x":${'{"x":'.repeat(100_000)}1${'}'.repeat(100_000)}}`)
    },
  ],
  [
    'a field with a name of 20 MB',
    path => {
      writeFileSync(path, JSON.stringify({ pairs: [], ['x'.repeat(20_000_000)]: 1 }))
    },
  ],
]
