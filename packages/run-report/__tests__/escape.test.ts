import { codeSpan, escapeMarkdown, escapeSaid, fence } from 'texts'
import fc from 'fast-check'
import { marked } from 'marked'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { plainText } from 'kernel'
import { annotate, createLogger } from 'runner'
import { printed } from '../../../__tests__/support/printed.js'

const charactersOf = (...codes: number[]): string[] => codes.map(code => String.fromCodePoint(code))
const spaces = charactersOf(0x85, 0xa0, 0x1680, 0x2000, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000, 0xfeff)
/** Control characters, and those that change the direction of text or have no width. */
const controlled = charactersOf(0, 7, 0x7f, 0x202e, 0x2066, 0x200f, 0x061c, 0x200b)

const evil = [
  '::error::x',
  '::set-output name=a::b',
  '##[error]x',
  '::stop-commands::t',
  '%0A',
  '\n',
  '\r',
  '\r\n',
  '\t',
  '\v',
  '\f',
  '\u001b[31m',
  '\u001b]0;t\u0007',
  '\u009b1m',
  ...spaces,
  ...controlled,
  ...'@octocat #1 GH-7 a/b#3 <!--x--> &lt; ` ``` ~~~ | \\ [a](http://b) ![a](b) a@b.example <http://x>'.split(' '),
  '<img src=x>',
  '<!-- attach-acr state=0 -->',
  '_www.evil.example',
  'www.evil.example',
  'https://evil.example',
  'http://evil.example',
  'https://learn.microsoft.com/_i_/',
  'https://docs.github.com/a?b=1#2',
  '12) l',
  '1.',
  '# h',
  '- l',
  '1. l',
  '> q',
  '---',
  '===',
  '    code',
  '**b**',
  '_i_',
  '~s~',
  '$x$',
  '"',
  ';',
  ' ',
]

/** Checked in every run, with random text. A failing property prints its seed and the text; add that text to `evil`. */
const examples = evil.map((text): [string] => [text])

/** Any character but a lone half of one. The library's own `binary` first makes a table of all, which takes seconds. */
const anyCharacter = fc
  .integer({ min: 0, max: 0x10_ff_ff - 0x8_00 })
  .map(code => String.fromCodePoint(code < 0xd8_00 ? code : code + 0x8_00))

/** Text as a malicious service would write it. */
const anyText = fc
  .array(fc.oneof(fc.constantFrom(...evil), fc.string({ unit: anyCharacter, maxLength: 6 })), { maxLength: 8 })
  .map(parts => parts.join(''))

