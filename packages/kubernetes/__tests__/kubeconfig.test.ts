import { describe, expect, it } from 'vitest'
import { parse, stringify } from 'yaml'
import { faultOf, secretsOf, serverOf, wantsEntraToken, withToken } from '../src/kubeconfig.js'

const cluster = { server: 'https://api.example:443', 'certificate-authority-data': 'ca' }
const context = { cluster: 'c', user: 'u' }
const certificate = { 'client-certificate-data': 'cert', 'client-key-data': 'key' }
const kubelogin = { exec: { command: 'kubelogin', args: ['get-token'] } }

const configOf = (user: object, more: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Config',
  'current-context': 'x',
  contexts: [{ name: 'x', context }],
  clusters: [{ name: 'c', cluster }],
  users: [{ name: 'u', user }],
  ...more,
})

const kubeconfig = (user: object, more?: object): string => JSON.stringify(configOf(user, more))

interface Written {
  contexts: { context: { cluster: string; user: string } }[]
  clusters: { name: string; cluster: object }[]
  users: { name: string; user: object }[]
}

/** What kubectl gets: its one cluster and its one user. */
function written(text: string, token = 'entra'): [cluster: object | undefined, user: object | undefined] {
  const { contexts, clusters, users } = parse(withToken(text, token)) as Written
  expect([contexts, clusters, users].map(list => list.length)).toEqual([1, 1, 1])
  expect(contexts[0]?.context).toEqual({ cluster: clusters[0]?.name, user: users[0]?.name })
  return [clusters[0]?.cluster, users[0]?.user]
}

describe('a kubeconfig', () => {
  it.each([kubelogin, { 'auth-provider': { name: 'azure' } }, { ...kubelogin, token: 'x' }])(
    'that would start a program gets a token instead: %j',
    user => {
      expect(wantsEntraToken(kubeconfig(user))).toBe(true)
      expect(written(kubeconfig(user))).toEqual([cluster, { token: 'entra' }])
      expect(secretsOf(kubeconfig(user))).toEqual([])
    },
  )

  it.each([
    [certificate, ['key']],
    [{ token: 'a', ...certificate }, ['a', 'key']],
    [{ username: 'clusterUser', password: 'p' }, ['p']],
    [{ token: '0123' }, ['0123']],
  ])('of a local account keeps its credential, whose secrets are found: %j', (user, secrets) => {
    expect(wantsEntraToken(kubeconfig(user))).toBe(false)
    expect(written(kubeconfig(user))).toEqual([cluster, user])
    expect(secretsOf(kubeconfig(user))).toEqual(secrets)
  })

  it('keeps nothing that starts a program, reads a file, weakens TLS, names a proxy, or acts as somebody else', () => {
    const user = { tokenFile: '/f', 'client-key': '/k', 'client-certificate': '/c', as: 'admin', 'as-groups': ['x'] }
    const more = {
      ...{ 'insecure-skip-tls-verify': true, 'proxy-url': 'http://p', 'certificate-authority': '/ca' },
      ...{ 'tls-server-name': 'other', 'disable-compression': true, extensions: [] },
    }
    const all = kubeconfig(
      { token: 'a', ...user },
      { clusters: [{ name: 'c', cluster: { ...cluster, ...more } }], preferences: { colors: true }, extensions: [] },
    )
    expect(written(all)).toEqual([cluster, { token: 'a' }])
    const kept = ['apiVersion', 'clusters', 'contexts', 'current-context', 'kind', 'users']
    expect(Object.keys(parse(withToken(all, '')) as object).sort()).toEqual(kept)
  })

  it('is read with merge keys, as kubectl reads it', () => {
    const merged = (part: object): string =>
      `x: &part ${JSON.stringify(part)}\n${stringify(configOf({ merged: 1 })).replace('merged: 1', '<<: *part')}`
    expect(wantsEntraToken(merged(kubelogin))).toBe(true)
    expect(written(merged(kubelogin))[1]).toEqual({ token: 'entra' })
    expect(secretsOf(merged({ token: 'a', password: 'p' }))).toEqual(['a', 'p'])
    const tokenFile = { ...certificate, tokenFile: '/f' }
    expect(written(merged(tokenFile))[1]).toEqual(certificate)
  })

  it('gives the cluster and the user of its current context, and no other', () => {
    const other = { name: 'other', context: { cluster: 'c', user: 'u' } }
    const current = { name: 'x', context: { cluster: 'c2', user: 'u2', namespace: 'n' } }
    const clusters = [null, 'c2', { name: 'c', cluster }, { name: 'c2', cluster: { server: 'https://two' } }]
    const users = ['one', 'two'].map((token, at) => ({ name: at === 0 ? 'u' : 'u2', user: { token } }))
    const text = kubeconfig({}, { contexts: [other, current], clusters, users })
    expect(serverOf(text)).toBe('https://two')
    expect(written(text)).toEqual([{ server: 'https://two' }, { token: 'two' }])
  })

  const bomb = [1, 2, 3, 4, 5, 6].map(at => `a${at}: &a${at} {<<: [${`*a${at - 1},`.repeat(9)}]}`)
  it.each([
    ['', 'it is incomplete'],
    ['kubeconfig', 'it is incomplete'],
    ['clusters: [', 'it is not YAML'],
    [kubeconfig({ token: 'a' }).slice(0, -20), 'it is not YAML'],
    [`${kubeconfig({ token: 'a' })}\n---\nkind: Config`, 'it is not YAML'],
    ['users: [a]\nusers: [b]\nclusters: [c]', 'it is not YAML'],
    [['a0: &a0 {k: 1}', ...bomb].join('\n'), 'it is not YAML'],
    [kubeconfig({}, { users: null }), 'it is incomplete'],
    [kubeconfig({}, { clusters: [] }), 'it is incomplete'],
  ])('that is broken may be whole the next time: %j', (text, fault) => {
    expect(faultOf(text)).toEqual({ fault, isBroken: true })
  })

  it.each([
    [kubeconfig({ token: 'a' }, { 'current-context': undefined }), 'its current-context names no context'],
    [kubeconfig({ token: 'a' }, { 'current-context': 'y' }), 'its current-context names no context'],
    [kubeconfig({ token: 'a' }, { contexts: [{ name: 'x', context: { user: 'u' } }] }), 'its context names no cluster'],
    [kubeconfig({ token: 'a' }, { users: [{ name: 'v', user: { token: 'a' } }] }), 'its context names no user'],
    [kubeconfig({ tokenFile: '/f' }), 'its user has neither a token nor a client certificate'],
    [kubeconfig({ 'client-key-data': 'key' }), 'its user has neither a token nor a client certificate'],
    [kubeconfig({ token: ['a'] }), 'its user has neither a token nor a client certificate'],
  ])("that is whole but can't be used is told apart: %j", (text, fault) => {
    expect(faultOf(text)).toEqual({ fault, isBroken: false })
    expect(() => withToken(text, '')).toThrow()
  })

  it.each([
    ...['http://api.example', 'api.example:443', '', 'https://a:b@api.example', 'https://api.example/?x'],
    ...['/etc/passwd', 'https://', 'file:///x'],
  ])("that is whole, but whose server is not an https URL, can't be used: %j", server => {
    const text = kubeconfig({ token: 'a' }, { clusters: [{ name: 'c', cluster: { server } }] })
    expect(faultOf(text)).toEqual({ fault: 'its server is not an https URL', isBroken: false })
    expect(() => withToken(text, '')).toThrow()
  })
})
