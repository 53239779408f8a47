import { vi } from 'vitest'

/** The text printed to standard output during a call. */
export function printed(work: () => void): string {
  let text = ''
  const write = vi.spyOn(process.stdout, 'write').mockImplementation(chunk => {
    text += String(chunk)
    return true
  })
  work()
  write.mockRestore()
  return text
}
