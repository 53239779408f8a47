import fc from 'fast-check'
import { marked } from 'marked'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { codeSpan, escapeLabel, escapeMarkdown, fence } from '../../../src/report/escape.js'
import { annotate } from '../../../src/services/runner/annotations.js'
import { createLogger } from '../../../src/services/runner/log.js'

const evil = [
  ...['::error::x', '::set-output name=a::b', '##[error]x', '::stop-commands::t', '%0A', '\n', '\r', '\r\n'],
  ...[
    '\u0085',
    '\u00a0',
    '\u1680',
    '\u2000',
    '\u2028',
    '\u2029',
    '\u202f',
    '\u205f',
    '\u3000',
    '\ufeff',
    '\t',
    '\v',
    '\f',
  ],
  ...[
    '\u001b[31m',
    '\u001b]0;t\u0007',
    '\u009b1m',
    '\u0000',
    '\u0007',
    '\u007f',
    '\u202e',
    '\u2066',
    '\u200f',
    '\u061c',
    '\u200b',
  ],
  ...[
    '@octocat',
    '#1',
    'GH-7',
    'a/b#3',
    '<img src=x>',
    '<!-- attach-acr state=0 -->',
    '&lt;',
    '`',
    '```',
    '~~~',
    '|',
    '\\',
  ],
  ...[
    '[a](http://b)',
    '![a](b)',
    'https://evil.example',
    'http://evil.example',
    'www.evil.example',
    'a@b.example',
    '<http://x>',
  ],
  ...['# h', '- l', '1. l', '> q', '---', '===', '    code', '**b**', '_i_', '~s~', '$x$', '"', ';', ' '],
]

/** Tried at every run, with whatever a run has found: a property that fails prints its seed and the text, which goes into `evil`. */
const examples = evil.map((text): [string] => [text])

/** Text as a service that means harm would write it. */
const anyText = fc
  .array(fc.oneof(fc.constantFrom(...evil), fc.string({ unit: 'binary', maxLength: 6 })), { maxLength: 8 })
  .map(parts => parts.join(''))

// What .NET's String.Trim takes away (learn.microsoft.com/dotnet/api/system.char.iswhitespace), before the runner looks for `::`.
// eslint-disable-next-line no-control-regex -- they are what is looked for
const trimmed = /^[\u0009-\u000d\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/

// eslint-disable-next-line no-control-regex -- they are what is looked for
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/

/** What is printed to standard output meanwhile. */
function printed(work: () => void): string {
  let text = ''
  const write = vi.spyOn(process.stdout, 'write').mockImplementation(chunk => {
    text += String(chunk)
    return true
  })
  work()
  write.mockRestore()
  return text
}

afterEach(() => {
  vi.restoreAllMocks()
})

describe('text of others', () => {
  it('is no command of the runner in the log, and nothing to a terminal', () => {
    fc.assert(
      fc.property(anyText, text => {
        const log = createLogger()
        const lines = printed(() => {
          log.line(text)
          log.section('Title', [text])
        }).split('\n')
        for (const line of lines) {
          expect(line.replace(trimmed, '')).not.toMatch(/^::/)
          expect(line).not.toContain('##[')
          expect(line).not.toMatch(controls)
        }
      }),
      { numRuns: 500, examples },
    )
  })

  it('is one annotation, whatever is in it', () => {
    fc.assert(
      fc.property(anyText, text => {
        const out = printed(() => {
          annotate('error', text, text)
        })
        expect(out.trimEnd().split('\n')).toHaveLength(1)
        expect(out).toMatch(/^::error /)
        expect(out.trimEnd()).not.toMatch(controls)
      }),
      { examples },
    )
  })

  it('is one line of plain text in summary and issue', () => {
    fc.assert(
      fc.property(anyText, text => {
        const escaped = escapeMarkdown(text)
        expect(escaped).not.toMatch(/[\n\r<>]/)
        expect(escaped).not.toMatch(controls)
        // Nobody is mentioned, nothing is referred to, nothing is a link.
        expect(escaped).not.toMatch(/@[\w-]|#\d(?!\d*;)|GH-\d|:\/\/|\bwww\./i)
        // Each character that means something to Markdown is escaped.
        expect(escaped.replace(/\\[\\`*_~[\]|#+=-]|\\[.)]/g, '')).not.toMatch(/[`*_~[\]|\\]/)
      }),
      { numRuns: 500, examples },
    )
  })

  it('stays in its code span, its fence and its label', () => {
    fc.assert(
      fc.property(anyText, text => {
        const span = codeSpan(text)
        const [, ticks = '', inner = ''] = /^(`+)([^]*?)\1$/.exec(span) ?? []
        expect(span).not.toContain('\n')
        if (span) {
          expect(ticks.length).toBeGreaterThan(0)
          expect(inner.split(/[^`]+/)).not.toContain(ticks)
        }
        const [first = '', ...rest] = fence('sh', [text]).split('\n')
        const closing = rest.filter(line => new RegExp(`^ {0,3}${first.slice(0, -2)}\`*\\s*$`).test(line))
        expect(closing).toHaveLength(1)
        expect(escapeLabel(text)).not.toMatch(/["`<>\n]/)
      }),
      { numRuns: 500, examples },
    )
  })

  it('is read as it was written', () => {
    const read = (text: string): string =>
      marked
        .parseInline(escapeMarkdown(text), { async: false })
        .replaceAll(/&#(\d+);|&(amp|lt|gt|quot);/g, (_, digits?: string, name = '') =>
          digits
            ? String.fromCharCode(Number(digits))
            : ({ amp: '&', lt: '<', gt: '>', quot: '"' }[name as string] ?? ''),
        )
        .replaceAll('\u200b', '')
    for (const text of [
      'https://x.example/a?b=1&c=2',
      'www.x.example',
      '#1 of a/b#3',
      'a <b> & "c"',
      'api://AzureADTokenExchange',
    ])
      expect(read(text)).toBe(text)
  })

  it('keeps the links of the action itself, and what people read', () => {
    expect(escapeMarkdown('see https://learn.microsoft.com/azure/aks and (a_b)')).toBe(
      'see https://learn.microsoft.com/azure/aks and (a\\_b)',
    )
    expect(escapeMarkdown('aks-prod-1 can pull: 2 of 3')).toBe('aks-prod-1 can pull: 2 of 3')
  })
})
