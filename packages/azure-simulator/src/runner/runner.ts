import { newGuid } from '../model/ids.js'

/** The workflow run that starts the client. */
export interface RunnerOptions {
  /** `owner/name` */
  repository?: string
  /** `refs/heads/main` */
  ref?: string
  workflow?: string
  job?: string
  runId?: string
  eventName?: string
  /** The job's environment; it replaces the ref in the subject. */
  environment?: string
  /** False if the job lacks `permissions: id-token: write`. */
  idToken?: boolean
  /** Host of a GitHub Enterprise Server; github.com by default. */
  enterpriseServer?: string
  /** Uses subjects with owner and repository IDs, the default for repositories created since July 2026. */
  immutableSubject?: boolean
  /**
   * The subject that the repository's customised template makes (docs.github.com "OpenID Connect reference"), such as
   * `repository_owner:contoso:repository_visibility:internal` (Azure/login issue 468).
   */
  subject?: string
}

export interface Runner extends Required<Omit<RunnerOptions, 'environment' | 'enterpriseServer' | 'subject'>> {
  readonly subject: string | undefined
  readonly environment: string | undefined
  readonly serverUrl: string
  /** Base URL of the REST API, without a trailing slash. */
  readonly apiUrl: string
  readonly owner: string
  readonly ownerId: string
  readonly repositoryId: string
  readonly sha: string
  /** Bearer token for the ID token endpoint. */
  readonly requestToken: string
  readonly requestUrl: string
  /** Bearer token for artifacts and caches. */
  readonly runtimeToken: string
}

const idTokenHost = 'https://pipelines.actions.githubusercontent.com'

/** A workflow run; of `contoso/shop` on `main` by default. */
export function createRunner(options: RunnerOptions = {}): Runner {
  const repository = options.repository ?? 'contoso/shop'
  const serverUrl = `https://${options.enterpriseServer ?? 'github.com'}`
  return {
    repository,
    ref: options.ref ?? 'refs/heads/main',
    workflow: options.workflow ?? 'deploy',
    job: options.job ?? 'deploy',
    eventName: options.eventName ?? 'push',
    environment: options.environment,
    subject: options.subject,
    idToken: options.idToken ?? true,
    immutableSubject: options.immutableSubject ?? false,
    serverUrl,
    apiUrl: options.enterpriseServer === undefined ? 'https://api.github.com' : `${serverUrl}/api/v3`,
    owner: repository.split('/')[0] ?? repository,
    ownerId: '9919',
    repositoryId: '1296269',
    runId: options.runId ?? '1658821493',
    sha: 'ffac537e6cbbf934b08745a378932722df287a53',
    requestToken: newGuid(),
    runtimeToken: newGuid(),
    requestUrl: `${idTokenHost}/${newGuid().replaceAll('-', '')}/idtoken?api-version=2.0`,
  }
}

/**
 * The subject claim (GitHub docs "OpenID Connect reference"; Entra docs "GitHub immutable subjects" for the form with
 * IDs).
 */
export function subjectOf(runner: Runner): string {
  if (runner.subject !== undefined) return runner.subject
  const [owner = '', name = ''] = runner.repository.split('/')
  const repository = runner.immutableSubject
    ? `${owner}@${runner.ownerId}/${name}@${runner.repositoryId}`
    : runner.repository
  if (runner.environment !== undefined) return `repo:${repository}:environment:${runner.environment}`
  if (runner.eventName.startsWith('pull_request')) return `repo:${repository}:pull_request`
  return `repo:${repository}:ref:${runner.ref}`
}

/** The environment variables that GitHub's runner sets for a step, except its files. */
export function runnerEnvironment(runner: Runner): Record<string, string> {
  const [owner = ''] = runner.repository.split('/')
  return {
    CI: 'true',
    GITHUB_ACTIONS: 'true',
    GITHUB_SERVER_URL: runner.serverUrl,
    GITHUB_API_URL: runner.apiUrl,
    GITHUB_GRAPHQL_URL: `${runner.apiUrl.replace(/\/v3$/, '')}/graphql`,
    GITHUB_REPOSITORY: runner.repository,
    GITHUB_REPOSITORY_ID: runner.repositoryId,
    GITHUB_REPOSITORY_OWNER: owner,
    GITHUB_REPOSITORY_OWNER_ID: runner.ownerId,
    GITHUB_REF: runner.ref,
    GITHUB_REF_NAME: runner.ref.replace(/^refs\/(heads|tags)\//, ''),
    GITHUB_REF_TYPE: runner.ref.startsWith('refs/tags/') ? 'tag' : 'branch',
    GITHUB_SHA: runner.sha,
    GITHUB_WORKFLOW: runner.workflow,
    GITHUB_WORKFLOW_REF: `${runner.repository}/.github/workflows/${runner.workflow}.yml@${runner.ref}`,
    GITHUB_JOB: runner.job,
    GITHUB_RUN_ID: runner.runId,
    GITHUB_RUN_NUMBER: '42',
    GITHUB_RUN_ATTEMPT: '1',
    GITHUB_ACTOR: 'octocat',
    GITHUB_ACTOR_ID: '583231',
    GITHUB_TRIGGERING_ACTOR: 'octocat',
    GITHUB_BASE_REF: runner.eventName.startsWith('pull_request') ? 'main' : '',
    GITHUB_HEAD_REF: runner.eventName.startsWith('pull_request') ? 'feature' : '',
    GITHUB_REF_PROTECTED: 'false',
    GITHUB_RETENTION_DAYS: '90',
    GITHUB_WORKFLOW_SHA: runner.sha,
    GITHUB_EVENT_NAME: runner.eventName,
    RUNNER_OS: 'Linux',
    RUNNER_ARCH: 'X64',
    RUNNER_NAME: 'GitHub Actions 1',
    RUNNER_ENVIRONMENT: 'github-hosted',
    ACTIONS_RUNTIME_URL: 'https://pipelines.actions.githubusercontent.com/simulated/',
    ACTIONS_RUNTIME_TOKEN: runner.runtimeToken,
    ACTIONS_RESULTS_URL: 'https://results-receiver.actions.githubusercontent.com/',
    ACTIONS_CACHE_URL: 'https://artifactcache.actions.githubusercontent.com/simulated/',
    ...(runner.idToken
      ? { ACTIONS_ID_TOKEN_REQUEST_URL: runner.requestUrl, ACTIONS_ID_TOKEN_REQUEST_TOKEN: runner.requestToken }
      : {}),
  }
}
