import { describe, expect, it } from 'vitest'
import { repositoryCondition } from 'repository-conditions'
import { addGroupMemberCommand, builtInRoles, otherRoleAssignmentName, type RoleAssignment } from 'azure'
import type { AzureContext } from 'azure-clients'
import { ActionError, attempt, fix, toFixJson } from 'kernel'
import { joinGroup, refuseMember } from '../../../src/apply/group-members.js'
import { assignRole, deleteAssignment } from '../../../src/apply/role-assignments.js'
import { createFakeClock } from '../../support/fake-clock.js'
import { realRegistry, realTarget, sampleAssignment } from '../../support/observed.js'
import { restError } from '../../support/rest-error.js'
import { sampleOperation } from '../../support/sample.js'

const refused = (status: number, code: string, headers = {}, message = 'No.') =>
  restError(status, { error: { code, message } }, headers)
const repeated = { 'x-attach-acr-repeated': 'true' }
const lost = refused(503, 'ServiceUnavailable')
const exists = refused(409, 'RoleAssignmentExists')
const guid = '11111111-aaaa-4aaa-8aaa-111111111111'
const named = `The ID of the existing role assignment is ${guid.replaceAll('-', '')}.`
const existsAs = (headers: object) => refused(409, 'RoleAssignmentExists', headers, named)
const taken = refused(409, 'RoleAssignmentUpdateNotPermitted')
const conflict = refused(409, 'HashConflictOnDifferentRoleAssignmentIds')
const [gone, goneSince] = [{}, repeated].map(each => refused(404, 'RoleAssignmentNotFound', each)) as [Error, Error]

const registry = realRegistry()
const target = realTarget()
const { repositoryReader } = builtInRoles
const held = sampleAssignment(builtInRoles.acrPull)
const other = { ...held, condition: 'x' }
const repositoryActions = 'Microsoft.ContainerRegistry/registries/repositories'
const limit = (...repositories: string[]) => repositoryCondition(repositories)
const limitedTo = (condition: string) => sampleAssignment(repositoryReader, { condition })

/** Azure's answers to writes, in order; after these, each succeeds. What is there is read at any time. */
function begin(answers: Error[], there: RoleAssignment | undefined, more: object = {}) {
  const clock = createFakeClock()
  const writes: { name: string; condition?: string }[] = []
  const toSdk = ({ roleId, ...entry }: RoleAssignment) => ({ ...entry, roleDefinitionId: `/x/${roleId}` })
  const answer = () => {
    const error = answers.shift()
    return error ? Promise.reject(error) : Promise.resolve({ id: `${registry.id}/its-id` })
  }
  const roleAssignments = {
    create: (_: string, name: string, { condition }: { condition?: string }) => {
      writes.push({ name, ...(condition !== undefined && { condition }) })
      return answer()
    },
    deleteById: answer,
    getById: () => (there ? Promise.resolve(toSdk(there)) : Promise.reject(gone)),
    listForScope: async function* () {
      await Promise.resolve()
      if (there) yield toSdk(there)
    },
  }
  const { signal } = new AbortController()
  const clients = { caller: { name: '', objectId: '' }, authorization: { roleAssignments } }
  const azure = { clients, signal } as unknown as AzureContext
  const operation = { ...sampleOperation(target, registry), name: 'the-name', ...more }
  const deletion = { operation: 'delete-role-assignment', assignment: held, role: 'AcrPull' }
  const writing = { clock, signal, deadline: clock.now() + 60_000, isAgain: false, onPause: () => undefined }
  const end = async (work: Promise<{ changed: boolean; roleAssignmentId?: string }>) => {
    const { value, error } = await attempt(work)
    return error
      ? error.code
      : `${value.changed ? 'changed' : 'as it was'} ${value.roleAssignmentId?.split('/').at(-1)}`
  }
  return {
    writes,
    clock,
    assign: () => end(assignRole(azure, operation, writing)),
    remove: () => end(deleteAssignment(azure, { ...operation, ...deletion } as never)),
  }
}

describe('a role assignment', () => {
  it.each<[string, Error[], RoleAssignment | undefined, string]>([
    ['that Azure names as there is as it was', [existsAs({})], held, `as it was ${guid}`],
    ['that Azure names after a lost answer was written by this step', [existsAs(repeated)], held, `changed ${guid}`],
    ['that is there without a name is looked for', [exists], held, 'as it was AcrPull'],
    ['that is there and in no list failed', [exists], undefined, 'PROPAGATION_TIMEOUT'],
    ['whose answer was lost has been written if it is there', [lost], held, 'changed AcrPull'],
    ['whose answer was lost failed if it is not there', [lost], undefined, 'AZURE_UNAVAILABLE'],
    ['whose answer was lost failed if another one is there, with a condition', [lost], other, 'AZURE_UNAVAILABLE'],
    ['that is refused failed', [refused(403, 'AuthorizationFailed')], held, 'AUTHORIZATION_FAILED'],
  ])('%s', async (_, answers, there, expected) => {
    expect(await begin([...answers], there).assign()).toBe(expected)
  })

  it.each([
    ['the name is taken', taken],
    ['Azure says so by mistake', conflict],
  ])('gets another name if %s', async (_, answer) => {
    const { assign, writes } = begin([answer], undefined)
    expect(await assign()).toBe('changed its-id')
    expect(writes.map(({ name }) => name)).toEqual(['the-name', otherRoleAssignmentName('the-name')])
  })
})

