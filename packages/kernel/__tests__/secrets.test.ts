import { describe, expect, it } from 'vitest'
import { keepSecret, messageOf, redact, redactJson, takeIn } from 'kernel'

// Other files of this process keep them, too: none is a word of another test.
const long = 'Zq9_*long"secret/of\\this-test'
const inner = 'Zq9-inner'
const outer = 'Zq9-inner-outer'
const spaced = 'Zq9 two\n  lines'
for (const secret of ['', inner, outer, long, spaced, 'Zq9-\ud800', 'Zq9', 'Z']) keepSecret(secret)

describe('the words of others', () => {
  it.each([
    ['as it is', `It is ${long}.`, 'It is ***.'],
    ['in JSON', `It is ${JSON.stringify(long)}.`, 'It is "***".'],
    ['in a URL', `GET /?a=${encodeURIComponent(spaced)} failed`, 'GET /?a=*** failed'],
    ['in a form', `a=${new URLSearchParams({ a: spaced }).toString().slice(2)} failed`, 'a=*** failed'],
    ['in Base64', `Basic ${Buffer.from(outer).toString('base64')} failed`, 'Basic *** failed'],
    ['on one line', 'It is Zq9 two lines.', 'It is ***.'],
    ['twice', `${inner} and ${inner}`, '*** and ***'],
    ['that has another one in it', `It is ${outer}.`, 'It is ***.'],
    ['in a word, if it is long', `a=${long}`, 'a=***'],
    ['in a word, but short: it can be a part of a name', `${inner}/app`, `${inner}/app`],
    ['of three letters, which stand in names by chance', 'It is Zq9.', 'It is Zq9.'],
  ])('do not have a secret %s', (_, text, expected) => {
    expect(redact(text)).toBe(expected)
  })

  it('do not have the beginning of a secret at which they are cut', () => {
    expect(takeIn(`${'x'.repeat(4085)} ${long}`)).toBe(`${'x'.repeat(4085)} ***`)
  })

  it('do not have the beginning of a secret at which somebody else has cut them', () => {
    expect(redact(`It is ${long.slice(0, 12)}`)).toBe('It is ***')
    expect(redact(`It is ${long.slice(0, 12)}, or not.`)).toContain(long.slice(0, 12))
  })

  it('do not have it in what was thrown', () => {
    expect(messageOf(new Error(`It is ${inner}.`))).toBe('It is ***.')
    expect(messageOf(`It is ${inner}.`)).toBe('It is ***.')
  })
})

it('the values of a JSON text have no secret, and its fields stay', () => {
  const json = JSON.stringify({ [inner]: `${inner}/app`, text: `a Z ${long}`, quoted: JSON.stringify({ long }) })
  const expected = { [inner]: '***/app', text: 'a *** ***', quoted: JSON.stringify({ long: '***' }) }
  expect(JSON.parse(redactJson(json))).toEqual(expected)
})

it('a secret that is only in JSON that a value quotes is taken out', async () => {
  // Another instance, which keeps no other secret.
  const path = '../src/secrets.js?fresh'
  const fresh = (await import(path)) as typeof import('../src/secrets.js')
  fresh.keepSecret(long)
  const quoting = (secret: string) => JSON.stringify({ quoted: JSON.stringify({ secret }) })
  expect(fresh.redactJson(quoting(long))).toBe(quoting('***'))
})
