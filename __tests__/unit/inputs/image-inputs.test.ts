import { cloudOf } from 'azure'
import { ActionError, printFix } from 'kernel'
import { createInputReader } from 'runner'
import { readImageInputs } from '../../../src/inputs/images.js'
import { afterEach, describe, expect, it, vi } from 'vitest'

const sha = `sha256:${'3c'.repeat(32)}`
const registryId =
  '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/other'

afterEach(() => {
  vi.unstubAllEnvs()
})

function read(images: string[], { username = '', password = '' } = {}) {
  vi.stubEnv('INPUT_IMAGES', images.join('\n'))
  vi.stubEnv('INPUT_SOURCE-USERNAME', username)
  vi.stubEnv('INPUT_SOURCE-PASSWORD', password)
  const reader = createInputReader()
  const inputs = readImageInputs(reader, cloudOf('AzureCloud'))
  try {
    reader.finish()
    return { ...inputs, problems: '' }
  } catch (error) {
    return { ...inputs, problems: error instanceof ActionError ? printFix(error.fix) : String(error) }
  }
}

describe('images', () => {
  it.each([
    [['nginx:1.27', 'docker.io/library/nginx:1.27', 'Index.Docker.io/library/nginx:1.27'], 1],
    [['nginx', 'nginx:latest'], 1],
    [['nginx:1 => a:v1', 'nginx:1 => b:v1', 'nginx:1'], 3],
    [[`nginx@${sha}`, `library/nginx@${sha}`], 1],
    [[`${registryId}:app:v1`, `${registryId.toUpperCase().replace('/SUBSCRIPTIONS', '/subscriptions')}:app:v1`], 1],
  ])('%j are %d', (lines, count) => {
    expect(read(lines)).toMatchObject({ problems: '' })
    expect(read(lines).images).toHaveLength(count)
  })

  it.each([
    [['nginx:1 => contosoacr.azurecr.io/web:v1'], 'in line 1; expected a repository without a host, because images'],
    [['nginx:1 => web:v1', 'nginx:2 => web:v1'], 'in line 2; expected one source for web:v1; line 1 has'],
    [
      ['nginx:1', '', '# the same name', `nginx:1@${sha}`],
      'in line 4; expected one source for library/nginx:1; line 1',
    ],
    [['ghcr.io/team/app:v1', 'quay.io/team/app:v1'], 'in line 2; expected one source for team/app:v1; line 1 has'],
    [['nginx:1', 'Nginx:1'], '"Nginx:1" in line 2; expected SOURCE or'],
  ])('%j are rejected', (lines, text) => {
    expect(read(lines).problems).toContain(text)
  })
})

describe('credentials of the source', () => {
  const secret = { username: 'robot', password: 'secret' }

  it.each([
    ['docker.io', ['nginx:1', 'redis:7']],
    ['docker.io', ['nginx:1', 'mcr.microsoft.com/a/b:1', 'registry.k8s.io/pause:3.10']],
    ['docker.io', ['other.azurecr.io/app:v1', 'nginx:1', `${registryId}:app2:v1`]],
    ['other.azurecr.io', ['other.azurecr.io/app:v1']],
    ['registry.example.com:5000', ['registry.example.com:5000/app:v1']],
    [undefined, [`${registryId}:app:v1`, 'mcr.microsoft.com/a/b:1']],
    [undefined, []],
  ])('are for %s', (host, lines) => {
    const { sourceCredentials, problems } = read(lines, secret)
    expect(problems).toBe('')
    expect(sourceCredentials).toEqual(host === undefined ? undefined : { host, ...secret })
  })

  it.each([
    [['nginx:1', 'ghcr.io/team/app:v1'], 'docker.io (line 1 of images), ghcr.io (line 2 of images)'],
    [['one.azurecr.io/a:v1', 'two.azurecr.io/b:v1'], 'one.azurecr.io (line 1 of images), two.azurecr.io (line 2'],
    [['registry.example.com/a:v1', 'registry.example.com:5000/b:v1'], 'registry.example.com:5000 (line 2 of images)'],
  ])('are rejected for %j', (lines, text) => {
    expect(read(lines, secret).problems).toContain(text)
    expect(read(lines).problems).toBe('')
  })

  it('can be a token without a name, but not a name without a token', () => {
    expect(read(['nginx:1'], { password: 'token' }).sourceCredentials).toMatchObject({
      username: '',
      password: 'token',
    })
    expect(read(['nginx:1'], { username: 'robot' }).problems).toContain('source-password: empty')
  })
})