describe('a deletion', () => {
  it.each<[string, Error[], RoleAssignment | undefined, string]>([
    ['of what is gone is done', [gone], undefined, 'as it was AcrPull'],
    ['of what is gone after a lost answer was done by this step', [goneSince], undefined, 'changed AcrPull'],
    ['whose answer was lost is done if it is gone', [lost], undefined, 'changed AcrPull'],
    ['whose answer was lost failed if it is still there', [lost], held, 'AZURE_UNAVAILABLE'],
    ['that is refused failed', [refused(403, 'AuthorizationFailed')], undefined, 'AUTHORIZATION_FAILED'],
  ])('%s', async (_, answers, there, expected) => {
    expect(await begin([...answers], there).remove()).toBe(expected)
  })
})

describe('a membership', () => {
  const joining = (name: string) =>
    ({ operation: 'add-group-member', target: realTarget(name), groupId: 'g', reason: '' }) as const
  const already = (headers: object) =>
    restError(400, { error: { code: 'Request_BadRequest', message: 'The reference already exist.' } }, { ...headers })
  const own = [{ id: realTarget().identity.objectId.toUpperCase() }]

  it.each<[string, Error | undefined, object[], string]>([
    ['that is new is written', undefined, [], 'changed'],
    ['that is there is as it was', already({}), [], 'as it was'],
    ['that is there after a lost answer was written by this step', already(repeated), [], 'changed'],
    ['whose answer was lost is written if it is there', lost, own, 'changed'],
    ['whose answer was lost failed if it is not there', lost, [{ id: 'other' }], 'AZURE_UNAVAILABLE'],
  ])('%s', async (_, error, members, expected) => {
    const graph = {
      endpoint: 'https://graph.microsoft.com',
      post: () => (error ? Promise.reject(error) : Promise.resolve()),
      get: () => Promise.reject(gone),
      list: () => Promise.resolve(members),
    }
    const azure = { clients: { caller: { name: '', objectId: '' }, graph }, signal: new AbortController().signal }
    const ended = await attempt(joinGroup(azure as unknown as AzureContext, joining('aks-prod-1')))
    expect(ended.error?.code ?? (ended.value?.changed ? 'changed' : 'as it was')).toBe(expected)
  })

  it('that is refused with another one has a command of its own', () => {
    const [first, second] = [joining('aks-1'), joining('aks-2')]
    const command = (objectId: string) => addGroupMemberCommand('g', objectId)
    const refusal = new ActionError('GROUP_ACCESS_DENIED', 'no', {
      fix: fix('Add it:', command(first.target.identity.objectId)),
    })
    expect(toFixJson(refuseMember(refusal, second, first).fix).commands).toEqual([
      command(second.target.identity.objectId),
    ])
  })
})

describe('a condition', () => {
  const [old, both, all] = [limit('old/app'), limit('old/app', 'team/app'), limit('old/app', 'other/app', 'team/app')]
  const many = Array.from({ length: 48 }, (_, index) => `other/${'x'.repeat(62)}${index}`)
  const actions = ['content/read', 'metadata/read'].map(each => `${repositoryActions}/${each}`)
  const wants = { repositories: ['team/app'], actions }
  const ours = { role: repositoryReader, condition: both, wants, replaces: limitedTo(old) }
  const abac = { ...registry, roleAssignmentMode: 'ABAC' }
  const write = (answers: Error[], there?: RoleAssignment) => begin(answers, there, { ...ours, registry: abac })

  it.each<[string, RoleAssignment, string, string[]]>([
    ['is written over what the plan has seen', limitedTo(old), 'changed its-id', [both]],
    ['keeps what another job has added meanwhile', limitedTo(limit('old/app', 'other/app')), 'changed its-id', [all]],
    ['is not written if it would be too long', limitedTo(limit(...many)), 'PROPAGATION_TIMEOUT', []],
    ['is not written over one that is not understood', limitedTo('(strange)'), 'CONDITION_NOT_UNDERSTOOD', []],
    ['is not written if it is there', limitedTo(ours.condition), 'as it was Container-Registry-Repository-Reader', []],
  ])('%s', async (_, there, expected, conditions) => {
    const { assign, writes } = write([], there)
    expect(await assign()).toBe(expected)
    expect(writes.map(({ condition }) => condition)).toEqual(conditions)
  })

  it('is looked at again before it is sent again, and no longer than the deadline', async () => {
    const answers = Array.from({ length: 99 }, () => refused(429, 'TooManyRequests'))
    const { assign, writes, clock } = write(answers, limitedTo(old))
    const startedAt = clock.now()
    expect(await assign()).toBe('THROTTLED')
    expect(writes.length).toBeGreaterThan(1)
    expect(clock.now() - startedAt).toBeLessThanOrEqual(60_000)
  })
})
