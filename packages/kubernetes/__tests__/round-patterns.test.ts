import { describe, expect, it } from 'vitest'
import { labelled, type Probe } from '../src/probe-pod.js'
import { admitted, failurePatterns, rowsOfProbes } from '../src/round-rows.js'

/** Whether the script of a round, which greps with these patterns, finds the line. */
const finds = (patterns: readonly string[], line: string): boolean =>
  patterns.some(pattern => new RegExp(pattern, 'i').test(line))

type Lists = ReturnType<typeof failurePatterns>
const failure = 'failed to pull and unpack image "contosoacr.azurecr.io/app:1": '

/** The lists of failures in which the message of a container is. */
function listsOf(message: string, ...[firm, offer]: Partial<Parameters<typeof failurePatterns>>): (keyof Lists)[] {
  const lists = failurePatterns(firm ?? [], offer ?? 'exchange')
  return (Object.keys(lists) as (keyof Lists)[]).filter(name => finds(lists[name], message))
}

describe('the failures by which the script of a round knows whether to go on', () => {
  const stale = `${failure}failed to fetch oauth token: unexpected status: 401 Unauthorized`
  const byAddress = `${failure}failed to do request: Head "https://contosoacr.azurecr.io/v2/": 403 Forbidden`

  it.each<[string, (keyof Lists)[]]>([
    // Final ones.
    ['InvalidImageName x', ['final']],
    ['SignatureValidationFailed x', ['final']],
    // Something else is not found: the node, or the way to the registry.
    ['snapshot sha256:0a does not exist: not found', ['final', 'passing']],
    ['pull QPS exceeded', ['passing']],
    [`${failure}httpReadSeeker: 429 Too Many Requests`, ['passing', 'throttled']],
    // A refusal can pass, and stands beside what another credential did not find.
    [stale, ['stale']],
    // Only a way to the registry that is judged before what is not found.
    [byAddress, ['passing']],
    [`${failure}dial tcp: lookup contosoacr.azurecr.io: no such host`, []],
    ['something new', []],
  ])('%s: %j', (message, lists) => {
    expect(listsOf(message)).toEqual(lists)
  })

  it('are never stale for a secret, which is not exchanged for a credential', () => {
    expect(listsOf(stale, [], 'secret')).toEqual([])
    expect(listsOf(stale, [], 'service-account')).toEqual(['stale'])
  })

  it('are firm if nothing is under way that could end them: all, or refusals by address of some registries', () => {
    expect(listsOf('something new', 'all')).toEqual(['firm'])
    expect(listsOf(byAddress, ['testacr.azurecr.io', 'contosoacr.azurecr.io'])).toEqual(['passing', 'firm'])
    expect(listsOf(byAddress, ['testacr.azurecr.io'])).toEqual(['passing'])
    // Names are no patterns.
    expect(listsOf(byAddress, ['contosoacr-azurecr.io', 'contosoac..azurecr.io'])).toEqual(['passing'])
    expect(listsOf(`${failure}dial tcp contosoacr.azurecr.io/v2: EOF`, ['contosoacr.azurecr.io'])).toEqual([])
  })
})

describe('the rows of probes', () => {
  it('are those of their pods, by the number of the probe', () => {
    const patterns = rowsOfProbes([1, 12])
    const found = ['1', '12', '2', '11', ''].filter(index => finds(patterns, `pod\tp${index}\t${index}\tr`))
    expect(found).toEqual(['1', '12'])
    expect(finds(patterns, 'was\tp1\t1\tr')).toBe(false)
    expect(finds(patterns, 'x\tpod\tp1\t1\tr')).toBe(false)
  })
})

