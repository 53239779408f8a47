import type { Behaviour } from './behaviour.js'

/** What each mode reads, writes and refuses. */
export const modes: readonly Behaviour[] = [
  {
    bullet: 'check writes no role assignment',
    file: 'src/main.ts',
    text: "inputs.mode === 'check' ? [] : selectOpen(open, run.outcomes)",
    replacement: 'selectOpen(open, run.outcomes)',
    test: {
      file: '__tests__/scenarios/check/check.test.ts',
      title: 'check > fails on drift, writes nothing, and reports what attach would write',
    },
  },
  {
    bullet: 'check imports no image',
    file: 'src/stages.ts',
    text: "inputs.mode === 'check'\n      ? concludeImages",
    replacement: "inputs.mode === 'detach'\n      ? concludeImages",
    test: {
      file: '__tests__/scenarios/images/images.test.ts',
      title: 'check > reports images that are missing or have moved, and imports nothing',
    },
  },
  {
    bullet: 'check creates no registry',
    file: 'src/main.ts',
    text: 'const creations = isCheck ? [] : run.plan',
    replacement: 'const creations = run.plan',
    test: { file: '__tests__/scenarios/check/check.test.ts', title: 'check > never creates a registry: check' },
  },
  {
    bullet: 'a membership that could not be read is unknown, not drift',
    file: 'src/plan/group.ts',
    text: "(member === undefined && desired.mode === 'check')",
    replacement: 'false',
    test: { file: '__tests__/unit/plan/plans.test.ts', title: 'the plan > of the group of the inputs is as in plans/' },
  },
  {
    bullet: 'a role definition that could not be read leaves access unknown',
    file: 'src/plan/plan.ts',
    text: '({ roleId }) => observed.unknownRoles.get(roleId)',
    replacement: '() => undefined as ActionError | undefined',
    test: { file: '__tests__/unit/plan/plans.test.ts', title: 'the plan > of what is unknown is as in plans/' },
  },
  {
    bullet: 'a right that was lost is unknown, not drift',
    file: 'packages/run-report/src/conclude.ts',
    text: "return isLost ? 'missing' : 'unknown'",
    replacement: "return 'missing'",
    test: { file: 'packages/run-report/__tests__/conclude.test.ts', title: 'what a run concludes is in concluded.txt' },
  },
  {
    bullet: 'a resource that was deleted is drift',
    file: 'packages/run-report/src/conclude.ts',
    text: 'const isLost = isGone(code) || [',
    replacement: 'const isLost = [',
    test: { file: 'packages/run-report/__tests__/conclude.test.ts', title: 'what a run concludes is in concluded.txt' },
  },
  {
    bullet: "a manifest's image that nobody could look at is unknown",
    file: 'packages/report-document/src/find-drift.ts',
    text: "error || isUnpulled ? 'unknown' : 'fine'",
    replacement: "error ? 'unknown' : 'fine'",
    test: {
      file: 'packages/report-document/__tests__/drift-reading.test.ts',
      title: 'the drift of a report is in drift-reading.txt',
    },
  },
  {
    bullet: 'the verdict on a pair does not depend on what else the step looks at',
    file: 'src/plan/role-findings.ts',
    text: 'if (!isOwn && isEnough) return []',
    replacement: '',
    test: {
      file: '__tests__/unit/plan/findings.test.ts',
      title: "findings > about a group's role that allows more are only there if groups matter",
    },
  },
  {
    bullet: 'check: a pair that pulls by a broader role alone is attached, and the pull role is drift',
    file: 'packages/run-report/src/conclude.ts',
    text: "=== 'broader-role' ? 'attached' : 'missing'",
    replacement: "=== 'broader-role' ? 'missing' : 'missing'",
    test: { file: 'packages/run-report/__tests__/conclude.test.ts', title: 'what a run concludes is in concluded.txt' },
  },
  {
    bullet: "check: a wanted role that the registry's mode ignores is drift, not INVALID_INPUT",
    file: 'src/observe/roles.ts',
    text: "if (mode === 'check' && isIgnored &&",
    replacement: "if (mode === 'merge' && isIgnored &&",
    test: {
      file: '__tests__/scenarios/check/check.test.ts',
      title:
        'a role of the inputs that no longer pulls > because the mode of the registry was switched is drift, without a command that would assign it',
    },
  },
  {
    bullet: 'detach deletes only what the identity itself holds at the registry',
    file: 'src/plan/detach.ts',
    text: "holdOf(assignment, context) !== 'direct' || ",
    replacement: '',
    test: { file: '__tests__/unit/plan/plans.test.ts', title: 'the plan > of a detach is as in plans/' },
  },
  {
    bullet: 'detach keeps roles that allow more than pulling',
    file: 'src/plan/detach.ts',
    text: '(!mayMoreThanPull(role) && canPullInSomeMode(role))',
    replacement: 'canPullInSomeMode(role)',
    test: { file: '__tests__/unit/plan/plans.test.ts', title: 'the plan > of a detach is as in plans/' },
  },
  {
    bullet: 'detach: access that remains is a finding',
    file: 'src/plan/residual.ts',
    text: "if (mode !== 'detach') return []",
    replacement: "if (mode !== 'merge') return []",
    test: { file: '__tests__/unit/plan/plans.test.ts', title: 'the plan > of a detach is as in plans/' },
  },
  {
    bullet: 'detach does not take *',
    file: 'src/inputs/inputs.ts',
    text: "if (mode === 'detach' && references.some(({ kind }) => kind === 'all'))",
    replacement: "if (mode === 'merge')",
    test: { file: '__tests__/unit/inputs/readings.test.ts', title: 'inputs > about a detach are read as in readings/' },
  },
  {
    bullet: 'detach refuses the registry that a cluster boots from',
    file: 'src/plan/plan.ts',
    text: 'observed.group?.error ?? refuseBootstrap(context)',
    replacement: 'observed.group?.error',
    test: {
      file: '__tests__/unit/plan/bootstrap.test.ts',
      title:
        'a detach > deletes exactly the direct pull roles of targets with whose identity nobody else pulls, boots, or may',
    },
  },
  {
    bullet: 'detach never changes an assignment',
    file: 'src/plan/detach.ts',
    text: 'if (!coversRepositories(repositories, patterns)) throw',
    replacement: 'if (repositories.length > 99) throw',
    test: { file: '__tests__/unit/plan/plans.test.ts', title: 'the plan > of a detach is as in plans/' },
  },
  {
    bullet: 'detach never leaves a group',
    file: 'src/inputs/inputs.ts',
    text: "const group = mode === 'detach' ? '' : inputs.group",
    replacement: 'const { group } = inputs',
    test: { file: '__tests__/unit/inputs/readings.test.ts', title: 'inputs > about a detach are read as in readings/' },
  },
  {
    bullet: 'merge asks nothing of Azure, and so needs none of its inputs',
    file: 'src/inputs/inputs.ts',
    text: "if (mode === 'merge') return readMergeInputs(reader)",
    replacement: '',
    test: { file: '__tests__/unit/inputs/readings.test.ts', title: 'inputs > about a merge are read as in readings/' },
  },
  {
    bullet: 'detach: SHARED_IDENTITY where another cluster pulls with the identity',
    file: 'src/plan/refusals.ts',
    text: 'if (others.length > 0) {',
    replacement: 'if (others.length > 99) {',
    test: {
      file: '__tests__/unit/plan/plans.test.ts',
      title: 'the plan > of a detach from an identity of others is as in plans/',
    },
  },
  {
    bullet: "detach: SHARED_IDENTITY where that can't be ruled out",
    file: 'src/plan/refusals.ts',
    text: 'if (!unread) return undefined',
    replacement: 'if (unread) return undefined',
    test: {
      file: '__tests__/unit/plan/plans.test.ts',
      title: 'the plan > of a detach from an identity of others is as in plans/',
    },
  },
]
