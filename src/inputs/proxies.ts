import type { Inputs } from 'run-model'
import { metadataService, type Auth } from 'azure'
import { findUnusableProxies } from 'azure-clients'
import type { InputReader } from 'runner'

const expected =
  'an HTTP proxy such as http://proxy.corp.example:3128 or proxy.corp.example:3128, with a port from 1 to 65535 and special characters in its ' +
  'password percent-encoded; correct it in the environment of the runner or the job'

/** Rejects variables with a proxy that requests of the step would need and can't use. */
export function checkProxies(
  reader: InputReader,
  { auth, driftIssue }: Pick<Inputs, 'driftIssue'> & { auth?: Auth },
): void {
  // Some Enterprise Servers have no TLS.
  const { GITHUB_API_URL: github = '', ACTIONS_ID_TOKEN_REQUEST_URL: tokens = '' } = process.env
  const ofGithub = [driftIssue && github, auth?.type === 'oidc' ? tokens : '']
  const plain = [
    ...(auth?.type === 'managed-identity' ? [metadataService] : []),
    ...ofGithub.filter(url => /^http:/i.test(url) && URL.canParse(url)),
  ]
  for (const { variable, found } of findUnusableProxies(plain)) reader.reject(variable, found, expected)
}
