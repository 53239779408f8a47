// What GitHub's runner does with a step's output and files, case by case from its own tests (github.com/actions/runner, src/Test/L0).
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { checkSummary, readPairs } from '../src/runner/file-commands.js'
import { createLogReader, parseCommand } from '../src/runner/log.js'
import { createMasker } from '../src/runner/masker.js'
import { runStep, type Step } from '../src/runner/step.js'

describe('SetOutputFileCommandL0: the file of outputs', () => {
  it.each<[string, string[], Record<string, string>]>([
    ['EmptyFile', [], {}],
    ['Simple', ['MY_OUTPUT=MY VALUE'], { MY_OUTPUT: 'MY VALUE' }],
    ['Simple_SkipEmptyLines', ['', 'A=my value', '', 'B=second'], { A: 'my value', B: 'second' }],
    ['Simple_EmptyValue', ['MY_OUTPUT='], { MY_OUTPUT: '' }],
    ['Simple_SpecialCharacters', ['A==abc', 'B=def=ghi', 'C=jkl='], { A: '=abc', B: 'def=ghi', C: 'jkl=' }],
    ['Heredoc', ['A<<EOF', 'line one', 'line two', 'EOF'], { A: 'line one\nline two' }],
    ['Heredoc_EmptyValue', ['A<<EOF', 'EOF'], { A: '' }],
    [
      'Heredoc_SkipEmptyLines',
      ['', 'A<<EOF', 'hello', 'EOF', '', 'B<<EOF', 'world', 'EOF'],
      { A: 'hello', B: 'world' },
    ],
    ['Heredoc_SpecialCharacters', ['A<<=EOF', 'one', '=EOF', 'B<<<EOF', 'two', '<EOF'], { A: 'one', B: 'two' }],
    ['Heredoc_SpecialCharacters', ['A<<EOF', 'a', '', 'b', '', 'EOF'], { A: 'a\n\nb\n' }],
    ['Heredoc_SpecialCharacters', ['A<<EOF', ' EOF', 'EOF'], { A: ' EOF' }],
    // ExecutionContext keeps outputs in a dictionary that ignores letter case.
    ['letter case', ['Attached=false', 'attached=true'], { Attached: 'true' }],
    ['carriage returns', ['A=b\r'], { A: 'b\r' }],
  ])('%s: %j', (_name, lines, expected) => {
    expect(Object.fromEntries(readPairs(lines.map(line => `${line}\n`).join('')))).toEqual(expected)
  })

  // VarUtil.EnvironmentVariableKeyComparer
  it('have, for variables, names in upper and lower case', () => {
    expect([...readPairs('HTTPS_PROXY=a\nhttps_proxy=b\n', 'variables').keys()]).toEqual(['HTTPS_PROXY', 'https_proxy'])
  })

  it.each([
    ['Heredoc_MissingNewLine', 'A<<EOF line one EOF ', "Matching delimiter not found 'EOF line one EOF '"],
    ['Heredoc_MissingNewLineMultipleLines', 'A<<EOF one\ntwo\nthree EOF ', 'EOF marker missing new line'],
    ['Heredoc without an end', 'A<<EOF\none\n', "Matching delimiter not found 'EOF'"],
    ['no separator', 'A\n', "Invalid format 'A'"],
    ['no name', '<<EOF\nEOF\n', 'Name must not be empty and delimiter must not be empty'],
    ['no delimiter', 'A<<\n', 'Name must not be empty and delimiter must not be empty'],
  ])('%s: %j is refused', (_name, text, message) => {
    expect(() => readPairs(text)).toThrow(message)
  })
})

describe('CreateStepSummaryCommandL0: the summary', () => {
  it('LargeFile: is dropped from one byte above a megabyte', () => {
    checkSummary(1_048_576)
    expect(() => {
      checkSummary(1_048_577)
    }).toThrow('upload aborted, supports content up to a size of 1024k, got 1024k')
  })
})

