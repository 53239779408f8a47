import { checkBypass } from '@actions/http-client/lib/proxy'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { describeWay, maskProxyPasswords, proxyFor } from 'azure-clients'
import { kubectlEnvironment } from '../src/program.js'
import { readProxies } from 'azure-clients/src/http/proxy.js'

const everyVariable = ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY', 'NO_PROXY'].flatMap(name => [name, name.toLowerCase()])

/** Sets these proxy variables and unsets all others. */
function stubProxies(variables: Record<string, string>): void {
  for (const name of everyVariable) vi.stubEnv(name, variables[name])
}

const target = new URL('https://management.azure.com/')

describe('a proxy', () => {
  it.each([
    ['in upper case', { HTTPS_PROXY: 'http://proxy.corp:3128' }, 'http://proxy.corp:3128/'],
    ['in lower case', { https_proxy: 'http://proxy.corp:3128' }, 'http://proxy.corp:3128/'],
    ['in both, of which lower case counts', { https_proxy: 'http://a:1', HTTPS_PROXY: 'http://b:2' }, 'http://a:1/'],
    ['in upper case where lower case is empty', { https_proxy: ' ', HTTPS_PROXY: 'http://b:2' }, 'http://b:2/'],
    ['by name, without a scheme', { HTTPS_PROXY: 'proxy.corp:3128' }, 'http://proxy.corp:3128/'],
    ['by address, without a scheme', { HTTPS_PROXY: '10.1.2.3:3128' }, 'http://10.1.2.3:3128/'],
    ['by IPv6 address, without a scheme', { HTTPS_PROXY: '[fd00::1]:3128' }, 'http://[fd00::1]:3128/'],
    ['without scheme and port', { HTTPS_PROXY: 'proxy.corp' }, 'http://proxy.corp/'],
    ['with credentials, without a scheme', { HTTPS_PROXY: 'shop:word@proxy.corp:1' }, 'http://shop:word@proxy.corp:1/'],
    ['with a user alone', { HTTPS_PROXY: 'http://shop@proxy.corp:1' }, 'http://shop@proxy.corp:1/'],
    ['with a lone % in its password', { HTTPS_PROXY: 'http://shop:5%2F%@p:1' }, 'http://shop:5%2F%25@p:1/'],
    ['with an @ in its password', { HTTPS_PROXY: 'http://shop:w@rd@p:1' }, 'http://shop:w%40rd@p:1/'],
    ['by HTTPS', { HTTPS_PROXY: 'https://proxy.corp' }, 'https://proxy.corp/'],
    ['with spaces and a path', { HTTPS_PROXY: ' HTTP://Proxy.Corp:3128/x ' }, 'http://proxy.corp:3128/'],
    ['for plain HTTP', { HTTP_PROXY: 'http://proxy.corp:3128' }, undefined],
    ['for all protocols, which only others read', { ALL_PROXY: 'http://proxy.corp:3128' }, undefined],
    ['that is not there', {}, undefined],
  ])('%s', (_, environment, href) => {
    const proxies = readProxies(environment)
    expect(proxies.proxyFor(target)?.href).toBe(href)
    expect(proxies.findUnusable([])).toEqual([])
  })

  it.each([
    ['http://proxy.corp:65536', '"http://proxy.corp:65536"'],
    ['http://proxy.corp:0', '"http://proxy.corp:0"'],
    ['proxy.corp:http', 'text that is not an address'],
    ['shop:hunter2', 'text that is not an address'],
    ['shop:hunter2 at proxy', 'text that is not an address'],
    ['http://', '"http://"'],
    ['socks5h://shop:hunter2@proxy.corp:1080', '"socks5h://***@proxy.corp:1080"'],
    ['shop:hunter2@proxy.corp:99999', '"***@proxy.corp:99999"'],
    ['http://shop:1/hunter2@proxy.corp:3128', '"http://***@proxy.corp:3128"'],
    ['http://shop:hunter2?@proxy.corp:3128', '"http://***@proxy.corp:3128"'],
    ['http://shop:hunter2%FF@proxy.corp:3128', '"http://***@proxy.corp:3128"'],
  ])("is found even if it can't be used: %s", (HTTPS_PROXY, found) => {
    expect(readProxies({ HTTPS_PROXY }).findUnusable([])).toEqual([{ variable: 'HTTPS_PROXY', found }])
    expect(readProxies({ https_proxy: HTTPS_PROXY }).findUnusable([])).toEqual([{ variable: 'https_proxy', found }])
    expect(readProxies({ HTTPS_PROXY, NO_PROXY: 'localhost, *' }).findUnusable([])).toEqual([])
  })

  it('for plain HTTP is needed only for URLs without TLS', () => {
    const environment = { HTTP_PROXY: 'http://proxy.corp:3128' }
    expect(readProxies(environment).proxyFor(new URL('http://169.254.169.254/'))?.host).toBe('proxy.corp:3128')
    const proxies = readProxies({ HTTP_PROXY: 'proxy.corp:99999', NO_PROXY: '169.254.169.254' })
    expect(proxies.findUnusable([])).toEqual([])
    expect(proxies.findUnusable(['http://169.254.169.254/'])).toEqual([])
    expect(proxies.findUnusable(['http://169.254.169.254/', 'http://ghes.corp/'])).toHaveLength(1)
  })

  it('never throws and never shows a password, whatever its text is', () => {
    const credentials = fc.stringMatching(/^[^\s]{0,3}SECRET[^\s]{0,3}$/)
    const texts = fc.oneof(
      fc.string(),
      fc.tuple(credentials, fc.constantFrom('', ':0', ':3128', ':99999'), fc.constantFrom('', 'http://', 'socks5://')),
    )
    fc.assert(
      fc.property(texts, text => {
        const [password, port, scheme] = typeof text === 'string' ? [undefined] : text
        const HTTPS_PROXY = typeof text === 'string' ? text : `${scheme}shop:${password}@proxy.corp${port}`
        stubProxies({ HTTPS_PROXY })
        const proxies = readProxies({ HTTPS_PROXY, NO_PROXY: HTTPS_PROXY })
        proxies.proxyFor(target)
        if (password !== undefined) expect(JSON.stringify(proxies.findUnusable([]))).not.toContain('SECRET')
        if (password !== undefined) expect(describeWay()).not.toContain('SECRET')
      }),
    )
  })

  it("has its password masked as written, as decoded and as sent, even if it can't be used", () => {
    const written = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
    stubProxies({ HTTPS_PROXY: 'shop:pa%2Fss-1@proxy:99999', ALL_PROXY: 'socks5://shop:pa%ss-2@proxy' })
    maskProxyPasswords()
    const masked = written.mock.calls.map(([text]) => String(text).trim().replaceAll('%25', '%'))
    const sent = ['shop:pa/ss-1', 'shop:pa%ss-2'].map(text => Buffer.from(text).toString('base64'))
    for (const secret of ['pa%2Fss-1', 'pa/ss-1', 'pa%ss-2', ...sent]) expect(masked).toContain(`::add-mask::${secret}`)
  })

  it('is named without its credentials in the advice on what to check', () => {
    stubProxies({ HTTPS_PROXY: 'shop:hunter2@proxy.corp:3128' })
    expect(describeWay()).toBe('the proxy http://proxy.corp:3128 (HTTPS_PROXY, NO_PROXY)')
    stubProxies({ HTTPS_PROXY: 'proxy.corp:3128', NO_PROXY: '*' })
    expect(describeWay()).toContain('whether HTTPS_PROXY must be set')
  })
})

