import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { grantAccess } from '../../support/estate.js'
import { letImport } from '../../support/image-world.js'
import { letLook, runImage } from '../../support/running.js'
import { it, type Scenario } from '../../support/scenario.js'

/** What proxies, gateways and web servers answer when they know no such path: none has Azure's headers. */
const pages: [string, { body: unknown; headers?: Record<string, string> }][] = [
  ['plain text', { body: 'Not Found', headers: { 'content-type': 'text/plain' } }],
  ['JSON with an error', { body: { error: { code: 'route_not_found', message: 'No such route.' } } }],
]

/** Something in between answers all look-ups of images, in both protocols of registries. */
function standBetween({ simulator, registry }: Scenario, page: (typeof pages)[number][1]): void {
  const fault = { host: registry.loginServer, path: /^\/(?:acr\/v1|v2)\/shop(?:\/|%2F)/i }
  simulator.faults.add({ ...fault, status: 404, ...page, times: Infinity })
}

const manifest = (image: string): string => {
  const file = join(mkdtempSync(join(tmpdir(), 'manifests-')), 'pod.yaml')
  const spec = { containers: [{ name: 'app', image }] }
  writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'app' }, spec }))
  return file
}

describe('a 404 that is not the registry’s own is unknown, not "gone":', () => {
  for (const mode of ['check', 'attach'])
    it.for(pages)(`%s, ${mode}`, async ([, page], { begin }) => {
      const scenario = letImport(await begin())
      letLook(scenario)
      grantAccess(scenario)
      const { image } = runImage(scenario, 'shop/api', '1.4')
      scenario.hub.push('library/nginx', '1.27')
      const wished = { images: 'nginx:1.27 => shop/nginx:1.27' }
      await scenario.attach(wished)
      standBetween(scenario, page)
      const inputs = { mode, manifests: manifest(image), workloads: '*', ...wished }
      const end = await scenario.attach(inputs)
      const { manifests, workloads, images, findings } = end.report
      expect(end.outputs.drift).toBe('false')
      expect(manifests).toMatchObject([{ status: 'unknown' }])
      expect(workloads).toMatchObject([{ status: 'unknown' }])
      expect(findings.map(({ code }) => code)).not.toContain('RUNNING_IMAGE_GONE')
      expect(images).toMatchObject([{ status: mode === 'check' ? 'unknown' : 'present' }])
    })
})
