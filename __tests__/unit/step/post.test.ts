import { existsSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { start } from '../../../src/step/step.js'

/** Runs the post step of a step that left this, on a runner with a password among the inputs. @returns what it printed */
async function post(...left: object[]): Promise<string> {
  vi.spyOn(process, 'argv', 'get').mockReturnValue(['node', 'post.js', 'post'])
  vi.stubEnv('INPUT_SOURCE-PASSWORD', 'hunter2-secret')
  left.forEach((each, index) => vi.stubEnv(`STATE_left${index}`, JSON.stringify(each)))
  const exit = vi.spyOn(process, 'exit').mockReturnValue(undefined as never)
  const printed = vi.spyOn(process.stdout, 'write').mockImplementation((...given: unknown[]) => {
    const then = given.at(-1)
    if (then instanceof Function) (then as () => void)()
    return true
  })
  await start(new AbortController().signal)
  expect(exit).toHaveBeenCalledOnce()
  return printed.mock.calls.map(([text]) => String(text)).join('')
}

describe('the post step', () => {
  it('of a killed step deletes each of its kubeconfigs, once the secrets are masked', async () => {
    const folders = ['a-', 'b-'].map(name => mkdtempSync(join(tmpdir(), name)))
    const printed = await post(...folders.map(path => ({ kind: 'folder', path })))
    expect(folders.filter(existsSync)).toEqual([])
    expect(printed).toMatch(/^::add-mask::hunter2-secret\n/)
  })

  it('prints nothing where nothing is left', async () => {
    expect(await post()).toBe('')
  })
})
