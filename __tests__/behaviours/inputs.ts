import type { Behaviour } from './behaviour.js'

/** The inputs. */
export const inputs: readonly Behaviour[] = [
  {
    bullet: 'lists: blank lines and lines that begin with # are ignored',
    file: 'packages/runner/src/inputs.ts',
    text: "text && !text.startsWith('#')",
    replacement: 'text',
    test: { file: 'packages/runner/__tests__/inputs.test.ts', title: 'a list > "# only\\n   # comments" is []' },
  },
  {
    bullet: 'all problems with the inputs are reported together',
    file: 'packages/runner/src/inputs.ts',
    text: "throw invalidInputs(problems, 'Nothing was sent",
    replacement: "throw invalidInputs(problems.slice(0, 1), 'Nothing was sent",
    test: {
      file: '__tests__/unit/inputs/readings.test.ts',
      title: 'inputs > about several inputs are read as in readings/',
    },
  },
  {
    bullet: 'problems with the inputs are reported before the first request',
    file: 'src/inputs/inputs.ts',
    text: '  reader.finish()\n  // After a role',
    replacement: '  // After a role',
    test: {
      file: '__tests__/scenarios/attach/requests.test.ts',
      title: 'requests > are none with names that are no inputs, which the runner only warns about',
    },
  },
  {
    bullet: 'client-id, tenant-id and subscription-id default to variables',
    file: 'packages/runner/src/inputs.ts',
    text: "const value = given || unquote((variable && process.env[variable]) ?? '')",
    replacement: 'const value = given',
    test: {
      file: 'packages/runner/__tests__/inputs.test.ts',
      title: 'a GUID > can come from a variable, over which the input takes precedence',
    },
  },
  {
    bullet: 'environment: any letter case',
    file: 'packages/runner/src/inputs.ts',
    text: 'choice === value || (anyCase && choice.toLowerCase() === value.toLowerCase())',
    replacement: 'choice === value',
    test: {
      file: '__tests__/unit/inputs/readings.test.ts',
      title: 'inputs > about the sign-in are read as in readings/',
    },
  },
  {
    bullet: 'audience: by environment',
    file: 'src/inputs/inputs.ts',
    text: "reader.text('audience') || cloud.tokenAudience",
    replacement: "reader.text('audience') || 'api://AzureADTokenExchange'",
    test: {
      file: '__tests__/unit/inputs/readings.test.ts',
      title: 'inputs > about the sign-in are read as in readings/',
    },
  },
  {
    bullet: '*: !NAME takes clusters out, tag:KEY=VALUE keeps those with the tag',
    file: 'src/observe/lists.ts',
    text: "(filter.kind === 'not') !== matches(resource, filter)",
    replacement: 'matches(resource, filter)',
    test: {
      file: '__tests__/unit/inputs/filters.test.ts',
      title: 'a resource passes if no filter leaves it out, and it has all tags, whose names ignore letter case',
    },
  },
  {
    bullet: 'two clusters of one name are an error that lists both',
    file: 'src/observe/named-resources.ts',
    text: 'if (others.length === 0) return { asked, value }',
    replacement: 'if (others.length >= 0) return { asked, value }',
    test: {
      file: '__tests__/scenarios/attach/lookups.test.ts',
      title: 'a cluster > is ambiguous if two have its name, and both are listed',
    },
  },
  {
    bullet: 'kubelet-identity is enough without a cluster',
    file: 'src/inputs/inputs.ts',
    text: "reader.list('cluster').length + reader.list('kubelet-identity').length === 0",
    replacement: "reader.list('cluster').length === 0",
    test: {
      file: '__tests__/unit/inputs/readings.test.ts',
      title: 'inputs > about identities are read as in readings/',
    },
  },
  {
    bullet: 'registry: a regional endpoint is the registry',
    file: 'src/inputs/inputs.ts',
    text: '(?:\\.[a-z0-9]+\\.geo)?',
    replacement: '',
    test: {
      file: '__tests__/unit/inputs/readings.test.ts',
      title: 'inputs > about registries are read as in readings/',
    },
  },
  {
    bullet: "role: auto follows the registry's mode",
    file: 'packages/azure/src/registry.ts',
    text: "roleAssignmentMode === 'ABAC' ? builtInRoles.repositoryReader : builtInRoles.acrPull",
    replacement: "roleAssignmentMode === 'ABAC' ? builtInRoles.acrPull : builtInRoles.acrPull",
    test: {
      file: 'packages/pull-proof/__tests__/pull-errors.test.ts',
      title: 'pulls that failed > because of a node that is refused are told as in pull-errors/',
    },
  },
  {
    bullet: 'role: the name or GUID of a role',
    file: 'src/inputs/inputs.ts',
    text: "isGuid(role) ? { kind: 'id', id: role.toLowerCase() } : ",
    replacement: '',
    test: {
      file: '__tests__/unit/inputs/readings.test.ts',
      title: 'inputs > about identities are read as in readings/',
    },
  },
  {
    bullet: 'repositories at a registry in RBAC mode are INVALID_INPUT',
    file: 'src/observe/roles.ts',
    text: 'if (repositories.length > 0 && !isLimitable) {',
    replacement: 'if (repositories.length > 0 && isLimitable) {',
    test: {
      file: '__tests__/scenarios/attach/roles.test.ts',
      title: 'repositories > are refused on an RBAC registry, before any write',
    },
  },
  {
    bullet: 'group: the role goes to the group, and the identity becomes a member',
    file: 'src/plan/group.ts',
    text: 'return [...planGroupRole(context), ...planJoin(context)]',
    replacement: 'return planGroupRole(context)',
    test: { file: '__tests__/unit/plan/plans.test.ts', title: 'the plan > of the group of the inputs is as in plans/' },
  },
  {
    bullet: 'on-timeout: no direct assignment unless it is asked for',
    file: 'src/plan/again.ts',
    text: "context.desired.onTimeout === 'assign-directly' && ",
    replacement: '',
    test: { file: '__tests__/unit/plan/plans.test.ts', title: 'the plan > of a second plan is as in plans/' },
  },
  {
    bullet: 'source-password goes to one registry only',
    file: 'src/inputs/images.ts',
    text: 'if (others.length > 0) {',
    replacement: 'if (others.length > 99) {',
    test: { file: '__tests__/unit/inputs/readings.test.ts', title: 'inputs > about images are read as in readings/' },
  },
  {
    bullet: 'location: that of the resource group by default',
    file: 'src/apply/registries.ts',
    text: 'location || (await getResource(azure, resources.location, scopeOf(id.subscriptionId, id.resourceGroup)))',
    replacement: 'location',
    test: {
      file: '__tests__/scenarios/attach/create-registry.long.test.ts',
      title:
        'a registry that does not exist > is created with the SKU in the location of its resource group, and used at once',
    },
  },
  {
    bullet: 'create-registry: without it, a registry must exist',
    file: 'src/observe/registries.ts',
    text: "if (creation && mode !== 'detach')\n    return { asked, value: planned(id, creation.sku,",
    replacement: "if (mode !== 'detach')\n    return { asked, value: planned(id, creation?.sku ?? 'Basic',",
    test: {
      file: '__tests__/scenarios/attach/create-registry.long.test.ts',
      title: 'a registry that does not exist > is missing without create-registry, and always if given by name only',
    },
  },
  {
    bullet: 'verify: pull is assignment in detach',
    file: 'src/inputs/inputs.ts',
    text: "mode === 'detach' && inputs.verify === 'pull' ? 'assignment' : inputs.verify",
    replacement: 'inputs.verify',
    test: { file: '__tests__/unit/inputs/readings.test.ts', title: 'inputs > about a detach are read as in readings/' },
  },
  {
    bullet: 'probe-image: a login server must be that of one of the registries',
    file: 'src/inputs/probe.ts',
    text: 'loginServer.endsWith(cloud.registrySuffix) && isOurs && isRepo',
    replacement: 'loginServer.endsWith(cloud.registrySuffix) && isRepo',
    test: { file: '__tests__/unit/inputs/readings.test.ts', title: 'inputs > about probes are read as in readings/' },
  },
  {
    bullet: 'probe-with: auto goes through Run Command where the API server is private',
    file: 'packages/kubernetes/src/connect.ts',
    text: '&& !access?.isPrivate && !isShut',
    replacement: '&& !isShut',
    test: {
      file: '__tests__/scenarios/proof/pull-clusters.long.test.ts',
      title: 'a private cluster > with Run Command disabled is reported before any request to it',
    },
  },
  {
    bullet: 'timeout: 15 minutes by default',
    file: 'src/inputs/inputs.ts',
    text: "reader.duration('timeout', '15m')",
    replacement: "reader.duration('timeout', '10m')",
    test: { file: '__tests__/unit/inputs/readings.test.ts', title: 'inputs > about defaults are read as in readings/' },
  },
  {
    bullet: 'workloads: !NAME takes a namespace out',
    file: 'src/inputs/probe.ts',
    text: 'filter(name => !except.has(name))',
    replacement: 'filter(() => true)',
    test: {
      file: '__tests__/unit/inputs/readings.test.ts',
      title: 'inputs > about workloads are read as in readings/',
    },
  },
  {
    bullet: 'fail-on-drift: true by default',
    file: 'src/inputs/merge.ts',
    text: "reader.boolean('fail-on-drift', true)",
    replacement: "reader.boolean('fail-on-drift', false)",
    test: { file: '__tests__/unit/inputs/readings.test.ts', title: 'inputs > about defaults are read as in readings/' },
  },
  {
    bullet: 'drift-issue: true, or a name',
    file: 'src/inputs/merge.ts',
    text: "return 'true'\n",
    replacement: "return ''\n",
    test: {
      file: '__tests__/unit/inputs/readings.test.ts',
      title: 'inputs > about the drift issue are read as in readings/',
    },
  },
  {
    bullet: 'fleet: a JSON list',
    file: 'src/inputs/merge.ts',
    text: 'if (Array.isArray(fleet)) return fleet as unknown[]',
    replacement: 'if (fleet) return [fleet]',
    test: { file: '__tests__/unit/inputs/readings.test.ts', title: 'inputs > about a merge are read as in readings/' },
  },
  {
    bullet: 'job-summary and report-html decide which files are written',
    file: 'src/inputs/merge.ts',
    text: "reader.boolean('job-summary', true)",
    replacement: "reader.boolean('job-summary', false)",
    test: { file: '__tests__/unit/inputs/readings.test.ts', title: 'inputs > about defaults are read as in readings/' },
  },
  {
    bullet: 'concurrency: requests in flight at most',
    file: 'packages/azure-clients/src/clients.ts',
    text: 'const limit = pLimit(inputs.concurrency)',
    replacement: 'const limit = pLimit(64)',
    test: {
      file: '__tests__/scenarios/attach/requests.test.ts',
      title: 'requests > are never more than 2 at once with that concurrency',
    },
  },
  {
    bullet: 'a name that is no input is INVALID_INPUT',
    file: 'src/inputs/inputs.ts',
    text: '  reader.allowOnly(inputNames)\n',
    replacement: '',
    test: {
      file: '__tests__/scenarios/attach/requests.test.ts',
      title: 'requests > are none with names that are no inputs, which the runner only warns about',
    },
  },
  {
    bullet: 'a name that is no input gets the near name',
    file: 'packages/runner/src/inputs.ts',
    text: 'const meant = guessInput(input, inputs)',
    replacement: 'const [meant] = findNear(input, inputs)',
    test: {
      file: 'packages/runner/__tests__/inputs.test.ts',
      title: 'problems > name what is no input, such as registries, without its value',
    },
  },
  {
    bullet: 'probe-image: outside of repositories it is INVALID_INPUT',
    file: 'src/inputs/probe.ts',
    text: '  rejectOutside(reader, inputs)\n',
    replacement: '',
    test: {
      file: '__tests__/unit/inputs/readings.test.ts',
      title: 'inputs > about limited repositories are read as in readings/',
    },
  },
  {
    bullet: 'fleet-entry: it must be a JSON object',
    file: 'packages/runner/src/job.ts',
    text: "typeof value === 'object' && !Array.isArray(value) ? value : null",
    replacement: "typeof value === 'object' ? value : null",
    test: {
      file: 'packages/runner/__tests__/job.test.ts',
      title: 'the job of a report > keeps the entry "[\\"prod\\"]" as null',
    },
  },
  {
    bullet: 'workloads: a namespace without a pod is FILTER_WITHOUT_EFFECT',
    file: 'packages/run-report/src/conclude-images.ts',
    text: 'const names = first.empty.filter',
    replacement: 'const names = first.absent.filter',
    test: { file: 'packages/run-report/__tests__/conclude-told.test.ts', title: 'what a run tells is in told.txt' },
  },
]
