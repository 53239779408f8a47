/**
 * Text of others on one line, as letters only: without ANSI sequences, control characters (C0, C1) and characters that turn the direction
 * of writing (unicode.org/reports/tr9), by which a text can be shown as another one; what breaks a line is a space.
 */
export function plainText(text: string): string {
  return text
    .replace(ansiSequence, '')
    .replace(/[\t\n\v\f\r\u0085\u2028\u2029]+/g, ' ')
    .replace(invisible, '')
}

// ECMA-48: CSI … final byte, OSC … BEL or ST, and two-character sequences.
const ansiSequence =
  // eslint-disable-next-line no-control-regex -- they are what is looked for
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|\u001b[ -/]*[0-~]/g

// eslint-disable-next-line no-control-regex -- they are what is looked for
const invisible = /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/g
