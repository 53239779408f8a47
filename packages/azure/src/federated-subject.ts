/** Who can sign in with a federated credential for the subject of a GitHub ID token. */
export interface Admission {
  /** One or more sentences that name everyone who gets in. */
  who: string
  /** What to do instead of creating the credential; empty if the subject is as narrow as it can be. */
  instead: string
  /** Where jobs with such a subject run, and what to do if that is not what was set up; absent if there is no such place. */
  place?: { name: string; otherwise: string }
  /** Set if nothing in GitHub's settings keeps out code that nobody has reviewed. */
  caution?: string
}

const ownCode = 'can run their own code as this identity'

const unreviewed = `everyone who can push a branch there ${ownCode}, before anyone has reviewed it`

const readOnly =
  'Run this step on push instead, after the merge; or use mode: check with an identity of its own that can only read (docs/set-up.md).'

/**
 * Reads who gets in from the subject, in its default form, with immutable IDs, or made from a customised template of `key:value` pairs
 * (docs.github.com/actions/reference/security/oidc). An environment replaces the ref, and its protection is not in the token.
 * @param event the event of the run: the subject does not tell `pull_request_target` from others
 */
export function findAdmission(subject: string, event: string): Admission {
  const claims = readClaims(subject)
  const owner = readRepository(claims)
  const environment = claims.get('environment')
  const { kind, name } = readRef(claims)
  if (environment) return admitEnvironment(environment, owner)
  if (kind === 'pull' || isPullRequest(claims)) return admitPullRequests(owner, event)
  if (kind === 'heads' && name.startsWith('gh-readonly-queue/')) return admitQueueEntry(owner)
  if (kind === 'heads') return admitPushers('push to', `the branch ${name}`, owner, event)
  if (kind === 'tags') return admitPushers('create or move', `the tag ${name}`, owner, event)
  return admitAll(owner)
}

function isPullRequest(claims: ReadonlyMap<string, string>): boolean {
  return /^pull_request(?:_target)?$/.test(claims.get('event_name') ?? '')
}

/** The kind and the name of the ref in a subject; both empty if it names none. */
function readRef(claims: ReadonlyMap<string, string>): { kind: string; name: string } {
  const ref = claims.get('ref') ?? claims.get('workflow_ref')?.replace(/^[^@]*@/, '') ?? ''
  const [, kind = '', name = ''] = /^refs\/(heads|tags|pull)\/(.+)/.exec(ref) ?? []
  return { kind, name }
}

/** Whose jobs a subject fits, as words. */
interface SubjectOwner {
  whose: string
  isOneRepository: boolean
}

/** A caution if jobs of several repositories get in. */
function cautionOf({ whose, isOneRepository }: SubjectOwner): Pick<Admission, 'caution'> {
  return isOneRepository ? {} : { caution: `Wider: lets ${whose} sign in` }
}

function admitEnvironment(environment: string, owner: SubjectOwner): Admission {
  return {
    who:
      `With such a credential, every job of ${owner.whose} that names the environment ${environment} signs in, from any branch or pull request, unless the environment forbids it: ` +
      `without protection, ${unreviewed}. So first make sure that it has required reviewers, or only lets protected branches deploy: see Settings > Environments > ${environment}. ` +
      'A job that names an environment that does not exist creates it, without protection.',
    instead: '',
    place: {
      name: `the environment ${environment}`,
      otherwise:
        'Run this step only in jobs with the environment that was set up; if a branch was set up, in jobs without one.',
    },
    ...cautionOf(owner),
  }
}

function admitPullRequests({ whose }: SubjectOwner, event: string): Admission {
  return {
    who: `With such a credential, every pull request of ${whose} signs in: ${unreviewed}.${describeTarget(event)}`,
    instead: `Don't let pull requests sign in as an identity that can assign roles. ${readOnly}`,
    caution: `Wider: lets every pull request of ${whose} sign in`,
  }
}

function admitQueueEntry(owner: SubjectOwner): Admission {
  return {
    who: `With such a credential, only this entry of the merge queue signs in, with code that is not merged yet: everyone who can add a pull request to the queue ${ownCode}.`,
    instead:
      'The ref of a merge queue is new for every entry, so a credential for it fits no other run. Run this step on push to the branch that the queue merges into.',
    ...cautionOf(owner),
  }
}

/** @param change what they can do with the place, a branch or tag */
function admitPushers(change: string, place: string, owner: SubjectOwner, event: string): Admission {
  return {
    who:
      `With such a credential, everyone who can ${change} ${place} of ${owner.whose} ${ownCode}: ` +
      `protect it if the identity can assign roles.${describeTarget(event)}`,
    instead: '',
    place: { name: place, otherwise: 'Run this step only on the branch that was set up.' },
    ...cautionOf(owner),
  }
}

function admitAll({ whose }: SubjectOwner): Admission {
  return {
    who: `The subject names neither a branch nor an environment, so with such a credential every job of ${whose} signs in, from any branch and any pull request: ${unreviewed}.`,
    instead: `Don't create it for an identity that can assign roles. Use a subject template with context, which names the branch or the environment. ${readOnly}`,
    caution: `Wider: lets every branch and every pull request of ${whose} sign in`,
  }
}

/** `pull_request_target` and others run for strangers with the token of the base branch. */
function describeTarget(event: string): string {
  return event === 'pull_request_target'
    ? ' This run is for pull_request_target, which everyone who can open a pull request starts, also from a fork: never run code of the pull request in this job.'
    : ''
}

function readRepository(claims: ReadonlyMap<string, string>): SubjectOwner {
  const repository = claims.get('repo') ?? claims.get('repository')
  if (repository) return { whose: repository.replace(/@\d+/g, ''), isOneRepository: true }
  const id = claims.get('repository_id')
  if (id) return { whose: `the repository with the ID ${id}`, isOneRepository: true }
  const [owner, ownerId] = [claims.get('repository_owner'), claims.get('repository_owner_id')]
  const owners = owner ?? (ownerId && `the owner with the ID ${ownerId}`)
  const workflow = claims.get('job_workflow_ref')
  const whose = [
    'every repository',
    owners && ` of ${owners}`,
    workflow && ` that calls ${workflow}`,
    !owners && !workflow && ' whose tokens have this subject',
  ]
  return { whose: whose.filter(Boolean).join(''), isOneRepository: false }
}

/** The claims in a subject: `key:value` pairs, as GitHub encodes the colons in values, and `pull_request` alone, which stands for its event. */
function readClaims(subject: string): ReadonlyMap<string, string> {
  const pairs = subject.matchAll(/(?:^|:)(?:(pull_request)(?=:|$)|([^:]+):([^:]*))/g)
  return new Map(Array.from(pairs, ([, event, key = 'event_name', value = '']) => [key, event ?? value]))
}
