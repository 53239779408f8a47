import { beforeEach, describe, expect, it, vi } from 'vitest'
import { readSignIn } from '../../../src/inputs/inputs.js'
import { give, giveDefaults, readProblems } from '../../support/inputs.js'

const unusable = 'proxy.corp:99999'
const usable = 'proxy.corp:3128'

/** Sets these variables, and unsets all others that have a proxy. */
function stubProxies(variables: Record<string, string>): void {
  for (const name of ['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY']) {
    vi.stubEnv(name, variables[name])
    vi.stubEnv(name.toLowerCase(), variables[name.toLowerCase()])
  }
  vi.stubEnv('GITHUB_API_URL', variables.GITHUB_API_URL)
}

beforeEach(giveDefaults)

describe('a proxy variable', () => {
  it("that can't be used is rejected with what to write instead", async () => {
    stubProxies({ https_proxy: unusable })
    expect(await readProblems()).toEqual([
      `  https_proxy: found "${unusable}"; expected an HTTP proxy such as http://proxy.corp.example:3128 or ` +
        'proxy.corp.example:3128, with a port from 1 to 65535 and special characters in its password percent-encoded; ' +
        'correct it in the environment of the runner or the job',
    ])
  })

  it('is rejected together with invalid inputs', async () => {
    stubProxies({ HTTPS_PROXY: unusable })
    give('concurrency', '65')
    expect(await readProblems()).toEqual([
      expect.stringMatching(/^ {2}concurrency: /),
      expect.stringMatching(/^ {2}HTTPS_PROXY: /),
    ])
  })

  it.each<[string, Record<string, string>]>([
    ['can be used', { HTTPS_PROXY: usable, HTTP_PROXY: usable }],
    ['is never needed', { HTTPS_PROXY: unusable, NO_PROXY: '*' }],
    ['is only for plain HTTP, because Azure has TLS', { HTTP_PROXY: unusable }],
  ])('is accepted if it %s', async (_, variables) => {
    stubProxies(variables)
    expect(await readProblems()).toEqual([])
  })
})

describe('the proxy for plain HTTP', () => {
  it.each([
    ['managed-identity', '', ['HTTP_PROXY']],
    ['managed-identity', '169.254.169.254', []],
    ['azure-cli', '', []],
    ['oidc', '', []],
  ])(
    'is needed for the metadata service with auth-type: %s and NO_PROXY "%s": %o',
    async (authType, noProxy, found) => {
      stubProxies({ HTTP_PROXY: unusable, NO_PROXY: noProxy })
      give('auth-type', authType)
      expect((await readProblems()).map(line => line.trim().split(':')[0])).toEqual(found)
    },
  )

  it.each([
    ['oidc', 'http://tokens.corp.example/?api-version=2.0', ['HTTP_PROXY']],
    ['oidc', 'https://tokens.corp.example/?api-version=2.0', []],
    ['azure-cli', 'http://tokens.corp.example/?api-version=2.0', []],
  ])('is needed for ID tokens with auth-type: %s from %s: %o', async (authType, url, found) => {
    stubProxies({ HTTP_PROXY: unusable })
    vi.stubEnv('ACTIONS_ID_TOKEN_REQUEST_URL', url)
    give('auth-type', authType)
    expect((await readProblems()).map(line => line.trim().split(':')[0])).toEqual(found)
  })

  const [http, https] = ['http://ghes.corp.example/api/v3', 'https://ghes.corp.example/api/v3']

  it.each([
    ['check', 'true', http, ['HTTP_PROXY']],
    ['check', 'true', http.toUpperCase(), ['HTTP_PROXY']],
    ['check', 'true', https, []],
    ['check', 'true', `${https}?from=http://proxy`, []],
    ['check', 'true', 'http://[', []],
    ['check', 'true', undefined, []],
    ['check', 'false', http, []],
    ['attach', 'true', http, []],
    ['detach', 'true', http, []],
    ['merge', 'true', http, ['HTTP_PROXY']],
    ['merge', 'false', http, []],
  ])('in mode %s is needed with drift-issue: %s on a GitHub at %s: %o', async (mode, driftIssue, github, found) => {
    stubProxies({ HTTP_PROXY: unusable, ...(github !== undefined && { GITHUB_API_URL: github }) })
    give('mode', mode)
    give('reports', 'drift-reports')
    give('drift-issue', driftIssue)
    give('github-token', 'token')
    expect((await readProblems()).map(line => line.trim().split(':')[0])).toEqual(found)
  })

  it('in merge is only needed for the issue, as is the one for HTTPS', async () => {
    stubProxies({ HTTPS_PROXY: unusable })
    give('mode', 'merge')
    give('reports', 'drift-reports')
    expect(await readProblems()).toEqual([])
    give('drift-issue', 'true')
    give('github-token', 'token')
    expect(await readProblems()).toEqual([expect.stringMatching(/^ {2}HTTPS_PROXY: /)])
  })

  it('in the post step is only needed to sign in', () => {
    stubProxies({ HTTP_PROXY: unusable, GITHUB_API_URL: http })
    give('mode', 'check')
    give('drift-issue', 'true')
    give('github-token', 'token')
    expect(readSignIn().auth).toMatchObject({ type: 'oidc' })
    give('auth-type', 'managed-identity')
    expect(() => readSignIn()).toThrow('HTTP_PROXY')
  })
})
