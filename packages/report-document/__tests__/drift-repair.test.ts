import { describe, expect, it } from 'vitest'
import { fix, partsOf } from 'kernel'
import type { DriftItem } from '../src/drift.js'
import { annotateDrift, explainDrift, repairDrift } from '../src/causes.js'
import { maxAnnotations } from '../src/problems.js'
import { commandsOf, sampleDrift, sampleId, sampleItem, sampleRepair } from '../../../__tests__/support/drift.js'
import { printed } from '../../../__tests__/support/printed.js'

const gone = (target: string, code = 'CLUSTER_NOT_FOUND') =>
  sampleItem(target, { code, message: `The cluster ${target} was not found`, fix: fix('Correct it.', 'az aks list') })
const refused = (target: string, text: string, ...commands: string[]) =>
  sampleItem(target, { code: 'PULL_DENIED', message: 'It is refused.', fix: fix(text, ...commands) })
const conflict = sampleItem('nginx:v1', { kind: 'input', code: 'IMAGE_CONFLICT', fix: fix('Give another tag.') })
const lost = "A resource that no longer exists can't be attached: correct the inputs, or create it again."
const made = 'The same step with mode: attach creates what is missing'
const lacking = sampleItem('aks-1', { repairs: [sampleRepair('one')] })
const grant = commandsOf({ items: [lacking] }).join()
const repair = (...items: DriftItem[]) => repairDrift({ items })

describe('the repair of drift', () => {
  it('is an attach if it can repair it, plus the equivalent command', () => {
    expect(repair()).toEqual(fix(''))
    expect(repair(sampleItem('aks-1'))).toEqual(fix(`${made}.`))
    expect(repair(lacking)).toEqual(fix(`${made}, or by hand:`, grant))
    expect(repair(sampleItem('nginx:v1', { kind: 'input', code: 'IMAGE_NOT_FOUND' }))).toEqual(fix(`${made}.`))
    expect(repair({ ...conflict, fix: null })).toEqual(fix(`${made} and overwrites tags.`))
    const parts = partsOf(repair({ ...conflict, fix: null }, sampleItem('aks-1')))
    expect(parts.at(-1)?.text.split('\n').at(-1)).toBe(`${made} and overwrites tags.`)
  })

  it('of a cluster that exists without an identity is its own', () => {
    const waiting = sampleItem('aks-new', { code: 'NO_KUBELET_IDENTITY', fix: fix('Wait:', 'az aks wait') })
    expect(repair(waiting)).toEqual(fix('Wait:', 'az aks wait'))
  })

  it("is never an attach for things that attach doesn't create", () => {
    expect(repair(conflict)).toEqual(fix('Give another tag.'))
    expect(repair(gone('aks-1'))).toEqual(fix(lost))
    expect(repair(refused('aks-1', 'Look at it:', 'az aks show'))).toEqual(fix('Look at it:', 'az aks show'))
  })

  it('of several causes has each with its own commands, and then what attach does', () => {
    const advice = [refused('aks-2', 'Look:', 'az 2'), refused('aks-3', 'Look:', 'az 3')]
    expect(partsOf(repair(gone('aks-1'), lacking, ...advice))).toEqual([
      { text: `aks-1 was not found\nThe cluster aks-1 was not found\n${lost}`, commands: [] },
      { text: "aks-1 can't pull from contosoacr: AcrPull is missing:", commands: [grant] },
      {
        text: "PULL_DENIED: 2 clusters can't pull from contosoacr: aks-2, -3\nIt is refused.\nLook:",
        commands: ['az 2', 'az 3'],
      },
      { text: `${made}.`, commands: [] },
    ])
  })

  it('has a few advices per code if there would be too many, each with its own commands', () => {
    const many = Array.from({ length: 11 }, (_, index) => refused(`aks-${index}`, `Look at ${index}.`, `az ${index}`))
    expect(partsOf(repair(...many)).map(({ commands }) => commands)).toEqual([0, 1, 2, 3, 4].map(at => [`az ${at}`]))
    expect(partsOf(repair(...many.slice(0, 10)))).toHaveLength(10)
  })
})

