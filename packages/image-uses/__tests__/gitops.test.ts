import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findInFiles } from '../src/manifests/manifests.js'

// What is found in files of real tools, each in the folder gitops. It is in gitops.txt, beside this file: `npx vitest run -u` writes it, and its diff is what a
// review reads. A file with an image in an Azure registry has a line with that image, or a doubt: otherwise a missing image would be `ready`.

const folder = join(import.meta.dirname, 'gitops')

test('the images of files of GitOps tools, or the doubts about these, are in gitops.txt', async () => {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.yaml'))
  const shown = names.sort().map(name => {
    const doubts: string[] = []
    const text = readFileSync(join(folder, name), 'utf8')
    const reject = (found: string) => (doubts.push(`rejected: ${found}`), [])
    const images = findInFiles([{ name, text }], reject, (_, message) => doubts.push(`doubt: ${message}`))
    const lines = images.map(({ image, document, resource, field, constraints, pulledBy, account }) => {
      const nodes = constraints ? ` on ${JSON.stringify(constraints.nodeSelector)}` : ''
      const pullers = [pulledBy && ` by ${pulledBy}`, account && ` as ${account}`].filter(Boolean).join('')
      return `${image}${nodes}${pullers} in ${document}: ${[resource, field].filter(Boolean).join(', ')}`
    })
    return [name, ...[...lines, ...doubts].map(line => `  ${line}`)].join('\n')
  })
  await expect(`${shown.join('\n')}\n`).toMatchFileSnapshot('gitops.txt')
})