describe('ActionCommandL0: a workflow command', () => {
  it.each([
    ['::error title=v1,::msg', 'error', { title: 'v1' }, 'msg'],
    ['::error::', 'error', {}, ''],
    ['::error title=;=%2C=%0D=%0A=]=%3A,::;-%0D-%0A-]-:-,', 'error', { title: ';=,=\r=\n=]=:' }, ';-\r-\n-]-:-,'],
    ['::error title=%252C=%250D,::%250D-%250A', 'error', { title: '%2C=%0D' }, '%0D-%0A'],
    ['::error title=,line=,::', 'error', {}, ''],
    ['   ::ERROR Title=v1,::msg', 'error', { title: 'v1' }, 'msg'],
    ['##[error title=v1;]msg', 'error', { title: 'v1' }, 'msg'],
    ['##[error]', 'error', {}, ''],
    ['##[error title=%3B=%0D=%0A=%5D;]%3B-%0D-%0A-%5D', 'error', { title: ';=\r=\n=]' }, ';-\r-\n-]'],
    ['##[error title=%253B;]%255D', 'error', { title: '%3B' }, '%5D'],
    ['>>>   ##[error title=v1;]msg', 'error', { title: 'v1' }, 'msg'],
  ])('%j', (line, name, properties, message) => {
    expect(parseCommand(line)).toEqual({ name, properties, message })
  })

  it.each(['   >>>   ::error::msg', '::do-something::msg', ': :error::msg', '::error', '##[do-something]', ''])(
    '%j is none',
    line => {
      expect(parseCommand(line)).toBeUndefined()
    },
  )
})

describe('ActionCommandManagerL0: the log', () => {
  const show = (...lines: string[]) => {
    const read = createLogReader()
    return lines.map(read)
  }

  it('StopProcessCommand: shows commands as text until the token', () => {
    expect(show('::stop-commands::abc', '::error::text', '::abc::', '::error::real').map(entry => entry?.kind)).toEqual(
      ['text', 'text', 'text', 'annotation'],
    )
  })

  it('AddMaskWithMultilineValue: hides each line of a secret', () => {
    expect(show('::add-mask::one two%0Athree', 'a one two b', 'three').slice(1)).toMatchObject([
      { text: 'a *** b' },
      { text: '***' },
    ])
  })

  it('refuses the commands that were disabled for security', () => {
    expect(show('::set-env name=a::b')).toMatchObject([{ level: 'error', message: /^Unable to process command/ }])
  })
})

describe('HostContextL0: a secret', () => {
  const base64 = (text: string): string => Buffer.from(text).toString('base64')

  it.each([
    ['123Password123!123', '123***123'],
    ['password123', 'password123'],
    [String.raw`123Pass\"word\"123!123`, '123***123'],
    ['123Pass%20word%20123%21123', '123***123'],
    ['123Pass&lt;word&gt;123!123', '123***123'],
    ["123Pass''word''123!123", '123***123'],
    [base64(':Password123!'), 'OlBh***'],
    [base64('a:Password123!'), 'YTpQ***'],
    [base64('ab:Password123!'), 'YWI6***'],
    [base64('abc:Password123!'), 'YWJjOlBh***'],
    [base64('abcd:Password123!'), 'YWJjZDpQ***'],
    [base64('abcde:Password123!'), 'YWJjZGU6***'],
    ['123Password123!!123', '123***123'],
    ['123short123', '123short123'],
    ['123"short"123', '123***123'],
  ])('DefaultSecretMaskers: %j is shown as %j', (text, shown) => {
    const masker = createMasker()
    for (const secret of [
      ...['Password123!', 'Pass"word"123!', 'Pass word 123!', 'Pass<word>123!', "Pass'word'123!"],
      ...['"Password123!!"', '"short"'],
    ])
      masker.add(secret)
    expect(masker.mask(text)).toBe(shown)
  })

  it.each([
    ['secret&secret&secret', 'secret&secret&|secret|', '***|***|'],
    ['secret&secret+secret', 'secret&|secret+secret|', '***|***|'],
    ['secret+secret&secret', 'secret+secret&|secret|', '***|***|'],
    ['secret&secret&+secretsecret', 'secret&secret&+|s|ecretsecret', '***|s|***'],
    ['secret&+secret&secret', 'secret&+|s|ecret&secret', '***|s|***'],
    ['secret&+secret&+secret', 'secret&+|s|ecret&+secret', '***|s|***'],
    ['secret&secret&+', 'secret&secret&+||', '***||'],
  ])('SecretSectionMasking: of %j, PowerShell prints %j', (secret, printed, shown) => {
    const masker = createMasker()
    masker.add(secret)
    expect(masker.mask(printed)).toBe(shown)
  })

  it('is hidden together with others that it overlaps or touches', () => {
    const masker = createMasker()
    for (const secret of ['abcdef', 'defghi', 'jkl']) masker.add(secret)
    expect(masker.mask('-abcdefghijkl-abcdef-')).toBe('-***-***-')
  })
})