/** Which clients bypass the proxy for such an entry: GitHub's toolkit, kubectl, both or neither. kubectl's behaviour was observed (1.32.3), or is from Go's httpproxy source; the toolkit is called below. */
type By = 'both' | 'toolkit' | 'kubectl' | 'neither'

/** For each URL, the entries between bars that let these clients bypass the proxy. */
const table: [url: string, by: By, entries: string][] = [
  [
    'https://aks.azmk8s.io',
    'both',
    'aks.azmk8s.io|azmk8s.io|.azmk8s.io|io| other.example , .Azmk8s.IO ,|azmk8s.io:443|*',
  ],
  ['https://aks.azmk8s.io', 'kubectl', '*.azmk8s.io|*.azmk8s.io:443|azmk8s.io:'],
  ['https://aks.azmk8s.io', 'neither', '|.aks.azmk8s.io|s.azmk8s.io|x.aks.azmk8s.io|*azmk8s.io|aks.*|azmk8s.io:8443'],
  ['https://aks.azmk8s.io', 'neither', 'other.example .azmk8s.io|https://aks.azmk8s.io|*:443|0.0.0.0/0'],
  ['https://aks.azmk8s.io:8443', 'both', 'azmk8s.io:8443'],
  ['http://aks.azmk8s.io', 'both', 'azmk8s.io:80'],
  ['https://www.bücher.example', 'kubectl', 'bücher.example'],
  ['https://10.1.2.3', 'both', 'localhost, *|10.1.2.3|10.1.2.3:443'],
  ['https://10.1.2.3', 'kubectl', '10.1.0.0/16|0.0.0.0/0|::ffff:10.1.2.3'],
  ['https://10.1.2.3', 'neither', '10.1.2.3:8443|10.1.0.0/33|10.1/16|*.2.3'],
  ['https://10.1.2.3', 'toolkit', '2.3'],
  ['https://10.1.2.33', 'neither', '10.1.2.3'],
  ['https://10.0.0.4', 'neither', '10.1.2.0/24,10.0.0.0/30'],
  ['https://[fd00::1]', 'kubectl', 'fd00::1|FD00:0::1|fd00::/8|::/0'],
  ['https://[fd00::1]', 'toolkit', '[fd00::1]'],
  ['https://[fd00::1]', 'both', '[fd00::1]:443'],
  ['https://[fd00::1]', 'neither', '[fd00::1]:8443|10.0.0.0/8'],
  ['https://[fe80::1]', 'neither', 'fd00::/8'],
  ['https://localhost:6443', 'both', 'other.example'],
  ['https://127.8.9.1:6443', 'both', ''],
  ['https://[::1]', 'both', ''],
]
const entries = table.flatMap(([url, by, all]) => all.split('|').map(entry => [entry, url, by] as const))

