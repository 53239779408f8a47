import { describe, expect, it } from 'vitest'
import {
  ActionError,
  type AzureAnswer,
  answerKind,
  cancelled,
  errorCodes,
  isErrorCode,
  isGone,
  messageOf,
  toActionError,
} from '../src/error.js'
import { choices, fix, inShort, partsOf, printFix, shortenFix } from '../src/fix.js'
import { plainText, takeIn } from '../src/text.js'

const answered = (azure: Partial<AzureAnswer>) =>
  new ActionError('AZURE_REFUSED', 'It failed.', { azure: { message: 'No.', ...azure } })

describe('an error', () => {
  it('has its name, and only the given cause', () => {
    const cause = new Error('why')
    expect(new ActionError('DRIFT', 'x', { cause })).toMatchObject({ name: 'ActionError', cause, reason: 'x' })
    const bare = new ActionError('DRIFT', 'x')
    expect(bare).not.toHaveProperty('cause')
    expect(bare).toMatchObject({ fix: { text: '', commands: [] }, recovers: false })
    expect(bare.subject).toBeUndefined()
  })

  it('that recovers says so', () => {
    const azure = { status: 409, message: 'Busy.' }
    const error = new ActionError('AZURE_REFUSED', 'x', { subject: 's', fix: fix('do'), reason: 'why', azure })
    const recovering = error.with({ recovers: true })
    expect(recovering).toMatchObject({ code: 'AZURE_REFUSED', message: 'x', subject: 's', reason: 'why', azure })
    expect(recovering).toMatchObject({ recovers: true, cause: error, fix: { text: 'do' } })
    expect(new ActionError('DRIFT', 'y').with({ recovers: true })).toMatchObject({
      subject: undefined,
      azure: undefined,
    })
  })

  describe('with another failure or message', () => {
    const quote = { statement: 'It failed:', intro: 'The node said:', text: 'No.' }
    const first = new ActionError('AZURE_REFUSED', 'A failed: why', { failure: 'A failed', reason: 'why', quote })

    it('has the same reason, and no longer what was said about the first one', () => {
      expect(first.with({ failure: 'B failed' })).toMatchObject({
        message: 'B failed: why',
        failure: 'B failed',
        reason: 'why',
      })
      expect(first.with({ failure: 'B failed' }).quote).toBeUndefined()
      const renamed = first.with({ message: 'All failed.' })
      expect(renamed).toMatchObject({ message: 'All failed.', reason: 'why' })
      expect([renamed.failure, renamed.quote]).toEqual([undefined, undefined])
      expect(first.with({ message: 'All failed.', failure: 'All' })).toMatchObject({
        message: 'All failed.',
        failure: 'All',
      })
    })

    it('has them still if something else is changed', () => {
      expect(first.with({ code: 'DRIFT' })).toMatchObject({
        code: 'DRIFT',
        message: 'A failed: why',
        failure: 'A failed',
        quote,
      })
    })
  })

  it.each([
    [true, true],
    [false, false],
    [undefined, false],
  ])('that is in the words of a service says so: %s', (isQuoted, expected) => {
    expect(new ActionError('AZURE_REFUSED', 'x', { isQuoted }).isQuoted).toBe(expected)
  })

  it('has one of the codes', () => {
    expect(errorCodes.every(isErrorCode)).toBe(true)
    expect([isErrorCode(''), isErrorCode('drift'), isErrorCode('DRIFT')]).toEqual([false, false, true])
  })

  it.each([
    ['CLUSTER_NOT_FOUND', true],
    ['REGISTRY_NOT_FOUND', true],
    ['IDENTITY_NOT_FOUND', true],
    ['NO_KUBELET_IDENTITY', true],
    ['PRINCIPAL_NOT_FOUND', false],
    ['', false],
  ])('with the code %s is about a missing resource: %s', (code, gone) => {
    expect(isGone(code)).toBe(gone)
  })

  it.each(['text', 0, null, undefined, {}, new Error('')])('made of %o has a message', thrown => {
    expect(toActionError(thrown)).toMatchObject({ code: 'UNEXPECTED', message: expect.stringMatching(/./) as string })
  })

  it('stays one, and becomes a cancellation if it was aborted', () => {
    const error = new ActionError('DRIFT', 'x')
    expect(toActionError(error)).toBe(error)
    expect(toActionError(new DOMException('x', 'AbortError')).code).toBe('CANCELLED')
    expect(cancelled().fix.text).toContain('Run the job again')
  })

  it('that was not foreseen is a bug, with the thrown message', () => {
    expect(toActionError(new Error('oops'))).toMatchObject({ code: 'UNEXPECTED', message: 'oops' })
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
    [404, 'ResourceNotFound', 'missing'],
    [404, undefined, 'missing'],
    [404, 'subscriptionNotFound', 'other'],
    [404, 'InvalidResourceType', 'other'],
    [404, 'InvalidResourceNamespace', 'other'],
    [404, 'NoRegisteredProviderFound', 'other'],
    [404, 'RoleDefinitionDoesNotExist', 'missing'],
    [400, 'ResourceNotFound', 'other'],
    [403, undefined, 'forbidden'],
    [401, undefined, 'unauthenticated'],
    [undefined, undefined, 'open'],
    [408, undefined, 'open'],
    [500, undefined, 'open'],
    [504, undefined, 'open'],
    [421, undefined, 'misdirected'],
    [425, undefined, 'misdirected'],
    [499, undefined, 'other'],
    [429, undefined, 'other'],
  ])('%s with the code %s is %s, and so is its error', (status, code, kind) => {
    expect(answerKind(status, code)).toBe(kind)
    expect(answered({ ...(status !== undefined && { status }), ...(code !== undefined && { code }) }).kind).toBe(kind)
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

  it('about several errors is joined, with each command once', () => {
    expect(choices(fix('One.', 'az a'), fix('', 'az b'), fix('Two.', 'az a'))).toEqual(
      fix('One.\nTwo.', 'az a', 'az b'),
    )
  })

  const look = { text: 'Look:', commands: ['az show'] }
  const upgrade = { text: 'Upgrade all:', commands: ['az upgrade'], caution: 'Upgrades all' }

  it('with choices is text and commands in a report, and one block per choice for people', () => {
    const both = choices(look, upgrade)
    expect(JSON.parse(JSON.stringify(both))).toEqual({
      text: 'Look:\nUpgrade all:',
      commands: ['az show', 'az upgrade'],
    })
    expect(Object.keys({ ...both })).toEqual(['text', 'commands'])
    expect(partsOf(both)).toEqual([look, upgrade])
    expect(printFix(both)).toBe('Look:\n  az show\nUpgrade all:\n  az upgrade')
  })

  it('with one choice is like any other', () => {
    expect(choices().parts).toBeUndefined()
    expect(choices(look).parts).toBeUndefined()
    expect(choices(look, { text: '', commands: [] }).parts).toBeUndefined()
    expect(partsOf(choices(upgrade))).toEqual([upgrade])
  })

  it.each([
    ['its first sentence', fix('Do this. Or that:', 'az a'), 'Do this.'],
    ['its first line', fix('Do this: at once\nOr that.'), 'Do this: at once'],
    ['its first sentence and command', fix('Do:', 'az a', 'az b'), 'Do:\n  az a'],
    ['its first sentence and lines', fix('Of these:\n- a\n- b', 'az a'), 'Of these:\n- a\n- b'],
    ['nothing', fix('', 'az a'), ''],
    ['its own sentence', inShort('Do it.', ['Of these:\n- a', 'az a']), 'Do it.'],
    ['its own sentence, before others', choices(inShort('Do it.', 'Of these:'), fix('Or that.')), 'Do it.'],
    ['its own sentence, as an only choice', choices(inShort('Do it.', 'Of these:')), 'Do it.'],
  ])('is for annotations %s', (_, advice, said) => {
    expect(shortenFix(advice)).toBe(said)
    expect(Object.keys({ ...advice })).toEqual(['text', 'commands'])
  })

  it('keeps its choices apart when it is joined with other advice', () => {
    expect(partsOf(choices(fix('First:', 'az first'), choices(look, upgrade)))).toEqual([
      fix('First:', 'az first'),
      look,
      upgrade,
    ])
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
