import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { Readable, Writable } from 'node:stream'

/** A page in Chromium, driven through the Chrome DevTools Protocol (chromedevtools.github.io/devtools-protocol). */
export interface Page {
  /** Sends a command of the protocol. */
  send: <T = unknown>(method: string, params?: object) => Promise<T>
  /** The JSON value of an expression in the page. */
  evaluate: <T>(expression: string) => Promise<T>
  /** Presses and releases keys, each by its name (`Tab`, `Enter`), or types a text. */
  press: (...keys: string[]) => Promise<void>
  type: (text: string) => Promise<void>
  /** What the page was refused, and what it printed. */
  complaints: string[]
}

interface Message {
  id?: number
  method?: string
  params?: Record<string, unknown>
  result?: unknown
  error?: { message: string }
}

/** Chromium: found by name, or through CHROMIUM. */
export const chromium = process.env.CHROMIUM ?? 'chromium'

/** The keys that tests press, as Input.dispatchKeyEvent wants them. */
const keyCodes: Record<string, { code: string; windowsVirtualKeyCode: number; text?: string }> = {
  Tab: { code: 'Tab', windowsVirtualKeyCode: 9 },
  Enter: { code: 'Enter', windowsVirtualKeyCode: 13, text: '\r' },
  ' ': { code: 'Space', windowsVirtualKeyCode: 32, text: ' ' },
  Escape: { code: 'Escape', windowsVirtualKeyCode: 27 },
  '/': { code: 'Slash', windowsVirtualKeyCode: 191, text: '/' },
  n: { code: 'KeyN', windowsVirtualKeyCode: 78, text: 'n' },
  t: { code: 'KeyT', windowsVirtualKeyCode: 84, text: 't' },
}

/** Opens a file in a new Chromium without a network, and closes it afterwards. */
export async function inBrowser<T>(file: string, work: (page: Page) => Promise<T>): Promise<T> {
  const profile = mkdtempSync(join(tmpdir(), 'chromium-'))
  const options = [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--remote-debugging-pipe',
    `--user-data-dir=${profile}`,
  ]
  const child = spawn(chromium, [...options, '--proxy-server=http://127.0.0.1:9', 'about:blank'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
    // The leader of a process group, by which its other processes are ended too.
    detached: true,
  })
  const ended = new Promise<never>((_, reject) => {
    child.once('error', reject)
    child.once('exit', code => {
      reject(new Error(`Chromium ended with ${code}`))
    })
  })
  ended.catch(() => undefined)
  try {
    const page = await Promise.race([ended, attach(child.stdio[3] as Writable, child.stdio[4] as Readable)])
    await page.send('Page.enable')
    await page.send('Runtime.enable')
    await page.send('Log.enable')
    await page.send('Performance.enable', { timeDomain: 'threadTicks' })
    const loaded = page.once('Page.loadEventFired')
    await page.send('Page.navigate', { url: `file://${file}` })
    await loaded
    return await Promise.race([ended, work(page)])
  } finally {
    await endAll(child)
    rmSync(profile, { recursive: true, force: true })
  }
}

/** Ends all processes of a Chromium: those that it has begun write to its profile for a while after it is gone. */
async function endAll({ pid }: ChildProcess): Promise<void> {
  if (!pid) return
  try {
    // Five seconds at most: where nobody asks for what became of them, processes that have ended stay in their group.
    for (let looks = 0; looks < 250; looks++) {
      process.kill(-pid, 'SIGKILL')
      await setTimeout(20)
    }
  } catch (error) {
    // No process of the group is left.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** Talks to the first page: JSON messages, each ended by a null byte (`--remote-debugging-pipe`). */
async function attach(
  input: Writable,
  output: Readable,
): Promise<Page & { once: (event: string) => Promise<unknown> }> {
  const waiting = new Map<number, (message: Message) => void>()
  const listeners = new Map<string, (params: unknown) => void>()
  const complaints: string[] = []
  let rest = ''
  output.setEncoding('utf8').on('data', (chunk: string) => {
    const parts = (rest + chunk).split('\0')
    rest = parts.pop() ?? ''
    for (const message of parts.map(part => JSON.parse(part) as Message)) {
      if (message.id !== undefined) waiting.get(message.id)?.(message)
      else if (message.method) {
        listeners.get(message.method)?.(message.params)
        if (['Runtime.exceptionThrown', 'Runtime.consoleAPICalled', 'Log.entryAdded'].includes(message.method))
          complaints.push(JSON.stringify(message.params))
      }
    }
  })
  let sent = 0
  const session: { sessionId?: string } = {}
  const send = async <T>(method: string, params: object = {}): Promise<T> => {
    sent += 1
    const id = sent
    const answer = new Promise<Message>(resolve => waiting.set(id, resolve))
    input.write(`${JSON.stringify({ id, method, params, ...session })}\0`)
    const { result, error } = await answer
    waiting.delete(id)
    if (error) throw new Error(`${method}: ${error.message}`)
    return result as T
  }
  const evaluate = async <T>(expression: string): Promise<T> => {
    const { result, exceptionDetails } = await send<{ result: { value: T }; exceptionDetails?: object }>(
      'Runtime.evaluate',
      { expression, returnByValue: true, awaitPromise: true },
    )
    if (exceptionDetails) throw new Error(JSON.stringify(exceptionDetails))
    return result.value
  }
  const press = async (...keys: string[]): Promise<void> => {
    for (const key of keys) {
      const { text, ...own } = keyCodes[key] ?? { code: key, windowsVirtualKeyCode: 0 }
      await send('Input.dispatchKeyEvent', {
        type: text ? 'keyDown' : 'rawKeyDown',
        key,
        ...own,
        ...(text && { text }),
      })
      await send('Input.dispatchKeyEvent', { type: 'keyUp', key, ...own })
    }
  }
  const { targetInfos } = await send<{ targetInfos: { targetId: string; type: string }[] }>('Target.getTargets')
  const targetId = targetInfos.find(({ type }) => type === 'page')?.targetId
  Object.assign(session, await send<{ sessionId: string }>('Target.attachToTarget', { targetId, flatten: true }))
  return {
    send,
    evaluate,
    press,
    type: async text => {
      await send('Input.insertText', { text })
    },
    complaints,
    once: event => new Promise(resolve => listeners.set(event, resolve)),
  }
}