// Characters that .NET's String.Trim removes (learn.microsoft.com/dotnet/api/system.char.iswhitespace) before the runner looks for `::`.
// eslint-disable-next-line no-control-regex -- they are what is looked for
const trimmed = /^[\u0009-\u000d\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/

// eslint-disable-next-line no-control-regex -- they are what is looked for
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/

/** Added by the action itself: a link to a page that it refers to, and a dollar sign. */
const ownMarkup = /<https:\/\/(?:learn\.microsoft|docs\.github)\.com\/[\w./#?=&%-]*>|<span>\$<\/span>/g

afterEach(() => {
  vi.restoreAllMocks()
})

describe('third-party text', () => {
  it('is neither a workflow command in the log nor a terminal sequence', () => {
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

  it('is one annotation, whatever it contains', () => {
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
        const escaped = escapeMarkdown(text).replaceAll(ownMarkup, '')
        expect(escaped).not.toMatch(/[\n\r<>$]/)
        expect(escaped).not.toMatch(controls)
        // There are no mentions, references or links.
        expect(escaped).not.toMatch(/@[\w-]|#\d(?!\d*;)|GH-\d|:\/\/|\bwww\./i)
        // Each special character of Markdown is escaped.
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
      }),
      { numRuns: 500, examples },
    )
  })

  /** The text that a reader sees of Markdown, and its HTML tags. */
  const render = (markdown: string): { seen: string; tags: string[] } => {
    const html = marked.parse(markdown, { async: false }).trim()
    const tags = [...html.matchAll(/<\/?([a-z]+\d?)\b[^>]*>/g)].map(([, tag = '']) => tag)
    const seen = html
      .replaceAll(/<[^>]*>/g, '')
      .replaceAll(/&#(\d+);|&(amp|lt|gt|quot);/g, (_, digits?: string, name = '') =>
        digits
          ? String.fromCharCode(Number(digits))
          : ({ amp: '&', lt: '<', gt: '>', quot: '"' }[name as string] ?? ''),
      )
      .replaceAll('\u200b', '')
    return { seen, tags }
  }

  it('reads the same in summary and issue, and is just a paragraph', () => {
    fc.assert(
      fc.property(anyText, text => {
        const plain = plainText(text).trim()
        const { seen, tags } = render(escapeMarkdown(text))
        expect(seen).toBe(plain)
        // The only links are those to pages that the action itself refers to.
        expect(tags.filter(tag => tag !== 'a' && tag !== 'span')).toEqual(plain ? ['p', 'p'] : [])
        if (tags.includes('a')) expect(text).toMatch(/https:\/\/(learn\.microsoft|docs\.github)\.com\//)
      }),
      { numRuns: 500, examples },
    )
  })

  it("isn't rendered as mathematics", () => {
    // docs.github.com, "Writing mathematical expressions": outside of one, a dollar sign stands in a span.
    expect(escapeMarkdown('$x$')).toBe('<span>$</span>x<span>$</span>')
  })

  it('reads the same in a code span', () => {
    fc.assert(
      fc.property(anyText, text => {
        const plain = plainText(text).trim()
        const { seen, tags } = render(`It says ${codeSpan(text)}`)
        expect(seen.trim()).toBe(`It says ${plain}`.trim())
        expect(tags).toEqual(plain ? ['p', 'code', 'code', 'p'] : ['p', 'p'])
      }),
      { numRuns: 500, examples },
    )
    expect(codeSpan('a|b')).toBe('`a|b`')
    expect(codeSpan('``')).toBe('``` `` ```')
    expect(codeSpan('')).toBe('')
  })

  it('becomes a code span if a message ends by quoting a node or Kubernetes', () => {
    fc.assert(
      fc.property(anyText, anyText, (why, text) => {
        const quote = { by: 'The node said:', text: `x${text}` }
        const { seen, tags } = render(escapeSaid({ what: `Refused ${why}`, quote }))
        expect(seen).toBe(`Refused ${plainText(`${why}. The node said: x${text}`).trimEnd()}`)
        expect(tags.filter(tag => !['a', 'span'].includes(tag))).toEqual(['p', 'code', 'code', 'p'])
      }),
      { numRuns: 500, examples: examples.map(([text]): [string, string] => [text, text]) },
    )
    expect(escapeSaid({ what: 'No node said', why: 'it_is' })).toBe('No node said: it\\_is.')
  })

  it("can't end a fence, and keeps its lines within it", () => {
    expect(fence('sh', ['az login', 'az aks list'])).toBe('```sh\naz login\naz aks list\n```')
    expect(fence('', ['a ``` b', '`````'])).toBe('``````\na ``` b\n`````\n``````')
    // Backticks at the end of a line and at the start of the next are two runs.
    expect(fence('', ['``', '``'])).toBe('```\n``\n``\n```')
  })

  it("keeps the action's own links, and stays readable", () => {
    expect(escapeMarkdown('see https://learn.microsoft.com/azure/aks and (a_b)')).toBe(
      'see <https://learn.microsoft.com/azure/aks> and (a\\_b)',
    )
    expect(escapeMarkdown('See https://docs.github.com/a_b?c=d&e#f.')).toBe(
      'See <https://docs.github.com/a_b?c=d&e#f>.',
    )
    expect(escapeMarkdown('layer 2. of 3')).toBe('layer 2. of 3')
    expect(escapeMarkdown('aks-win-1 can pull: 2 of 3')).toBe('aks-win-1 can pull: 2 of 3')
  })
})
