import { expect, it } from 'vitest'
import { runProgram } from '../src/program.js'

/** Runs Node with a script. */
const run = (script: string) =>
  runProgram(process.execPath, ['-e', script], {
    input: '',
    environment: {},
    limitMs: 60_000,
    signal: new AbortController().signal,
  })

it('a program is killed when it prints too much', async () => {
  const endless = String.raw`const print = () => process.stdout.write((' '.repeat(99) + '\n').repeat(1e4), print); print()`
  await expect(run(endless)).rejects.toThrow(/ printed more than 50 MB$/)
  expect(await run(`process.stdout.write(' '.repeat(4e6))`)).toMatchObject({ exitCode: 0, isLate: false })
})
