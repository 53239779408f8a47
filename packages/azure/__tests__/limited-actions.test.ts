import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readRepositoryCondition, repositoryCondition, widenCondition } from 'repository-conditions'
import { builtInRoles, listRepositoryActions, type RoleDefinition } from '../src/roles.js'
import { actions, allows, anyCondition } from '../../../__tests__/support/conditions.js'
import { isIn, names, wantedRepositories } from '../../../__tests__/support/conditions.js'

const repositories = 'Microsoft.ContainerRegistry/registries/repositories'
const all = ['read', 'write', 'delete'].flatMap(verb => [
  `${repositories}/content/${verb}`,
  `${repositories}/metadata/${verb}`,
])

const custom = (dataActions: string[], notDataActions: string[] = []): RoleDefinition => ({
  id: '',
  name: 'custom',
  permissions: [{ actions: [], notActions: [], dataActions, notDataActions }],
})

const none = custom([])
const roles: RoleDefinition[] = [
  builtInRoles.repositoryReader,
  builtInRoles.repositoryWriter,
  custom([`${repositories}/*`]),
  custom([`${repositories}/*/write`, `${repositories}/content/read`]),
  custom(['*'], [`${repositories}/*/delete`]),
]

describe('the data actions that a condition limits', () => {
  it.each([
    [builtInRoles.repositoryReader, all.slice(0, 2)],
    [builtInRoles.repositoryWriter, all.slice(0, 4)],
    [builtInRoles.acrPull, all.slice(0, 2)],
    // Container Registry Repository Contributor.
    [custom(all), all],
    [custom([`${repositories}/CONTENT/*`]), [...all.slice(0, 3), all[4]]],
    [custom(['*'], [`${repositories}/*/delete`]), all.slice(0, 4)],
    [{ ...none, permissions: [...none.permissions, ...custom(all.slice(2, 3)).permissions] }, all.slice(0, 3)],
  ])('are those for pulling and all others of the role', (role, expected) => {
    expect(listRepositoryActions(role)).toEqual(expected)
  })
})

describe('a condition for a role', () => {
  const role = fc.constantFrom(...roles)
  const others = [actions.catalog]

  it('allows exactly the desired repositories, for each data action of the role', () => {
    fc.assert(
      fc.property(role, wantedRepositories, (of, wanted) => {
        const limited = listRepositoryActions(of)
        const condition = repositoryCondition(wanted, limited)
        for (const action of [...all, ...others]) {
          const isOther = !limited.includes(action)
          const wrong = names.filter(each => allows(condition, action, each) !== (isOther || isIn(each, wanted)))
          expect([action, wrong]).toEqual([action, []])
        }
        for (const action of limited)
          expect(readRepositoryCondition(condition, action)).toEqual({ patterns: [...new Set(wanted)], isWhole: true })
      }),
      { numRuns: 100 },
    )
  })

  it('that is widened additionally allows exactly the desired repositories, for each data action of the role', () => {
    const texts = fc.oneof(
      anyCondition,
      wantedRepositories.map(each => repositoryCondition(each)),
      fc.tuple(wantedRepositories, role).map(([each, of]) => repositoryCondition(each, listRepositoryActions(of))),
    )
    fc.assert(
      fc.property(role, texts, fc.array(wantedRepositories, { minLength: 1, maxLength: 3 }), (of, text, steps) => {
        fc.pre(readRepositoryCondition(text).isWhole)
        const limited = listRepositoryActions(of)
        const widened = steps.reduce((before, wanted) => widenCondition(before, wanted, limited), text)
        for (const action of [...all, ...others]) {
          const isLimited = limited.includes(action)
          const wrong = names.filter(each => {
            const isAllowed = allows(widened, action, each)
            const expected = allows(text, action, each) || (isLimited && isIn(each, steps.flat()))
            // The role does not allow other actions, whatever the condition says of them.
            return isLimited ? isAllowed !== expected : expected && !isAllowed
          })
          expect([action, wrong]).toEqual([action, []])
        }
        // If a part is not understood, whatever is added may be there already.
        if (limited.every(action => readRepositoryCondition(text, action).isWhole))
          expect(widenCondition(widened, steps.flat(), limited)).toBe(widened)
      }),
      { numRuns: 200 },
    )
  })

  it('stays short: names are added to its own list', () => {
    const limited = listRepositoryActions(builtInRoles.repositoryWriter)
    expect(widenCondition(repositoryCondition(['a'], limited), ['b/*'], limited)).toBe(
      repositoryCondition(['a', 'b/*'], limited),
    )
  })
})
