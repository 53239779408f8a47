import { expect } from 'vitest'
import { importer, wall } from '../image-world.js'
import { letProbe } from '../pull-scenario.js'
import type { Case, Stage } from './case.js'

/** The deployer can import into contosoacr, and Docker Hub has nginx:1.27. */
export function letImport({ world, deployer, registry }: Stage): { digest: string } {
  world.assignRole({ principalId: deployer.objectId, role: importer, scope: registry.id })
  const hub = world.addSourceRegistry('docker.io')
  return { digest: hub.push('library/nginx', '1.27', { platforms: ['linux/amd64', 'linux/arm64'] }) }
}

const nginx = { images: 'nginx:1.27' }

/** Errors of images. */
export const imageCases = {
  IMAGE_NOT_FOUND: {
    arrange: stage => {
      letProbe(stage)
      return { verify: 'pull', 'probe-image': 'team/app:v9' }
    },
    commands: { looks: () => 'v1' },
  },
  IMAGE_CONFLICT: {
    arrange: stage => {
      letImport(stage)
      stage.registry.images.push('library/nginx', '1.27', { content: 'another' })
      return nginx
    },
    commands: 'nothing',
  },
  IMAGE_DIGEST_MISMATCH: {
    arrange: stage => {
      letImport(stage)
      const { registry, whenAnswered } = stage
      const other = registry.images.push('library/nginx', 'other', { content: 'other' })
      whenAnswered(
        ({ path }) => path.endsWith('/importImage'),
        () => {
          registry.images.moveTag('library/nginx', '1.27', other)
        },
      )
      return nginx
    },
    commands: { looks: ({ registry }) => registry.images.find('library/nginx', 'other')?.digest ?? 'a digest' },
  },
  SOURCE_UNAUTHORIZED: {
    arrange: stage => {
      letImport(stage)
      return { images: 'contoso/private:v1' }
    },
    commands: 'nothing',
  },
  SOURCE_RATE_LIMITED: {
    arrange: stage => {
      letImport(stage)
      stage.world.sourceRegistries.length = 0
      stage.world.addSourceRegistry('docker.io', { rateLimited: true }).push('library/nginx', '1.27')
      return nginx
    },
    commands: 'nothing',
  },
  IMPORT_FAILED: {
    arrange: stage => {
      letImport(stage)
      wall(stage.registry, { bypass: 'None' })
      return nginx
    },
    commands: {
      repairs: ({ registry }) => {
        expect(registry.body.properties.networkRuleBypassOptions).toBe('AzureServices')
        expect(registry.body.properties.networkRuleSet).toMatchObject({ defaultAction: 'Deny' })
      },
    },
  },
} satisfies Record<string, Case>