describe('NO_PROXY', () => {
  it.each(entries)('%o for %s is matched by %s, and then by both the step and its kubectl', (noProxy, url, by) => {
    stubProxies({ HTTPS_PROXY: 'proxy.corp:3128', HTTP_PROXY: 'proxy.corp:3128', NO_PROXY: noProxy })
    expect(checkBypass(new URL(url))).toBe(by === 'both' || by === 'toolkit')
    const isStraight = by !== 'neither'
    expect(proxyFor(url)?.href).toBe(isStraight ? undefined : 'http://proxy.corp:3128/')
    const { HTTPS_PROXY, HTTP_PROXY, ...others } = kubectlEnvironment(url)
    expect(HTTPS_PROXY ?? HTTP_PROXY).toBe(proxyFor(url)?.href)
    expect(Object.keys(others).filter(name => /proxy/i.test(name))).toEqual([])
  })

  it('is read first from the variable in lower case', () => {
    stubProxies({ HTTPS_PROXY: 'proxy.corp:3128', no_proxy: 'a.example', NO_PROXY: 'b.example' })
    expect(proxyFor('https://a.example')).toBeUndefined()
    expect(proxyFor('https://b.example')).toBeDefined()
  })

  it('bypasses the proxy whenever the toolkit does', () => {
    const label = fc.stringMatching(/^[a-z]{1,3}$/)
    const host = fc.oneof(
      fc.array(label, { minLength: 1, maxLength: 4 }).map(labels => labels.join('.')),
      fc.ipV4(),
      fc.ipV6().map(address => `[${address}]`),
    )
    const port = fc.constantFrom('', ':443', ':8443')
    const entry = (of: string) =>
      fc
        .tuple(fc.constantFrom('', '.', '*.'), fc.nat({ max: of.length }), port, fc.boolean())
        .map(([before, from, after, upper]) => {
          const text = `${before}${of.slice(from)}${after}`
          return upper ? text.toUpperCase() : text
        })
    const cases = fc
      .tuple(host, port)
      .chain(([name, after]) =>
        fc.record({ url: fc.constant(`https://${name}${after}`), entries: fc.array(entry(name), { maxLength: 3 }) }),
      )
    fc.assert(
      fc.property(cases, ({ url, entries }) => {
        stubProxies({ HTTPS_PROXY: 'proxy.corp:3128', NO_PROXY: entries.join(',') })
        if (checkBypass(new URL(url))) expect(proxyFor(url)).toBeUndefined()
      }),
    )
  })
})

it('kubectl gets the path, the home and the proxy of the runner, and nothing else', () => {
  stubProxies({ HTTPS_PROXY: 'http://proxy.corp:3128' })
  vi.stubEnv('HOME', '/home/runner').stubEnv('KUBECONFIG', '/other').stubEnv('GITHUB_TOKEN', 'secret')
  const environment = kubectlEnvironment('https://aks.azmk8s.io')
  const names = Object.keys(environment)
  expect(names).toEqual(expect.arrayContaining(['HOME', 'PATH', 'HTTPS_PROXY']))
  expect(names.filter(name => /KUBECONFIG|GITHUB|TOKEN|NODE_/.test(name))).toEqual([])
  // No preferences of the runner's user, with aliases and defaults of options.
  expect(environment.KUBERC).toBe('off')
})
