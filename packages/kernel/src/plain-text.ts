/**
 * Others' text on one line, without ANSI sequences, control characters (C0, C1) and characters that change the direction of writing
 * (unicode.org/reports/tr9) and so can show a text as another one. Line breaks become spaces.
 */
export function plainText(text: string): string {
  return text
    .replace(ansiSequence, '')
    .replace(/[\t\n\v\f\r\u0085\u2028\u2029]+/g, ' ')
    .replace(invisible, '')
}

// ECMA-48: CSI … final byte, OSC … BEL or ST, and two-character sequences.
const ansiSequence =
  // eslint-disable-next-line no-control-regex -- the pattern is about them
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|\u001b[ -/]*[0-~]/g

// eslint-disable-next-line no-control-regex -- the pattern is about them
const invisible = /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/g
