import { ActionError, fix, printFix } from 'kernel'
import { createInputReader, quote, type InputReader } from '../src/inputs.js'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'

/** Reads one input, named `input`, that holds `value`. */
function read<T>(value: string, take: (reader: InputReader) => T): { value: T; problem: string | undefined } {
  vi.stubEnv('INPUT_INPUT', value)
  const reader = createInputReader()
  const taken = take(reader)
  try {
    reader.finish()
    return { value: taken, problem: undefined }
  } catch (error) {
    if (!(error instanceof ActionError)) throw error
    expect(error.code).toBe('INVALID_INPUT')
    return { value: taken, problem: printFix(error.fix) }
  }
}

describe('text', () => {
  it.each([
    ['', ''],
    ['  a  ', 'a'],
    ['"a b"', 'a b'],
    [`' a '`, 'a'],
    [`"a'`, `"a'`],
    ['"', '"'],
    [`""`, ''],
    [`"a" b`, `"a" b`],
    [`a "b"`, `a "b"`],
  ])('%j is %j', (given, expected) => {
    expect(read(given, reader => reader.text('input'))).toEqual({ value: expected, problem: undefined })
  })
})

describe('a list', () => {
  it.each([
    ['', []],
    ['a', ['a']],
    ['a\n\n  b  \r\n# c\n "d e" \n\'#f\'\na', ['a', 'b', 'd e', '#f']],
    ['# only\n   # comments', []],
    ['a,b', ['a,b']],
    ['""', []],
    ['" a "\n" a "', ['a']],
  ])('%j is %j', (given, expected) => {
    expect(read(given, reader => reader.list('input')).value).toEqual(expected)
  })

  it('keeps each plain entry once, in order', () => {
    const entry = fc.stringMatching(/^[a-z0-9/._-]{1,12}$/)
    fc.assert(
      fc.property(fc.array(entry), entries => {
        expect(read(entries.join('\n'), reader => reader.list('input')).value).toEqual([...new Set(entries)])
      }),
    )
  })
})

describe('a GUID', () => {
  const guid = '0ABCDEF0-1111-4222-8333-444444444444'
  const small = guid.toLowerCase()
  const invalid = 'input: found "x"; expected a GUID'

  it.each<[string, given: string, variable: string, value: string, problem?: string]>([
    ['is converted to lower case', guid, '', small],
    ['can come from a variable', '', `"${guid}"`, small],
    ['is that of the input, whatever the variable has', guid, '9', small],
    ['is rejected if it is invalid', 'x', '', '', invalid],
    ['is rejected with the place where it was found', '', 'y', '', 'input: found "y" in VARIABLE;'],
    ['has nothing around it', `{${guid}}`, '', '', 'expected a GUID'],
    ['can be absent', '', '', ''],
  ])('%s', (_, given, variable, value, problem) => {
    vi.stubEnv('VARIABLE', variable)
    const end = read(given, reader => reader.guid('input', 'VARIABLE'))
    if (problem === undefined) expect(end).toEqual({ value, problem })
    else expect(end.problem).toContain(problem)
  })
})

describe('a choice', () => {
  it.each<[string, given: string, anyCase: boolean, value: string, problem?: string]>([
    ['defaults to the first', '', false, 'one'],
    ['matches exactly', 'Two', false, 'Two'],
    ['does not match in another letter case', 'two', false, '', 'found "two"; expected one of one, Two'],
    ['matches in another letter case where that does not matter', 'tWO', true, 'Two'],
  ])('%s', (_, given, anyCase, value, problem) => {
    const end = read(given, reader => reader.choice('input', ['one', 'Two'] as const, { anyCase }))
    if (problem === undefined) expect(end).toEqual({ value, problem })
    else expect(end.problem).toContain(problem)
  })

  it.each([
    ['atach', '(found "atach"; did you mean attach?)'],
    ['Detach', '(found "Detach"; did you mean detach?)'],
    ['dettach', '(found "dettach"; did you mean detach?)'],
    ['chek', '(found "chek"; did you mean check?)'],
    ['merge-all', '(found "merge-all")'],
    ['of', '(found "of")'],
  ])('that is probably a typo is guessed: %s', (given, found) => {
    vi.stubEnv('INPUT_INPUT', given)
    const reader = createInputReader()
    reader.choice('input', ['attach', 'detach', 'check', 'all', ''])
    expect(() => {
      reader.finish()
    }).toThrow(`Invalid inputs: input ${found}. Nothing`)
  })
})

describe('a boolean', () => {
  it.each(['true', 'True', 'TRUE', 'false', 'False', 'FALSE'])('is %s', given => {
    const value = given.toLowerCase() === 'true'
    expect(read(given, reader => reader.boolean('input', !value))).toEqual({ value, problem: undefined })
  })

  it.each(['yes', 'on', '1', 'tRUE', 'truee', 'untrue', 'falsetto', 'unfalse'])('is not %s', given => {
    expect(read(given, reader => reader.boolean('input', true)).problem).toContain('expected true or false')
  })

  it.each([true, false])('defaults to %s', whenAbsent => {
    expect(read('', reader => reader.boolean('input', whenAbsent)).value).toBe(whenAbsent)
  })
})

