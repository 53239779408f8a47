import { describe, expect, it } from 'vitest'
import { atMost } from '../src/kubectl-process.js'
import { runProgram } from '../src/program.js'

/** What a promise comes to within some milliseconds. */
async function settled<T>(promise: Promise<T>): Promise<T | string> {
  const late = new Promise<string>(resolve => setTimeout(resolve, 200, 'late'))
  return Promise.race([promise.catch((error: unknown) => `failed: ${(error as Error).name}`), late])
}

describe('waiting for work with a time limit', () => {
  it('returns its value, or nothing when the time is over', async () => {
    expect(await settled(atMost(5000, Promise.resolve('value')))).toBe('value')
    expect(await settled(atMost(1, new Promise(() => undefined)))).toBeUndefined()
    expect(await settled(atMost(5000, Promise.reject(new TypeError('x'))))).toBe('failed: TypeError')
  })

  it('leaves no timer behind', async () => {
    const before = process.getActiveResourcesInfo().filter(name => name === 'Timeout').length
    await atMost(60_000, Promise.resolve(1))
    expect(process.getActiveResourcesInfo().filter(name => name === 'Timeout')).toHaveLength(before)
  })
})

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
