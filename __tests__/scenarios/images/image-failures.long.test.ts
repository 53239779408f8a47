import { describe, expect } from 'vitest'
import { readAzCommands, option } from '../../support/az.js'
import { images, importer, imports, letImport, wall, type ImageScenario } from '../../support/image-world.js'
import { headlineOf, lacksPermission } from '../../support/reading.js'
import { expectFailure, onceIt } from '../../support/scenario.js'

interface Failure {
  /** The headline, and how the annotation begins. */
  headline?: string
  /** Makes it fail. @returns the line of images, nginx:1.27 by default */
  given: (scenario: ImageScenario) => string | undefined
  code: string
  /** The expected text and advice in the log. */
  shows: (string | RegExp)[]
  /** Whether an import request is expected; yes by default. */
  asked?: false
  timeout?: string
}

/** A request that starts an import; the image exists when it is answered. */
const isImport = ({ path }: { path: string }) => path.endsWith('/importImage')

const failures: Record<string, Failure> = {
  'a tag that the source lacks': {
    given: () => 'nginx:9.9',
    code: 'IMAGE_NOT_FOUND',
    shows: [/docker\.io\/library\/nginx:9\.9 /, 'library/'],
    asked: false,
  },
  'a tag that is found missing only by Azure': {
    headline: 'docker.io/library/nginx:9.9 does not exist, or is private',
    given: ({ simulator }) => {
      simulator.faults.add({ host: 'registry-1.docker.io', status: 503, times: Infinity })
      return 'nginx:9.9'
    },
    code: 'IMAGE_NOT_FOUND',
    shows: ['Unable to find manifest digest', /note: .*docker\.io\/library\/nginx:9\.9 .*HTTP 503/],
  },
  'a repository that Docker Hub has not, or not for everyone': {
    headline: 'docker.io/contoso/private:v1 does not exist, or is private',
    given: () => 'contoso/private:v1',
    code: 'SOURCE_UNAUTHORIZED',
    shows: ['StatusCode: 401', 'source-username and source-password'],
  },
  "a registry in Azure that the identity can't see, by its login server": {
    headline: 'elsewhere.azurecr.io refuses to let Azure read app:v1 without a sign-in',
    given: ({ world }) => {
      const stranger = world.addSubscription().addResourceGroup('rg-else').addRegistry('elsewhere')
      stranger.images.push('app', 'v1')
      return 'elsewhere.azurecr.io/app:v1'
    },
    code: 'SOURCE_UNAUTHORIZED',
    shows: ['resource ID'],
  },
  'the rate limit of Docker Hub': {
    headline: "Docker Hub's pull limit is reached: nginx:1.27 was not imported",
    given: ({ world }) => {
      world.sourceRegistries.length = 0
      world.addSourceRegistry('docker.io', { rateLimited: true }).push('library/nginx', '1.27')
      return undefined
    },
    code: 'SOURCE_RATE_LIMITED',
    shows: ['StatusCode: 429', 'source-username and source-password'],
  },
  'a firewall around the registry that Azure itself does not pass': {
    given: ({ registry }) => {
      wall(registry, { bypass: 'None' })
      return undefined
    },
    code: 'IMPORT_FAILED',
    shows: ['Access to contosoacr.azurecr.io denied', '--allow-trusted-services true'],
  },
  'a firewall around the source': {
    given: ({ group }) => {
      const walled = group.addRegistry('walledacr', { sku: 'Premium' })
      walled.images.push('app', 'v1')
      wall(walled, { bypass: 'None' })
      return `${walled.id}:app:v1`
    },
    code: 'IMPORT_FAILED',
    shows: ['Access to walledacr.azurecr.io denied', '--allow-trusted-services true', 'the firewall of walledacr'],
  },
  "a source that can't be read in parts": {
    given: ({ world }) => {
      world.addSourceRegistry('old.example.com', { rangeRequests: false }).push('app', 'v1')
      return 'old.example.com/app:v1'
    },
    code: 'IMPORT_FAILED',
    shows: ['RFC 7233', /\bpush the image\b/],
  },
  'more than 50 manifests': {
    given: ({ hub }) => {
      hub.push('library/big', 'v1', { manifests: 51, layers: 0 })
      return 'big:v1'
    },
    code: 'IMPORT_FAILED',
    shows: ['50 manifests', 'by digest'],
  },
  'more than 50 manifests, told by a 200': {
    given: ({ hub, world }) => {
      hub.push('library/big', 'v1', { manifests: 51, layers: 0 })
      world.imports.pollQuirk = 'failed-as-200'
      return 'big:v1'
    },
    code: 'IMPORT_FAILED',
    shows: ['50 manifests'],
  },
  'a host that is not known': {
    given: () => `nowhere.example.com/app@sha256:${'0'.repeat(64)}`,
    code: 'IMPORT_FAILED',
    shows: ['No such host is known'],
  },
  'a tag that something else moves meanwhile': {
    given: ({ registry, whenAnswered }) => {
      const other = registry.images.push('library/nginx', 'other', { content: 'other' })
      whenAnswered(isImport, () => {
        registry.images.moveTag('library/nginx', '1.27', other)
      })
      return undefined
    },
    code: 'IMAGE_DIGEST_MISMATCH',
    shows: [
      /library\/nginx:1\.27 .*sha256:/,
      'az acr manifest list-metadata --registry contosoacr --name library/nginx',
    ],
  },
  'a tag that something else deletes meanwhile': {
    given: ({ registry, whenAnswered }) => {
      whenAnswered(isImport, () => {
        registry.images.removeTag('library/nginx', '1.27')
      })
      return undefined
    },
    timeout: '3s',
    code: 'IMPORT_FAILED',
    shows: ['az acr manifest list-metadata --registry contosoacr --name library/nginx'],
  },
}