describe('an integer', () => {
  const integerOf = (given: string) => read(given, reader => reader.integer('input', 5, 1, 64))

  it.each(['1', '8', '64', ' 08 '])('can be %s', given => {
    expect(integerOf(given)).toEqual({ value: Number(given), problem: undefined })
  })

  it.each(['0', '65', '-1', '1.5', '1e1', '0x10', 'eight', 'Infinity'])('can not be %s', given => {
    const problem = expect.stringContaining('a whole number from 1 to 64') as string
    expect(integerOf(given)).toEqual({ value: 5, problem })
  })
})

describe('a duration', () => {
  it.each([
    ['', 900_000],
    ['90s', 90_000],
    ['15m', 900_000],
    ['6h', 21_600_000],
    ['1h30m', 5_400_000],
    ['1H30M5S', 5_405_000],
    ['120h', 432_000_000],
  ])('%j is %d ms', (given, ms) => {
    expect(read(given, reader => reader.duration('input', '15m'))).toEqual({ value: ms, problem: undefined })
  })

  it.each(['15', 'm', '0s', '0h0m0s', '-5m', '1.5h', '5m1h', '121h', '15 m', '15min', '5ms'])('is not %s', given => {
    expect(read(given, reader => reader.duration('input', '15m')).problem).toContain('a duration such as')
  })

  it('is the sum of its parts', () => {
    const part = fc.integer({ min: 0, max: 59 })
    fc.assert(
      fc.property(part, part, part, (h, m, s) => {
        fc.pre(h + m + s > 0)
        const { value } = read(`${h}h${m}m${s}s`, reader => reader.duration('input', '15m'))
        expect(value).toBe(((h * 60 + m) * 60 + s) * 1000)
      }),
    )
  })
})

describe('problems', () => {
  it('are all reported, each with the input, its value and the expected one', () => {
    const { problem } = read('x', reader => {
      reader.boolean('input', true)
      reader.reject('other', '', 'something')
    })
    expect(problem).toBe(
      'Correct the inputs of the step:\n  input: found "x"; expected true or false\n  other: empty; expected something',
    )
  })

  it('name each input once in the message', () => {
    vi.stubEnv('INPUT_INPUT', 'x')
    const reader = createInputReader()
    reader.reject('input', 'x', 'y')
    reader.reject('other', 'x', 'y')
    reader.reject('input', 'z', 'y')
    expect(() => {
      reader.finish()
    }).toThrow('Invalid inputs: input (found x), other (found x). Nothing was sent to Azure.')
  })

  it.each([
    ['registries', 'registry'],
    ['registry-name', 'registry'],
    ['kubelet_identities', 'kubelet-identity'],
    ['CLUSTRE', 'cluster'],
    ['aks-cluster', 'cluster'],
    ['acr', undefined],
  ])('name what is no input, such as %s, without its value', (name, meant) => {
    vi.stubEnv(`INPUT_${name.toUpperCase()}`, 'secret')
    const reader = createInputReader()
    reader.allowOnly(['registry', 'cluster', 'kubelet-identity', 'fleet-entry', 'input'])
    const expected = meant ?? 'one of the inputs in docs/inputs.md'
    const question = meant ? `; did you mean ${meant}?` : ''
    const given = name.toLowerCase()
    const message = `Invalid inputs: ${given} (not an input of this action${question}). Nothing was sent to Azure.`
    expect(() => {
      reader.finish()
    }).toThrow(
      expect.objectContaining({
        message,
        fix: fix(`Correct the inputs of the step:\n  ${given}: not an input of this action; expected ${expected}`),
      }),
    )
  })

  it('of one kind are one line, so that what is expected is said once', () => {
    const { problem } = read('', reader => {
      for (const found of ['"a_b"', '"c_d"']) reader.reject('input', found, 'a name')
      reader.reject('input', '"/x"', 'an ID')
    })
    expect(problem).toBe(
      'Correct the inputs of the step:\n  input: found "a_b", "c_d"; expected a name\n  input: found "/x"; expected an ID',
    )
  })

  it('with an empty ID tell what makes an expression empty', () => {
    vi.stubEnv('VARIABLE', '')
    const { problem } = read('', reader => {
      reader.guid('input', 'VARIABLE')
      reader.reject('input', '', 'an ID')
    })
    expect(problem).toContain('input: empty; expected an ID\n  Stored as a secret? Then vars.VARIABLE is empty')
  })

  it('with commas in a list are about them alone', () => {
    const { problem } = read('aks-1, aks-2', reader => {
      for (const entry of reader.list('input')) reader.reject('input', quote(entry), 'the name of a cluster')
    })
    expect(problem).toContain('input: found "aks-1, aks-2"; expected one per line, not commas')
    const alone = read('1,5', reader => reader.integer('input', 1, 1, 9)).problem
    expect(alone).toContain('expected a whole number')
  })

  it('count the lines of an input as written', () => {
    const numbers = read('\n\na\n\n# c\nb\n', reader => reader.lines('input')).value
    expect(numbers).toEqual([
      { number: 3, text: 'a' },
      { number: 6, text: 'b' },
    ])
  })

  it('show long and odd values on one line, cut', () => {
    expect(quote('a\n  ::error::b')).toBe('"a ::error::b"')
    expect(quote('x'.repeat(500))).toHaveLength(122)
    expect(quote('x'.repeat(120))).toBe(`"${'x'.repeat(120)}"`)
  })
})
