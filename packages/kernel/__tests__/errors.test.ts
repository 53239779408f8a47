import { describe, expect, it } from 'vitest'
import { ActionError, type AzureAnswer, answerKind, cancelled } from '../src/error.js'
import { errorCodes, isErrorCode, isGone, messageOf, toActionError } from '../src/error.js'
import { choices, fix, inShort, printFix, sayShort, toFixJson, type Fix } from '../src/fix.js'
import { reasonOf, say, withReason, type Said } from '../src/said.js'
import { plainText, takeIn } from '../src/text.js'

const answered = (azure: Partial<AzureAnswer>) =>
  new ActionError('AZURE_REFUSED', 'It failed', { azure: { message: 'No.', ...azure } })

describe('an error', () => {
  it('has its name, and only the given cause', () => {
    const cause = new Error('why')
    expect(new ActionError('DRIFT', 'x', { cause })).toMatchObject({ name: 'ActionError', cause, said: { what: 'x' } })
    const bare = new ActionError('DRIFT', 'x')
    expect(bare).not.toHaveProperty('cause')
    expect(bare).toMatchObject({ fix: [], recovers: false })
    expect(bare.subject).toBeUndefined()
  })

  it('that recovers says so', () => {
    const azure = { status: 409, message: 'Busy.' }
    const said = { what: 'x', why: 'why' }
    const error = new ActionError('AZURE_REFUSED', said, { subject: 's', fix: fix('do'), azure })
    const recovering = error.with({ recovers: true })
    expect(recovering).toMatchObject({ code: 'AZURE_REFUSED', said, message: 'x: why.', subject: 's', azure })
    expect(recovering).toMatchObject({ recovers: true, cause: error, fix: [{ text: 'do' }] })
    const bare = new ActionError('DRIFT', 'y').with({ recovers: true })
    expect([bare.subject, bare.azure]).toEqual([undefined, undefined])
  })

  const quote = { by: 'The node said:', text: 'No' }

  it('of another failure has the same reason, and no longer what was said about the first one', () => {
    const first = new ActionError('AZURE_REFUSED', { what: 'A failed', why: 'why', more: 'More.', quote })
    expect(first.with({ said: withReason('B failed', first.said) }).message).toBe('B failed: why.')
    expect(first.with({ code: 'DRIFT' })).toMatchObject({ code: 'DRIFT', said: first.said, message: first.message })
  })

  it.each<[string, Said]>([
    ['It failed.', { what: 'It failed' }],
    ['It failed: no role.', { what: 'It failed', why: 'no role' }],
    ['It failed. Did you mean b?', { what: 'It failed', brief: 'no', more: 'Did you mean b?' }],
    ['It failed: no role. The node said: No.', { what: 'It failed', why: 'no role', quote }],
    ['It failed. More. The node said: No.', { what: 'It failed', more: 'More.', quote }],
    ['All of it. And more.', { what: '', more: 'All of it. And more.' }],
    ['', { what: '' }],
  ])('says: %s', (text, said) => {
    expect(say(said)).toBe(text)
  })

  it.each<[string, Said]>([
    ['what', { what: 'what' }],
    ['why', { what: 'what', why: 'why' }],
    ['brief', { what: 'what', why: 'why', brief: 'brief' }],
  ])('has as its reason the shortest part that says it: %s', (reason, said) => {
    expect(reasonOf(said)).toBe(reason)
  })

  it('has one of the codes', () => {
    expect(errorCodes.every(isErrorCode)).toBe(true)
    expect([isErrorCode(''), isErrorCode('drift'), isErrorCode('DRIFT')]).toEqual([false, false, true])
  })

  it('with some codes is about a missing resource', () => {
    const codes = ['CLUSTER_NOT_FOUND', 'REGISTRY_NOT_FOUND', 'IDENTITY_NOT_FOUND', 'NO_KUBELET_IDENTITY']
    expect([...codes, 'PRINCIPAL_NOT_FOUND', ''].filter(isGone)).toEqual(codes)
  })

  it.each(['text', 0, null, undefined, {}, new Error('')])('made of %o has a message', thrown => {
    expect(toActionError(thrown)).toMatchObject({ code: 'UNEXPECTED', message: expect.stringMatching(/./) as string })
  })

  it('stays one, and becomes a cancellation if it was aborted', () => {
    const error = new ActionError('DRIFT', 'x')
    expect(toActionError(error)).toBe(error)
    expect(toActionError(new DOMException('x', 'AbortError')).code).toBe('CANCELLED')
    expect(printFix(cancelled().fix)).toContain('Run the job again')
  })

  it('that was not foreseen is a bug, with the thrown message', () => {
    expect(toActionError(new Error('oops'))).toMatchObject({ code: 'UNEXPECTED', message: 'oops.' })
    expect(toActionError(new Error(''))).toMatchObject({ message: 'An error without a message was thrown.' })
    expect([messageOf('text'), messageOf(new Error('x'))]).toEqual(['text', 'x'])
  })
})