describe('the pods that the cluster has not changed', () => {
  const probe = (account?: string): Probe => ({
    index: 3,
    node: { name: 'aks-1.a', os: 'linux', taints: [] },
    images: ['app', 'web'].map((name, position) => ({
      container: `image-${position}`,
      reference: `contosoacr.azurecr.io/${name}:1`,
      ...(account && { account }),
    })),
  })
  const own = '%2Fattach-acr-only-pulls-r,'
  const isAdmitted = (row: string, account?: string): boolean => finds(admitted('r', [probe(account)]), row)
  const image = (position: number, name: string, tail = '%3A1', policy = 'Always', command = own): string =>
    `image-${position}|contosoacr.azurecr.io%2F${name}${tail}|${policy}|${command} `
  const rowOf = (secrets: string, ...containers: string[]): string => `3\taks-1.a\t${secrets}\t${containers.join('')}`
  const both = [image(0, 'app'), image(1, 'web')]
  const none = 'attach-acr-no-secret-r '

  it('have their node, their images, their commands and the pull secret that the run gave them, or none', () => {
    expect(isAdmitted(rowOf(none, ...both))).toBe(true)
    expect(isAdmitted(rowOf('', ...both))).toBe(true)
    for (const row of [
      rowOf('attach-acr-no-secret-other ', ...both),
      rowOf(`${none}added `, ...both),
      rowOf(none, ...both).replace('aks-1.a', 'aks-1xa'),
      rowOf(none, ...both).replace('3', '13'),
      rowOf(none, image(0, 'app')),
      rowOf(none, image(0, 'other'), image(1, 'web')),
      rowOf(none, image(0, 'app', '%3A2'), image(1, 'web')),
      rowOf(none, image(0, 'app', '%3A1', 'IfNotPresent'), image(1, 'web')),
      ...['', '%2Fattach-acr-only-pulls-other,', `${own}x,`, `%2Fagent,${own}`].map(command =>
        rowOf(none, image(0, 'app', '%3A1', 'Always', command), image(1, 'web')),
      ),
    ])
      expect(isAdmitted(row), row).toBe(false)
  })

  it('may have a digest after the tag, and more containers', () => {
    expect(isAdmitted(rowOf(none, image(0, 'app', '%3A1%40sha256%3A0a'), image(1, 'web')))).toBe(true)
    expect(isAdmitted(rowOf(none, 'istio-proxy|x|Always|sh,-c, ', ...both))).toBe(true)
    expect(isAdmitted(rowOf(none, image(0, 'app'), 'istio-proxy|x|Always|sh,-c, ', image(1, 'web')))).toBe(true)
  })

  it('have the pull secrets of their service account, whatever these are', () => {
    expect(isAdmitted(rowOf('one two ', ...both), 'shop')).toBe(true)
    expect(isAdmitted(rowOf('', ...both), 'shop')).toBe(true)
    expect(isAdmitted(rowOf('one two ', image(0, 'app')), 'shop')).toBe(false)
  })
})

describe('the labels that a created pod has kept', () => {
  const row = (manager: string, run: string, probe: string, command: string): string =>
    `made\tattach-acr-probe-1-x\t${manager}\t${run}\t${probe}\t${command}\t.`

  it('are those by which its run finds and deletes it, and of the command that created it', () => {
    expect(finds([labelled('1a')], row('attach-acr', '1a', '12', ''))).toBe(true)
    expect(finds([labelled('1a', 'c1')], row('attach-acr', '1a', '0', 'c1'))).toBe(true)
    const others = [
      '|1a|0|',
      'helm|1a|0|',
      'attach-acr||0|',
      'attach-acr|1ab|0|',
      'attach-acr|1a||',
      'attach-acr|1a|x|',
    ]
    const rows = [...others, 'attach-acr|1a|0|c1'].map(text => row(...(text.split('|') as Parameters<typeof row>)))
    for (const changed of [...rows, 'made\tattach-acr-probe-1-x\t\t.'])
      expect(finds([labelled('1a')], changed), changed).toBe(false)
    expect(finds([labelled('1a', 'c1')], row('attach-acr', '1a', '0', ''))).toBe(false)
  })
})
