import { vi } from 'vitest'

/** What is printed to standard output meanwhile. */
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