describe("Azure's answer", () => {
  it('has a code and a message, or nothing', () => {
    expect(answered({ code: 'Locked' }).azure).toEqual({ message: 'No.', code: 'Locked' })
    for (const none of [new Error('x'), new ActionError('DRIFT', 'x'), undefined]) {
      expect(toActionError(none).azure).toBeUndefined()
    }
  })

  it.each([
    ['missing', '404 ResourceNotFound, 404, 404 RoleDefinitionDoesNotExist'],
    ['other', '404 subscriptionNotFound, 404 InvalidResourceType, 404 InvalidResourceNamespace, 400 ResourceNotFound'],
    ['other', '404 NoRegisteredProviderFound, 499, 429'],
    ['forbidden', '403'],
    ['unauthenticated', '401'],
    ['open', 'none, 408, 500, 504'],
    ['misdirected', '421, 425'],
  ])('is %s for %s, and so is its error', (kind, answers) => {
    for (const answer of answers.split(', ')) {
      const [text = '', code] = answer.split(' ')
      const status = text === 'none' ? undefined : Number(text)
      expect([answer, answerKind(status, code)]).toEqual([answer, kind])
      expect(answered({ ...(status && { status }), ...(code && { code }) }).kind).toBe(kind)
    }
  })

  it('is of no kind if there is none', () => {
    expect(new ActionError('DRIFT', 'x').kind).toBeUndefined()
  })
})

describe('advice', () => {
  it('is printed with its commands indented, without empty parts', () => {
    expect(printFix(fix('Do this:', 'az a \\\n  --b', 'az c'))).toBe('Do this:\n  az a \\\n    --b\n  az c')
    expect([printFix(fix('Do this.')), printFix(fix('', 'az a'))]).toEqual(['Do this.', '  az a'])
  })

  it('about several errors is in parts, and has in a report each command once', () => {
    const all = choices(fix('One.', 'az a'), fix('', 'az b'), fix('Two.', 'az a'))
    expect(all).toHaveLength(3)
    expect(toFixJson(all)).toEqual({ text: 'One.\nTwo.', commands: ['az a', 'az b'] })
  })

  const look = { text: 'Look:', commands: ['az show'] }
  const upgrade = { text: 'Upgrade all:', commands: ['az upgrade'], caution: 'Upgrades all' }

  it('with choices is text and commands in a report, and one block per choice for people', () => {
    const values = { text: 'Compare:', block: { language: 'text' as const, lines: ['a', 'b'] }, commands: [] }
    const all = choices(look, values, upgrade)
    expect(toFixJson(all)).toEqual({ text: 'Look:\nCompare:\na\nb\nUpgrade all:', commands: ['az show', 'az upgrade'] })
    expect(all).toEqual([look, values, upgrade])
    expect(printFix(all)).toBe('Look:\n  az show\nCompare:\na\nb\nUpgrade all:\n  az upgrade')
  })

  it('that says nothing is empty, also as a part of others', () => {
    expect([fix(''), choices(), choices(fix('')), toFixJson([])]).toEqual([[], [], [], { text: '', commands: [] }])
    expect(choices(look, { text: '', commands: [] })).toEqual([look])
  })

  const adding = { text: 'Add:', block: { language: 'yaml' as const, lines: ['  a: b'] } }
  it.each<[string, Fix, string]>([
    ['all of its text', fix('Do this. Or that.', 'az a'), 'Do this. Or that.'],
    ['all of its lines', fix('Do this: at once\nOr that.'), 'Do this: at once\nOr that.'],
    ['its text and the command that it announces', fix('Do. To see it:', 'az a', 'az b'), 'Do. To see it:\n  az a'],
    ['its text with lines of its own', fix('Of these:\n- a\n- b', 'az a'), 'Of these:\n- a\n- b'],
    ['its first part with what it announces', choices({ ...adding, commands: ['az a'] }), 'Add:\n  a: b'],
    ['nothing', fix('', 'az a'), ''],
    ['its own sentence', inShort('Do it.', ['Of these:\n- a', 'az a']), 'Do it.'],
    ['its own sentence, before others', choices(inShort('Do it.', 'Of these:'), fix('Or that.')), 'Do it.'],
  ])('is for annotations %s', (_, advice, said) => {
    expect(sayShort(advice)).toBe(said)
  })

  it('keeps its choices apart when it is joined with other advice', () => {
    const first = { text: 'First:', commands: ['az first'] }
    expect(choices(fix('First:', 'az first'), choices(look, upgrade))).toEqual([first, look, upgrade])
  })
})

describe('text from others', () => {
  it('is cut if it is too long', () => {
    expect(takeIn('x'.repeat(4096))).toBe('x'.repeat(4096))
    expect(takeIn('x'.repeat(4097))).toBe(`${'x'.repeat(4096)}…`)
  })

  it.each([
    ['a\n\n\t b', 'a  b'],
    ['a\u2028\u0085b', 'a b'],
    ['aV\vb', 'aV b'],
    ['\u001b[31mred\u001b[0m', 'red'],
    ['\u001b]0;title\u0007text', 'text'],
    ['a\u202eb\u200bc\ufeff\u0000', 'abc'],
  ])('is reduced to plain text: %j', (text, plain) => {
    expect(plainText(text)).toBe(plain)
  })
})