describe('an import fails for', () => {
  onceIt.for(Object.entries(failures))(
    '%s',
    async ([, { given, code, shows, headline, asked = true, timeout = '15m' }], { begin, expect }) => {
      const scenario = letImport(await begin())
      const line = given(scenario) ?? 'nginx:1.27'
      const end = await scenario.attach({ images: line, timeout })
      for (const problem of scenario.takeProblems()) expect(problem).toContain('refused a connection to nowhere')
      expectFailure(end, code)
      if (headline) {
        expect(headlineOf(end)).toBe(`✗ ${headline}`)
        expect(end.annotations[0]?.message).toMatch(new RegExp(`^${headline}\\.\\n[A-Z]`))
        expect(end.annotations[0]?.message).not.toContain('StatusCode')
      }
      for (const text of shows) expect(end.log).toMatch(text)
      expect(imports(end)).toHaveLength(asked ? 1 : 0)
      expect(images(end)).toMatchObject([{ status: 'failed', error: { code } }])
      expect(end.summary).toContain(`failed: ${code.replaceAll('_', String.raw`\_`)}`)
      // The grant does not depend on images.
      expect(end.report.pairs).toMatchObject([{ status: 'attached' }])
    },
  )
})

describe('an import from an Azure registry that the identity has no permission to pull from', () => {
  onceIt('names the missing role there, and works after it is assigned', async ({ begin }) => {
    const { attach, world, deployer } = letImport(await begin())
    const stranger = world.addSubscription().addResourceGroup('rg-else').addRegistry('elsewhere')
    const digest = stranger.images.push('app', 'v1')
    const inputs = { images: `${stranger.id}:app:v1` }
    const refused = await attach(inputs)
    expectFailure(refused, 'AUTHORIZATION_FAILED')
    expect(refused.log).toMatch(lacksPermission('Microsoft.ContainerRegistry/registries/pull/read', stranger.id))
    const [command] = readAzCommands(refused.log)
    expect(option(command, '--role')).toBe('AcrPull')
    expect(option(command, '--scope')).toBe(stranger.id)

    world.assignRole({ principalId: deployer.objectId, role: option(command, '--role'), scope: stranger.id })
    const end = await attach(inputs)
    expect(end.outputs).toMatchObject({ 'error-code': '', image: `contosoacr.azurecr.io/app@${digest}` })
    expect(end.report.notes.filter(note => note.includes('elsewhere'))).toHaveLength(1)
  })
})

describe('of several images', () => {
  onceIt('one failing import does not stop the others', async ({ begin }) => {
    const { attach, digest, hub, registry } = letImport(await begin())
    hub.push('library/big', 'v1', { manifests: 51, layers: 0 })
    const redis = hub.push('library/redis', '7')
    const end = await attach({ images: 'nginx:1.27\nbig:v1\nnothing:1\nredis:7' })
    expectFailure(end, 'IMPORT_FAILED')
    expect(images(end).map(({ status }) => status)).toEqual(['imported', 'failed', 'failed', 'imported'])
    expect(registry.images.find('library/nginx', '1.27')?.digest).toBe(digest)
    expect(registry.images.find('library/redis', '7')?.digest).toBe(redis)
    expect(end.outputs).toMatchObject({ changed: 'true', image: `contosoacr.azurecr.io/library/nginx@${digest}` })
    expect(end.annotations.filter(({ level }) => level === 'error')).toHaveLength(2)
  })

  onceIt('one is imported once, however it is spelled', async ({ begin }) => {
    const { attach } = letImport(await begin())
    const end = await attach({ images: 'nginx:1.27\ndocker.io/library/nginx:1.27\n"nginx:1.27"' })
    expect(end.outputs['error-code']).toBe('')
    expect(imports(end)).toHaveLength(1)
    expect(images(end)).toHaveLength(1)
  })

  onceIt('two for the same tag are rejected before anything is sent', async ({ begin }) => {
    const { attach } = letImport(await begin())
    const end = await attach({ images: 'nginx:1.27 => web:v1\n\nredis:7 => web:v1' })
    expectFailure(end, 'INVALID_INPUT')
    expect(end.log).toMatch(/^ *images: .*"redis:7 => web:v1".*line 3.*line 1.*"nginx:1\.27 => web:v1"/m)
    expect(end.requests).toEqual([])
  })
})

describe('a caller without permission to import', () => {
  onceIt('gets an error with the smallest role, and existing images need none', async ({ begin }) => {
    const { attach, world, registry } = await begin()
    world.addSourceRegistry('docker.io').push('library/nginx', '1.27')
    const end = await attach({ images: 'nginx:1.27' })
    expectFailure(end, 'AUTHORIZATION_FAILED')
    expect(end.log).toContain(`--role "${importer}"`)
    registry.images.push('library/nginx', '1.27')
    expect((await attach({ images: 'nginx:1.27' })).outputs['error-code']).toBe('')
  })
})

onceIt('a password that Azure repeats is never in an output or file', async ({ begin }) => {
  const { attach, simulator } = letImport(await begin())
  const body = { error: { code: 'InvalidCredentials', message: 'The password "hunter2-hunter2" is wrong.' } }
  simulator.faults.add({ method: 'POST', path: '/importImage', status: 400, body })
  const end = await attach({ images: 'nginx:1.27', 'source-username': 'me', 'source-password': 'hunter2-hunter2' })
  expect(end.outputs.images).toContain('The password \\"***\\" is wrong.')
  expect(Object.values(end.outputs).join('\n')).not.toContain('hunter2')
  expect(end.reportFile).not.toContain('hunter2')
})
