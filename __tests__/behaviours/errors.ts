import type { Behaviour } from './behaviour.js'

/** Errors and findings. */
export const errors: readonly Behaviour[] = [
  {
    bullet: 'only what can recover by waiting is retried',
    file: 'packages/kernel/src/retry.ts',
    text: 'if (!isRetryable(error)) throw error',
    replacement: '',
    test: {
      file: 'packages/kernel/__tests__/wait.test.ts',
      title: 'retry > ends with the last failure at the deadline, and with any other failure immediately',
    },
  },
  {
    bullet: 'a missing permission is AUTHORIZATION_FAILED, with action, scope and principal',
    file: 'packages/azure-clients/src/arm/errors.ts',
    text: "  rule(403, { code: 'AUTHORIZATION_FAILED', sentence: describeRefusal }, fixAuthorization),\n",
    replacement: '',
    test: {
      file: 'packages/azure-clients/__tests__/refusals.test.ts',
      title: 'refusals > by Azure Resource Manager are explained as in refusals/',
    },
  },
  {
    bullet: 'all missing rights are listed at once',
    file: 'src/stages.ts',
    text: 'if (!azure || !isRefused) return concluded',
    replacement: 'if (!azure || isRefused) return concluded',
    test: {
      file: '__tests__/scenarios/attach/rights.test.ts',
      title: 'a run that is refused > lists all that it lacks at once, and asks once at each resource (attach, {})',
    },
  },
  {
    bullet: 'OIDC_UNAVAILABLE without id-token: write',
    file: 'packages/azure-clients/src/github/id-token.ts',
    text: 'return url && bearer ? { url, bearer } : undefined',
    replacement: 'return { url, bearer }',
    test: {
      file: 'packages/azure-clients/__tests__/id-token.test.ts',
      title: 'an ID token > is not requested without the permission ("", "")',
    },
  },
  {
    bullet: 'an access token that expires is renewed with an ID token that is not too old',
    file: 'packages/azure-clients/src/github/id-token.ts',
    text: 'requestedAt + lifetimeOf(token) - clock.now() > spareMs',
    replacement: 'requestedAt > 0',
    test: {
      file: 'packages/azure-clients/__tests__/id-token.test.ts',
      title: 'a kept ID token > is requested at once, and used for four of its five minutes, by a clock 0 s ahead',
    },
  },
  {
    bullet: 'FEDERATED_CREDENTIAL_MISMATCH where Entra refuses the assertion',
    file: 'packages/azure-clients/src/entra/errors.ts',
    text: 'mismatch([70021, 700211, 700212, 700213, 7002137],',
    replacement: 'mismatch([70021, 700211, 700213, 7002137],',
    test: {
      file: 'packages/azure-clients/__tests__/sign-in-errors.test.ts',
      title: 'an answer of Entra > says by its number what does not match, as in refusals/',
    },
  },
  {
    bullet: 'a 404 that is about no resource is not missing',
    file: 'packages/kernel/src/error.ts',
    text: 'return status === 404 && !notAboutResource.includes(code.toLowerCase()) ?',
    replacement: 'return status === 404 ?',
    test: {
      file: 'packages/kernel/__tests__/errors.test.ts',
      title: "Azure's answer > 404 with the code InvalidResourceType is other, and so is its error",
    },
  },
  {
    bullet: 'a near name is suggested',
    file: 'src/observe/named-resources.ts',
    text: 'const maxTypos = 1',
    replacement: 'const maxTypos = 0',
    test: {
      file: '__tests__/unit/observe/suggestions.test.ts',
      title:
        'a suggestion > is a name in which one letter was added, left out, replaced or swapped, in any letter case',
    },
  },
  {
    bullet: 'PRINCIPAL_NOT_FOUND is waited for',
    file: 'packages/azure-clients/src/arm/errors.ts',
    text: "rule('PrincipalNotFound', { code: 'PRINCIPAL_NOT_FOUND', recovers: true }",
    replacement: "rule('PrincipalNotFound', { code: 'PRINCIPAL_NOT_FOUND' }",
    test: {
      file: 'packages/azure-clients/__tests__/refusals.test.ts',
      title: 'refusals > by recorded answers are explained as in refusals/',
    },
  },
  {
    bullet: 'SCOPE_LOCKED',
    file: 'packages/azure-clients/src/arm/errors.ts',
    text: "rule('ScopeLocked', 'SCOPE_LOCKED',",
    replacement: "rule('ScopeLocked', 'AZURE_REFUSED',",
    test: {
      file: 'packages/azure-clients/__tests__/refusals.test.ts',
      title: 'refusals > by Azure Resource Manager are explained as in refusals/',
    },
  },
  {
    bullet: "GROUP_ACCESS_DENIED for groups whose members can't be changed",
    file: 'packages/azure-clients/src/graph/errors.ts',
    text: '({ onPremisesSyncEnabled }) => onPremisesSyncEnabled === true,',
    replacement: '({ onPremisesSyncEnabled }) => onPremisesSyncEnabled === null,',
    test: {
      file: 'packages/azure-clients/__tests__/graph-errors.test.ts',
      title: "a group whose members can't be changed > is refused, and the advice does not repeat the request in vain",
    },
  },
  {
    bullet: 'SOURCE_UNAUTHORIZED where the source refuses',
    file: 'packages/azure-clients/src/arm/import-errors.ts',
    text: "      code: 'SOURCE_UNAUTHORIZED',\n",
    replacement: "      code: 'IMPORT_FAILED',\n",
    test: {
      file: 'packages/azure-clients/__tests__/refusals.test.ts',
      title: 'refusals > by an import are explained as in refusals/',
    },
  },
  {
    bullet: 'POLICY_DENIED, without advice to grant a role',
    file: 'packages/azure-clients/src/arm/errors.ts',
    text: "{ code: 'POLICY_DENIED', sentence",
    replacement: "{ code: 'AUTHORIZATION_FAILED', sentence",
    test: {
      file: 'packages/azure-clients/__tests__/refusals.test.ts',
      title: 'refusals > by a policy are explained as in refusals/',
    },
  },
  {
    bullet: "AZURE_REFUSED: Azure's own words",
    file: 'packages/azure-clients/src/rule.ts',
    text: "const { code = 'AZURE_REFUSED', recovers",
    replacement: "const { code = 'UNEXPECTED', recovers",
    test: {
      file: 'packages/azure-clients/__tests__/refusals.test.ts',
      title: 'refusals > by Azure Resource Manager are explained as in refusals/',
    },
  },
  {
    bullet: 'THROTTLED when the retries are used up',
    file: 'packages/azure-clients/src/http/retries.ts',
    text: 'if (status === 429) return pauseFor(seconds ?? throttledSeconds)',
    replacement: 'if (status === 429) return undefined',
    test: { file: 'packages/azure-clients/__tests__/retries.test.ts', title: 'an answer of 429 is one of its kind' },
  },
  {
    bullet: 'a command in a cluster is never started twice',
    file: 'packages/azure-clients/src/http/retries.ts',
    text: '(request !== undefined && !startsSomething(request))',
    replacement: 'request !== undefined',
    test: { file: 'packages/azure-clients/__tests__/retries.test.ts', title: 'an answer of 500 is one of its kind' },
  },
  {
    bullet: 'a broken answer is a lost one, never an empty list',
    file: 'packages/azure-clients/src/http/whole-answers.ts',
    text: "if (isList) return { content: 'a list', isWhole: has('value', 'list') }",
    replacement: 'if (isList) return undefined',
    test: {
      file: '__tests__/scenarios/failures/lost-answers.long.test.ts',
      title: 'a list of role assignments in another form > such as {} is requested again',
    },
  },
  {
    bullet: "what an answer to a repeated request reports may be this run's own work",
    file: 'packages/azure-clients/src/http/retries.ts',
    text: "if (['open', 'unauthenticated'].includes(answerKind(response.status))) lost.add(request)",
    replacement: '',
    test: { file: 'packages/azure-clients/__tests__/retries.test.ts', title: 'an answer of 500 is one of its kind' },
  },
  {
    bullet: 'CANCELLED when the job is cancelled',
    file: 'packages/kernel/src/error.ts',
    text: '  if (isAbort(thrown)) return cancelled(thrown)\n',
    replacement: '',
    test: {
      file: 'packages/kernel/__tests__/errors.test.ts',
      title: 'an error > stays one, and becomes a cancellation if it was aborted',
    },
  },
  {
    bullet: 'a cancelled job is reported, whatever signal comes',
    file: 'packages/runner/src/cancellation.ts',
    text: "['SIGINT', 'SIGTERM', 'SIGBREAK']",
    replacement: "['SIGINT', 'SIGBREAK']",
    test: {
      file: '__tests__/scenarios/failures/cancellation.long.test.ts',
      title: 'a cancelled job > ends soon on SIGTERM alone',
    },
  },
  {
    bullet: 'PROPAGATION_TIMEOUT when Azure does not report the grant in time',
    file: 'src/verify/assignments.ts',
    text: "{ verified: 'none', error: trouble ?? explainLate(pair, inputs) }",
    replacement: "{ verified: 'assignment' }",
    test: {
      file: '__tests__/unit/verify/assignments.test.ts',
      title: 'the wait for Azure > that ends too late is one sentence, and one look: 0',
    },
  },
  {
    bullet: 'the wait for a grant ends when Azure reports it',
    file: 'src/verify/assignments.ts',
    text: 'if (assignment.roleId !== role.id || !reach',
    replacement: 'if (assignment.roleId === role.id || !reach',
    test: {
      file: '__tests__/unit/verify/assignments.test.ts',
      title: 'the wait for Azure > ends as soon as the role is listed',
    },
  },
  {
    bullet: 'RUNNING_IMAGE_GONE: an image that ran is no longer in the registry',
    file: 'packages/image-uses/src/running-findings.ts',
    text: "everRan(image) ? 'gone' : 'missing'",
    replacement: "'missing'",
    test: {
      file: 'packages/image-uses/__tests__/running-images.test.ts',
      title: 'an image that runs > is gone with its tag',
    },
  },
  {
    bullet: 'what never ran waits for an image that is not there',
    file: 'packages/image-uses/src/running-findings.ts',
    text: "everRan(image) ? 'gone' : 'missing'",
    replacement: "'gone'",
    test: {
      file: 'packages/image-uses/__tests__/running-images.test.ts',
      title: 'an image that runs > is missing if pods only wait for it',
    },
  },
  {
    bullet: "RUNNING_IMAGE_MOVED: what the node's platform gets is compared",
    file: 'packages/image-uses/src/running-findings.ts',
    text: '!isPart && !getsSame(image, running, parts)',
    replacement: '!isPart',
    test: {
      file: 'packages/image-uses/__tests__/running-images.test.ts',
      title: 'an image that runs > that was built again has the same image of all its platforms',
    },
  },
  {
    bullet: 'an image that could not be read is unknown, never gone',
    file: 'packages/image-uses/src/running-findings.ts',
    text: "if (named.kind === 'unknown') return { status: 'unknown', digest: '', error: named.error }",
    replacement: "if (named.kind === 'unknown') return { status: 'gone', digest: '', error: named.error }",
    test: {
      file: 'packages/image-uses/__tests__/running-images.test.ts',
      title: 'an image that runs > is unknown if the tag could not be read',
    },
  },
  {
    bullet: 'NO_PRIVATE_ENDPOINT in check is drift',
    file: 'src/plan/plan.ts',
    text: "desired.mode === 'check' ? explainSealed(registry) : undefined",
    replacement: "desired.mode === 'merge' ? explainSealed(registry) : undefined",
    test: { file: '__tests__/unit/plan/plans.test.ts', title: 'the plan > of an attach is as in plans/' },
  },
  {
    bullet: 'PRIVATE_ENDPOINTS_COLLIDE beside a pull that failed by DNS or connection',
    file: 'packages/pull-proof/src/unreachable.ts',
    text: 'privateEndpoints.length < 2',
    replacement: 'privateEndpoints.length < 9',
    test: { file: 'packages/pull-proof/__tests__/verify-pull.test.ts', title: 'a pair > lost by DNS' },
  },
  {
    bullet: 'SECRET_EXPIRES',
    file: 'src/plan/findings.ts',
    text: '    ...findSecret(target),\n',
    replacement: '',
    test: { file: '__tests__/unit/plan/findings.test.ts', title: 'findings > about a cluster are as in findings/' },
  },
  {
    bullet: 'PULL_UNSTEADY: an old grant, nothing written, and more than one attempt',
    file: 'packages/pull-proof/src/findings.ts',
    text: 'pulls.filter(({ attempts, firstRefusal }) => attempts > 1',
    replacement: 'pulls.filter(({ attempts, firstRefusal }) => attempts > 9',
    test: {
      file: 'packages/pull-proof/__tests__/left-out.test.ts',
      title: 'findings > about unsteady pulls are told as in findings/',
    },
  },
  {
    bullet: 'FILTER_WITHOUT_EFFECT is INVALID_INPUT in attach where a near name exists',
    file: 'src/observe/lists.ts',
    text: "const typos = mode === 'check' ? [] : found",
    replacement: "const typos = mode !== 'check' ? [] : found",
    test: {
      file: '__tests__/scenarios/check/lists.long.test.ts',
      title: 'filters > one letter off are refused by attach before the first write',
    },
  },
  {
    bullet: 'GROUP_LATENCY',
    file: 'src/plan/findings.ts',
    text: '    ...findGroupLatency(context),\n',
    replacement: '',
    test: { file: '__tests__/unit/plan/findings.test.ts', title: 'findings > about a group are as in findings/' },
  },
  {
    bullet: 'PUBLIC_ACCESS_DISABLED',
    file: 'src/plan/findings.ts',
    text: '  if (!publicNetworkAccess) {',
    replacement: '  if (!publicNetworkAccess && firewall) {',
    test: { file: '__tests__/unit/plan/findings.test.ts', title: 'findings > about a registry are as in findings/' },
  },
  {
    bullet: 'ADMIN_USER_ENABLED',
    file: 'src/plan/findings.ts',
    text: '  if (adminUserEnabled) {',
    replacement: '  if (adminUserEnabled && !exists) {',
    test: { file: '__tests__/unit/plan/findings.test.ts', title: 'findings > about a registry are as in findings/' },
  },
  {
    bullet: 'CLUSTER_STOPPED is a finding in check, and no drift',
    file: 'src/plan/findings.ts',
    text: '  if (!isStopped) return []\n',
    replacement: '  if (isStopped || !isStopped) return []\n',
    test: { file: '__tests__/unit/plan/findings.test.ts', title: 'findings > about a cluster are as in findings/' },
  },
  {
    bullet: 'CONDITION_REMOVED',
    file: 'src/plan/findings.ts',
    text: '    ...findRemovedConditions(context),\n',
    replacement: '',
    test: { file: '__tests__/unit/plan/findings.test.ts', title: 'findings > about a role are as in findings/' },
  },
  {
    bullet: 'WRONG_IDENTITY_GRANTED is for check, detach and failures',
    file: 'src/observe/inspect.ts',
    text: "pair => mode !== 'attach' || hasFailed(pair)",
    replacement: "pair => mode !== 'check' || hasFailed(pair)",
    test: {
      file: '__tests__/unit/observe/inspect.test.ts',
      title: 'an inspection > is of failed pairs in attach, and of all pairs in the other modes',
    },
  },
  {
    bullet: 'secrets are masked before they are used',
    file: 'packages/runner/src/secrets.ts',
    text: '  core.setSecret(secret)\n',
    replacement: '',
    test: {
      file: '__tests__/scenarios/attach/outputs.test.ts',
      title: 'secrets > are masked before they are used, and never printed',
    },
  },
  {
    bullet: 'a write that exists already is a success, with its ID',
    file: 'src/apply/role-assignments.ts',
    text: 'if (existing) return { roleAssignmentId: roleAssignmentId(scope, existing),',
    replacement: "if (existing) return { roleAssignmentId: '',",
    test: {
      file: '__tests__/scenarios/attach/idempotence.test.ts',
      title: 'RoleAssignmentExists > is success, with the ID of the existing assignment',
    },
  },
  {
    bullet: 'a missing permission is not waited for',
    file: 'packages/azure-clients/src/arm/errors.ts',
    text: "rule(403, { code: 'AUTHORIZATION_FAILED', sentence: describeRefusal }",
    replacement: "rule(403, { code: 'AUTHORIZATION_FAILED', recovers: true, sentence: describeRefusal }",
    test: {
      file: 'packages/azure-clients/__tests__/refusals.test.ts',
      title: 'refusals > by recorded answers are explained as in refusals/',
    },
  },
  {
    bullet: 'BOOTSTRAP_REGISTRY where the grant that nodes boot with is missing or too narrow',
    file: 'src/plan/findings.ts',
    text: '    ...findBootstrap(context),\n',
    replacement: '',
    test: {
      file: '__tests__/unit/plan/findings.test.ts',
      title: 'findings > about the registry that nodes boot from are as in findings/',
    },
  },
  {
    bullet: 'a deletion of what is gone already is a success',
    file: 'src/apply/role-assignments.ts',
    text: "if (toActionError(error).kind === 'missing') return { roleAssignmentId",
    replacement: "if (toActionError(error).kind === 'open') return { roleAssignmentId",
    test: {
      file: '__tests__/scenarios/detach/detach.test.ts',
      title: "a deletion > isn't a failure if the assignment is gone in the meantime (404)",
    },
  },
  {
    bullet: 'a write of a condition is never repeated by the HTTP layer',
    file: 'packages/azure-clients/src/http/retries.ts',
    text: '  if (request && writesCondition(request)) return false\n',
    replacement: '',
    test: {
      file: 'packages/azure-clients/__tests__/retries.test.ts',
      title: 'a write of a condition > is never sent again here (0)',
    },
  },
  {
    bullet: 'a write of a condition is not repeated after throttling, either',
    file: 'packages/azure-clients/src/http/retries.ts',
    text: '!isThrottled(answer) || writesCondition(request)',
    replacement: '!isThrottled(answer)',
    test: {
      file: 'packages/azure-clients/__tests__/retries.test.ts',
      title: 'a write of a condition > is never sent again here (4)',
    },
  },
  {
    bullet: "an empty 404 is lost, also with Azure's headers",
    file: 'packages/azure-clients/src/http/whole-answers.ts',
    text: 'isNameless && (needsBody || !hasAzureHeader)',
    replacement: 'isNameless && !hasAzureHeader',
    test: {
      file: 'packages/azure-clients/__tests__/whole-answers.test.ts',
      title: "an answer of 404 > is lost with nothing, with Azure's headers: a gateway can send it",
    },
  },
  {
    bullet: 'an empty 404 is AZURE_UNAVAILABLE',
    file: 'packages/azure-clients/src/arm/errors.ts',
    text: "answerKind(status) === 'open' || (status === 404 && !code)",
    replacement: "answerKind(status) === 'open'",
    test: {
      file: 'packages/azure-clients/__tests__/refusals.test.ts',
      title: 'refusals > by something in between are explained as in refusals/',
    },
  },
  {
    bullet: 'a refused name that is near another one is "Did you mean"',
    file: 'src/observe/named-resources.ts',
    text: 'if (isSeen || !findRefused(refusal)) return undefined',
    replacement: 'if (isSeen || findRefused(refusal)) return undefined',
    test: {
      file: '__tests__/unit/observe/suggestions.test.ts',
      title: 'a refused resource > was probably meant under a name that is near, or in another group',
    },
  },
  {
    bullet: '"Did you mean" comes before any advice on roles',
    file: 'src/observe/targets.ts',
    text: 'explainMisnamed(read.error, resources.cluster, id, seen) ?? read.error',
    replacement: 'read.error',
    test: {
      file: '__tests__/scenarios/attach/near-names.long.test.ts',
      title:
        'a misspelled name, with the roles of the set-up > the cluster by name is told in attach before any advice on roles',
    },
  },
  {
    bullet: 'a right that was just given is waited for',
    file: 'packages/azure-clients/src/arm/new-roles.ts',
    text: 'const [youngest] = [...all].filter(({ ageMs }) => ageMs < maxAgeMs)',
    replacement: 'const [youngest] = [...all].filter(({ ageMs }) => ageMs < 0)',
    test: {
      file: 'packages/azure-clients/__tests__/new-roles.test.ts',
      title: 'a refusal > recovers if a role that allows it was assigned lately',
    },
  },
  {
    bullet: 'a right that was given long ago is missing at once',
    file: 'packages/azure-clients/src/arm/new-roles.ts',
    text: 'const [youngest] = [...all].filter(({ ageMs }) => ageMs < maxAgeMs)',
    replacement: 'const [youngest] = [...all].filter(({ ageMs }) => ageMs >= 0)',
    test: {
      file: 'packages/azure-clients/__tests__/new-roles.test.ts',
      title: 'a refusal > is final if the role is old',
    },
  },
  {
    bullet: 'only what an assignment grants is waited for',
    file: 'packages/azure-clients/src/arm/new-roles.ts',
    text: 'const allowing = own.filter((_, index) => may[index])',
    replacement: 'const allowing = own',
    test: {
      file: 'packages/azure-clients/__tests__/new-roles.test.ts',
      title: 'a refusal > is final if no new role allows it',
    },
  },
  {
    bullet: "where its own assignments can't be read, the youngest that can be read decides",
    file: 'packages/azure-clients/src/arm/new-roles.ts',
    text: 'findYoungest((await roles.list(scope, objectId)) ?? [])',
    replacement: 'findYoungest([])',
    test: {
      file: 'packages/azure-clients/__tests__/new-roles.test.ts',
      title: "a refusal > recovers if its roles there can't be read, and another one is new",
    },
  },
]
