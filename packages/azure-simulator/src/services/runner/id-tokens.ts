import { Hono } from 'hono'
import type { ServiceEnvironment } from '../../model/exchange.js'
import { newGuid } from '../../model/ids.js'
import { subjectOf, type Runner } from '../../runner/runner.js'
import type { SigningKey } from '../tokens/signing-keys.js'
import type { World } from '../../world/world.js'

export const githubIssuer = 'https://token.actions.githubusercontent.com'

/** Hosts of GitHub's OIDC provider: the runner's token endpoint, and the public issuer. */
export const githubOidcHosts = [
  'pipelines.actions.githubusercontent.com',
  'token.actions.githubusercontent.com',
] as const

/** GitHub's OIDC provider (GitHub docs "OpenID Connect reference"; requests as in `@actions/core` oidc-utils). */
export function createGithubOidc(world: World, runner: Runner, key: SigningKey): Hono<ServiceEnvironment> {
  const app = new Hono<ServiceEnvironment>()
  const { pathname } = new URL(runner.requestUrl)

  app.get(pathname, async c => {
    // GitHub's own sample for curl uses "bearer" (docs.github.com "Methods for requesting the OIDC token"); schemes are
    // case-insensitive.
    const [, token] = /^bearer (.+)$/i.exec(c.req.header('authorization') ?? '') ?? []
    if (!runner.idToken || token !== runner.requestToken) {
      c.env.problem('the ID token was requested without the runner’s request token')
      return c.json({ $id: '1', message: 'The user is not authorized to access this resource.' }, 401)
    }
    c.env.record.caller = `runner of ${runner.repository}`
    const audience = c.req.query('audience') ?? `https://github.com/${runner.owner}`
    const value = await key.sign(claimsOf(runner, audience, world.timing.idTokenLifetimeSeconds))
    return c.json({ count: value.length, value })
  })
  app.get('/.well-known/openid-configuration', c =>
    c.json({
      issuer: githubIssuer,
      jwks_uri: `${githubIssuer}/.well-known/jwks`,
      subject_types_supported: ['public', 'pairwise'],
      response_types_supported: ['id_token'],
      id_token_signing_alg_values_supported: ['RS256'],
      scopes_supported: ['openid'],
    }),
  )
  app.get('/.well-known/jwks', async c => c.json(await key.jwks()))
  app.notFound(c => {
    c.env.problem('no such route')
    return c.text('Not Found', 404)
  })
  return app
}

function claimsOf(runner: Runner, audience: string, lifetimeSeconds: number): Record<string, unknown> {
  const now = Math.floor(Date.now() / 1000)
  const workflowRef = `${runner.repository}/.github/workflows/${runner.workflow}.yml@${runner.ref}`
  return {
    jti: newGuid(),
    sub: subjectOf(runner),
    aud: audience,
    ref: runner.ref,
    sha: runner.sha,
    repository: runner.repository,
    repository_owner: runner.owner,
    repository_owner_id: runner.ownerId,
    run_id: runner.runId,
    run_number: '42',
    run_attempt: '1',
    repository_visibility: 'private',
    repository_id: runner.repositoryId,
    actor_id: '1',
    actor: 'octocat',
    workflow: runner.workflow,
    head_ref: '',
    base_ref: '',
    event_name: runner.eventName,
    ref_protected: 'true',
    ref_type: runner.ref.startsWith('refs/tags/') ? 'tag' : 'branch',
    workflow_ref: workflowRef,
    workflow_sha: runner.sha,
    job_workflow_ref: workflowRef,
    job_workflow_sha: runner.sha,
    runner_environment: 'github-hosted',
    ...(runner.environment === undefined ? {} : { environment: runner.environment }),
    iss: githubIssuer,
    nbf: now - 300,
    exp: now + lifetimeSeconds,
    iat: now,
  }
}