describe('the failure of a check', () => {
  it('is the only drifted item, as a sentence with its repair', () => {
    const { code, message, fix: advice } = explainDrift(sampleDrift([lacking]), true)
    expect([code, message]).toEqual(['DRIFT', "aks-1 can't pull from contosoacr: AcrPull is missing."])
    expect(advice).toEqual(fix(`${made}, or by hand:`, grant))
  })

  it('counts several items, and lists them before their repair', () => {
    const two = [lacking, sampleItem('aks-2', { repairs: [sampleRepair('two')] })]
    const one = explainDrift(sampleDrift(two), true)
    expect(one.message).toBe('AcrPull on contosoacr is missing for 2: aks-1, -2.')
    expect(one.fix).toEqual(fix(`${made}, or by hand:`, ...commandsOf({ items: two })))
    const other = sampleItem('aks-3', { registry: 'testacr.azurecr.io' })
    const { message, fix: advice } = explainDrift(sampleDrift([...two, other]), true)
    expect(message).toBe("3 of 3 clusters can't pull: 2 from contosoacr, 1 from testacr.")
    expect(advice.text.split('\n')).toEqual([
      'AcrPull on contosoacr is missing for 2: aks-1, -2:',
      "aks-3 can't pull from testacr: AcrPull is missing",
      `${made}.`,
    ])
    const many = Array.from({ length: 22 }, (_, index) => ({
      ...refused(`aks-${index}`, 'Wait.'),
      message: `It is refused by ${index}.`,
    }))
    expect(explainDrift(sampleDrift(many), true).fix.text).toMatch(/\nand 2 more\b.*\n/)
  })

  it('quotes the same words of nodes once', () => {
    const quoted = (target: string, text: string) => {
      const quote = { statement: 'It is refused.', intro: 'The node said:', text }
      const more = { code: 'PULL_DENIED', fix: fix('Wait.'), quote }
      return sampleItem(target, { message: `It is refused. The node said: ${text}.`, ...more })
    }
    const items = [quoted('aks-1', 'HTTP 401'), quoted('aks-2', 'HTTP 401'), quoted('aks-3', 'EOF')]
    expect(explainDrift(sampleDrift(items), true).fix.text.split('\n').slice(0, 3)).toEqual([
      'It is refused. The node said: HTTP 401.',
      'It is refused.',
      'It is refused. The node said: EOF.',
    ])
  })

  it('distinguishes clusters of the same name', () => {
    const two = ['rg-a', 'rg-b'].map(group => sampleItem(sampleId('aks', group)))
    expect(explainDrift(sampleDrift(two), true).message).toContain('aks (rg-b, subscription …abcd)')
  })

  it('has the code of the look-up if only missing resources have drifted', () => {
    const one = explainDrift(sampleDrift([gone('aks-1')]), false)
    expect([one.code, one.message]).toEqual(['CLUSTER_NOT_FOUND', 'The cluster aks-1 was not found.'])
    expect(one.fix.text).toBe(
      "A resource that no longer exists can't be attached: correct the inputs, or create it again.",
    )
    const two = explainDrift(sampleDrift([gone('aks-1', 'NO_KUBELET_IDENTITY'), gone('aks-2')]), false)
    expect(two.code).toBe('NO_KUBELET_IDENTITY')
    // A fleet has drifted, whatever it is.
    expect(explainDrift(sampleDrift([gone('aks-1')]), true).code).toBe('DRIFT')
    expect(two.message).toBe("2 of 2 clusters drifted: 1 was not found, 1 can't pull.")
    expect(two.fix.text).toContain('aks-2 was not found\nThe cluster aks-2 was not found\n')
  })

  it('is one problem if several items have one cause', () => {
    const noRegistry = (target: string) =>
      sampleItem(target, {
        code: 'REGISTRY_NOT_FOUND',
        registry: 'nowhere',
        message: 'The registry nowhere was not found',
      })
    const registry = explainDrift(sampleDrift([noRegistry('aks-1'), noRegistry('aks-2')]), false)
    expect([registry.code, registry.message]).toEqual(['REGISTRY_NOT_FOUND', 'The registry nowhere was not found.'])
    const atBoth = ['one', 'two'].map(name => ({ ...gone('aks-1'), registry: name, key: `aks-1 ${name}` }))
    expect(explainDrift(sampleDrift(atBoth), false).message).toBe('The cluster aks-1 was not found.')
    const alike = ['aks-1', 'aks-2'].map(name => ({ ...gone(name), message: 'It is gone.' }))
    expect(explainDrift(sampleDrift(alike), false)).toMatchObject({
      message: '2 clusters were not found: aks-1, -2.',
      fix: { text: `It is gone.\n${lost}` },
    })
    // Two clusters are two, also at one registry.
    expect(explainDrift(sampleDrift([gone('aks-1'), gone('aks-2')]), false).message).toBe(
      '2 clusters were not found: aks-1, -2.',
    )
  })

  it('distinguishes what two jobs did not find under one name', () => {
    const two = ['a', 'b'].map(place => ({ ...gone('aks-1'), key: place, message: `There is no aks-1 in rg-${place}` }))
    const { message, fix: advice } = explainDrift(sampleDrift(two), false)
    expect(message).toBe('aks-1 was not found.')
    expect(advice.text).toContain('There is no aks-1 in rg-a\nThere is no aks-1 in rg-b')
  })

  it("has Azure's answer, also as one of several items", () => {
    const answered = (target: string, correlationId: string) => ({
      ...gone(target),
      azure: { status: 404, code: 'ResourceNotFound', message: 'No.', correlationId, isForeign: false },
    })
    const one = explainDrift(sampleDrift([answered('aks-1', 'abc')]), false)
    expect(one.azure).toEqual({
      ...{ status: 404, code: 'ResourceNotFound', message: 'No.', correlationId: 'abc', isForeign: false },
    })
    const two = explainDrift(sampleDrift([answered('aks-1', 'abc'), answered('aks-2', 'def')]), false)
    expect(two.azure).toBeUndefined()
    expect(two.fix.text.split('\n').slice(0, 2)).toEqual([
      'The cluster aks-1 was not found  [Azure: ResourceNotFound, correlation abc]',
      'The cluster aks-2 was not found  [Azure: ResourceNotFound, correlation def]',
    ])
  })

  it('is DRIFT if something else has drifted as well', () => {
    for (const items of [[gone('aks-1'), lacking], [lacking, gone('aks-1')], [lacking], [conflict]])
      expect(explainDrift(sampleDrift(items), false).code).toBe('DRIFT')
    const image = sampleItem('x', { kind: 'input', code: 'REGISTRY_NOT_FOUND' })
    expect(explainDrift(sampleDrift([image]), false).code).toBe('DRIFT')
  })
})