describe('a step', () => {
  /** An action of two scripts. */
  function makeAction(main: string, post = ''): Pick<Step, 'action' | 'environment'> {
    const action = mkdtempSync(join(tmpdir(), 'action-'))
    onTestFinished(() => {
      rmSync(action, { recursive: true })
    })
    writeFileSync(
      join(action, 'action.yml'),
      'inputs: { name: { default: preset } }\noutputs: {}\nruns: { using: node20, main: main.cjs, post: post.cjs }\n',
    )
    const prelude =
      "const { appendFileSync: write, readFileSync: read } = require('node:fs'); const { env } = process\n"
    writeFileSync(join(action, 'main.cjs'), prelude + main)
    writeFileSync(join(action, 'post.cjs'), prelude + post)
    return { action, environment: {} }
  }

  it('fails if its outputs are malformed, whatever its exit code is', async () => {
    const step = makeAction("write(env.GITHUB_OUTPUT, 'a=1\\nno separator\\n')")
    const end = await runStep({ ...step, inputs: {} })
    expect(end).toMatchObject({ exitCode: 0, isFailed: true, outputs: {} })
    expect(end.issues).toEqual([
      "Unable to process file command 'output' successfully.",
      "Invalid format 'no separator'",
    ])
  })

  it('loses a summary that is too large, with an error, but does not fail', async () => {
    const end = await runStep({ ...makeAction("write(env.GITHUB_STEP_SUMMARY, 'x'.repeat(1048577))"), inputs: {} })
    expect(end).toMatchObject({ isFailed: false, summary: '' })
    expect(end.issues).toEqual([expect.stringContaining('$GITHUB_STEP_SUMMARY upload aborted')])
  })

  it('has a summary without its secrets, those of standard error, too', async () => {
    const script = "console.error('::add-mask::hunter22'); write(env.GITHUB_STEP_SUMMARY, 'It is hunter22.')"
    expect((await runStep({ ...makeAction(script), inputs: {} })).summary).toBe('It is ***.')
  })

  it('runs its post step whenever the main step was started, with its state and files of its own', async () => {
    const main = "write(env.GITHUB_STATE, 'place=here\\n'); write(env.GITHUB_STEP_SUMMARY, 'one'); process.exit(1)"
    const post = "write(env.GITHUB_STEP_SUMMARY, `${env.STATE_place}, ${read(env.GITHUB_STEP_SUMMARY, 'utf8')}two`)"
    const end = await runStep({ ...makeAction(main, post), inputs: {} })
    expect(end).toMatchObject({ exitCode: 1, summary: 'one', post: { exitCode: 0, summary: 'here, two' } })
    const empty = await runStep({ ...makeAction('', "console.log('after')"), inputs: {} })
    expect(empty.post?.stdout).toBe('after\n')
    expect((await runStep({ ...makeAction(''), inputs: {}, post: false })).post).toBeUndefined()
  })

  it('is warned of inputs that the action does not have, in any letter case', async () => {
    const end = await runStep({ ...makeAction('console.log(env.INPUT_NAME)'), inputs: { Name: 'a', nmae: 'b' } })
    expect(end.stdout).toBe('a\n')
    expect(end.issues).toEqual(["Unexpected input(s) 'nmae', valid inputs are ['name']"])
  })

  it.each(['GITHUB_ENV', 'GITHUB_PATH', 'GITHUB_EVENT_PATH', 'RUNNER_TOOL_CACHE'])('has %s', async name => {
    const end = await runStep({ ...makeAction(`console.log(typeof env.${name})`), inputs: {} })
    expect(end.stdout).toBe('string\n')
  })
})
