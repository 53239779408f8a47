import { describe } from 'vitest'
import { letImport } from '../../support/image-world.js'
import { expectAttached, onceIt } from '../../support/scenario.js'

describe('an import that takes long', () => {
  onceIt('is in the log at least every half minute', async ({ begin, expect }) => {
    const { attach } = letImport(await begin({ timing: { importMs: 28_000 } }))
    const end = await attach({ images: 'nginx:1.27' })
    expectAttached(end, { changed: true })
    expect(end.log).toMatch(/^ +0:25 +0 of 1 image done; still importing library\/nginx:1\.27 on contosoacr$/m)
  })
})
