import type { Behaviour } from './behaviour.js'

/** What counts as access. */
export const access: readonly Behaviour[] = [
  {
    bullet: 'an assignment above the registry is enough: nothing is written twice',
    file: 'src/plan/attach.ts',
    text: "if (access && access.grantedBy !== 'broader-role') return []",
    replacement: "if (access?.grantedBy === 'direct') return []",
    test: { file: '__tests__/unit/plan/plans.test.ts', title: 'the plan > of an attach is as in plans/' },
  },
  {
    bullet: 'access through a group counts',
    file: 'packages/azure/src/access.ts',
    text: "if (!sameId(principalId, target.identity.objectId)) return 'group'",
    replacement: '',
    test: {
      file: 'packages/azure/__tests__/access.test.ts',
      title: 'the access of a target > is the best that it has: group',
    },
  },
  {
    bullet: 'scopes and IDs are compared without letter case',
    file: 'packages/azure/src/resource-id.ts',
    text: 'return id.slice(0, endOf(id)).toLowerCase()',
    replacement: 'return id.slice(0, endOf(id))',
    test: {
      file: 'packages/azure/__tests__/resource-id.test.ts',
      title: 'resource IDs > are compared without letter case and the last slash',
    },
  },
  {
    bullet: 'the mode of the registry decides which roles pull',
    file: 'packages/azure/src/roles.ts',
    text: 'return isAllowed(permissions, needed[mode].name, needed[mode].kind)',
    replacement: 'return isAllowed(permissions, needed.RBAC.name, needed[mode].kind)',
    test: {
      file: 'packages/azure/__tests__/pull-rights.test.ts',
      title: 'pulling > repositoryReader: RBAC false, ABAC true',
    },
  },
  {
    bullet: 'a role that the mode ignores is no access, but ROLE_IGNORED_BY_ABAC',
    file: 'src/plan/role-findings.ts',
    text: "if (!canPull(role, 'RBAC')) return []",
    replacement: 'return []',
    test: { file: '__tests__/unit/plan/findings.test.ts', title: 'findings > about a role are as in findings/' },
  },
  {
    bullet: 'conditions are judged without letter case',
    file: 'packages/repository-conditions/src/pattern.ts',
    text: 'covers(other.toLowerCase(), pattern.toLowerCase())',
    replacement: 'covers(other, pattern)',
    test: {
      file: 'packages/repository-conditions/__tests__/pattern.test.ts',
      title: 'patterns of repositories > reach everything below their prefixes, in any letter case',
    },
  },
  {
    bullet: 'a condition that is not understood leaves access unknown',
    file: 'packages/azure/src/access.ts',
    text: 'if (conditionVersion) return notUnderstood',
    replacement: '',
    test: {
      file: 'packages/azure/__tests__/access.test.ts',
      title: 'the repositories that an assignment reaches > are unknown ones by a condition of another version',
    },
  },
  {
    bullet: 'a condition that is changed keeps what it allowed',
    file: 'src/plan/conditions.ts',
    text: 'widenCondition(narrower.condition, grant.repositories, actions)',
    replacement: 'repositoryCondition(grant.repositories, actions)',
    test: {
      file: '__tests__/unit/plan/conditions.test.ts',
      title:
        'the condition that attach writes > allows everything that the assignments allowed, and the repositories of the step',
    },
  },
  {
    bullet: 'a condition that is not understood is not changed: the step refuses',
    file: 'src/plan/conditions.ts',
    text: 'if (!reachOf(narrower, registry).isWhole) throw refuseUnclear(context, holder, narrower)',
    replacement: '',
    test: {
      file: '__tests__/unit/plan/plans.test.ts',
      title: 'the plan > of a condition that is not understood is as in plans/',
    },
  },
  {
    bullet: 'LIMIT_NOT_IN_FORCE where something else allows more',
    file: 'src/plan/limits.ts',
    text: 'return more.length > 0 ? [{ context, access, more }] : []',
    replacement: 'return []',
    test: { file: '__tests__/unit/plan/plans.test.ts', title: 'the plan > of a limited attach is as in plans/' },
  },
  {
    bullet: 'a kubelet identity that is gone is never access',
    file: 'packages/run-report/src/conclude.ts',
    text: "pair.error ?? (mode !== 'detach' ? explainLost(run.observed?.identities.get(pair.target)) : undefined)",
    replacement: 'pair.error',
    test: { file: 'packages/run-report/__tests__/conclude.test.ts', title: 'what a run concludes is in concluded.txt' },
  },
  {
    bullet: 'a condition on @Resource attributes is told',
    file: 'src/plan/findings.ts',
    text: '    ...findResourceConditions(context),\n',
    replacement: '',
    test: { file: '__tests__/unit/plan/findings.test.ts', title: 'findings > about a role are as in findings/' },
  },
  {
    bullet: 'grants add up',
    file: 'packages/azure/src/access.ts',
    text: 'if (!reachTogether(held, grant, registry).isEnough) continue',
    replacement: 'if (!held.some(each => reachTogether([each], grant, registry).isEnough)) continue',
    test: {
      file: 'packages/azure/__tests__/access.test.ts',
      title: 'the access of a target > to some repositories > adds up, and is then of the worst kind that it needs',
    },
  },
  {
    bullet: 'a broader role is access, but EXCESS_ROLE',
    file: 'src/plan/role-findings.ts',
    text: 'if (!mayMoreThanPull(role)) return []',
    replacement: 'return []',
    test: { file: '__tests__/unit/plan/findings.test.ts', title: 'findings > about a role are as in findings/' },
  },
  {
    bullet: 'attach adds the pull role beside a broader one',
    file: 'src/plan/attach.ts',
    text: "if (access && access.grantedBy !== 'broader-role') return []",
    replacement: 'if (access) return []',
    test: { file: '__tests__/unit/plan/plans.test.ts', title: 'the plan > of an attach is as in plans/' },
  },
  {
    bullet: '* leaves out what is being created or deleted, with a notice',
    file: 'src/plan/findings.ts',
    text: '...leftOut.map(describeLeftOut), ',
    replacement: '',
    test: { file: '__tests__/unit/plan/findings.test.ts', title: 'findings > about a cluster are as in findings/' },
  },
  {
    bullet: 'assignments are told apart by scope, principal and role, never by name',
    file: 'packages/azure/src/role-assignment.ts',
    text: 'return assignment.roleId === roleId && sameId(assignment.scope, scope) && sameId',
    replacement: 'return sameId(assignment.scope, scope) && sameId',
    test: {
      file: 'packages/azure-clients/__tests__/role-assignments.test.ts',
      title: 'an assignment > is identified by scope, principal and role',
    },
  },
  {
    bullet: "a new assignment's name is derived, so that two runs at once make one",
    file: 'packages/azure/src/role-assignment.ts',
    text: 'const key = [scope, principalId, roleId].map(normalizeId)',
    replacement: 'const key = [scope, principalId].map(normalizeId)',
    test: {
      file: 'packages/azure-clients/__tests__/role-assignments.test.ts',
      title: 'the name of a role assignment > depends on scope, principal and role',
    },
  },
  {
    bullet: 'principalType is always sent',
    file: 'packages/azure-clients/src/arm/role-assignments.ts',
    text: '    principalId,\n    principalType,\n    // Both',
    replacement: '    principalId,\n    // Both',
    test: {
      file: '__tests__/scenarios/attach/attach.test.ts',
      title: 'a first attach > gives the kubelet identity the pull role at the registry',
    },
  },
  {
    bullet: 'role: both: the role of the other mode is assigned, too',
    file: 'src/plan/attach.ts',
    text: ', ...planForMove(context)]',
    replacement: ']',
    test: { file: '__tests__/unit/plan/plans.test.ts', title: 'the plan > of role: both is as in plans/' },
  },
  {
    bullet: "role: both: access is judged by today's mode; the other role that is missing is drift",
    file: 'packages/run-report/src/conclude.ts',
    text: "mode === 'check' ? selectForToday(pair, pair.operations) : pair.operations",
    replacement: 'pair.operations',
    test: { file: 'packages/run-report/__tests__/conclude.test.ts', title: 'what a run concludes is in concluded.txt' },
  },
]