describe('annotations of drift', () => {
  const lines = (items: DriftItem[], isFailure: boolean, most = maxAnnotations): string[] =>
    printed(() => {
      annotateDrift(sampleDrift(items, { fine: [sampleItem('fine')] }), isFailure, maxAnnotations - most)
    })
      .split('\n')
      .filter(Boolean)

  it('are one per cause, and errors if it fails the step', () => {
    expect(lines([lacking, gone('aks-2'), conflict], true)).toEqual([
      "::error title=attach-acr%3A DRIFT on aks-1::aks-1 can't pull from contosoacr: AcrPull is missing.",
      '::error title=attach-acr%3A CLUSTER_NOT_FOUND on aks-2::The cluster aks-2 was not found.',
      '::error title=attach-acr%3A DRIFT on nginx%3Av1::AcrPull is missing.',
    ])
    const alike = ['aks-2', 'aks-3'].map(name => ({ ...gone(name), message: 'It is gone.' }))
    expect(lines(alike, true)).toEqual([
      '::error title=attach-acr%3A CLUSTER_NOT_FOUND::2 clusters were not found: aks-2, -3.',
    ])
    const twice = ['a', 'b'].map(place => ({ ...gone('aks-1'), key: place, message: `There is no aks-1 in ${place}` }))
    expect(lines(twice, true)).toEqual(['::error title=attach-acr%3A CLUSTER_NOT_FOUND on aks-1::aks-1 was not found.'])
    expect(lines([lacking], false)).toEqual([
      "::warning title=attach-acr%3A DRIFT on aks-1::aks-1 can't pull from contosoacr: AcrPull is missing.",
    ])
  })

  it('are one for a missing resource, however many targets or registries need it, with its own name', () => {
    const message = 'The registry nowhere was not found'
    const noRegistry = { code: 'REGISTRY_NOT_FOUND', registry: 'nowhere', message }
    const missing = [
      ...['aks-1', 'aks-2'].map(target => sampleItem(target, noRegistry)),
      ...['one', 'two'].map(registry => ({ ...gone('aks-3'), registry, key: `aks-3 ${registry}` })),
    ]
    expect(lines(missing, true)).toEqual([
      `::error title=attach-acr%3A REGISTRY_NOT_FOUND on nowhere::${message}.`,
      '::error title=attach-acr%3A CLUSTER_NOT_FOUND on aks-3::The cluster aks-3 was not found.',
    ])
    expect(lines([...missing, lacking], true, 2)[1]).toContain('::2 more that summary and report list: ')
  })

  it('are at most as many as GitHub shows, and the last one counts the rest', () => {
    const items = Array.from({ length: 11 }, (_, index) =>
      sampleItem(sampleId(`aks-${index}`), { registry: `acr${index}.azurecr.io` }),
    )
    expect(lines(items.slice(0, 10), true)).toHaveLength(10)
    const all = lines(items, true)
    expect(all).toHaveLength(10)
    expect(all[8]).toContain('DRIFT on aks-8::')
    expect(all[9]).toBe(
      "::error title=attach-acr%3A DRIFT::2 more that summary and report list: 11 of 12 clusters can't pull from one or more of 11 registries.",
    )
    expect(lines(items.slice(0, 3), true, 2)).toHaveLength(2)
    expect(lines(items.slice(0, 3), true, 1)).toEqual([expect.stringContaining('::3 more that summary')])
    // Failures can use up all of them.
    expect(lines(items, true, 0)).toEqual([])
    expect(lines(items, true, -2)).toEqual([])
  })
})
