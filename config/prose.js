/** The fields and variables that hold sentences for people. */
const prose = '/^(message|reason|failure|statement|why|doubt)$/'

/** What reads or changes a part of a text. */
const cuts =
  '/^(split|replace|replaceAll|slice|substring|substr|startsWith|endsWith|includes|indexOf|lastIndexOf|match|matchAll|search|at|charAt|trim|toLowerCase)$/'

/** A sentence: a variable, a field, or the text of a fix. */
const sentences = [
  `[property.name=${prose}]`,
  `[name=${prose}]`,
  "[property.name='text'][object.property.name='fix']",
  "[property.name='text'][object.name=/^(fix|advice)$/]",
]

/** The same sentences as the given part of another node. */
const asPart = part => sentences.map(sentence => sentence.replaceAll('[', `[${part}.`))

/** Code that reads, compares or changes a sentence that was written for people. */
export const proseAsData = [
  ...asPart('callee.object').map(sentence => `CallExpression[callee.property.name=${cuts}]${sentence}`),
  ...sentences.map(sentence => `CallExpression[callee.property.name=/^(test|exec)$/] > .arguments${sentence}`),
  ...sentences.map(
    sentence =>
      `BinaryExpression[operator=/^[!=]==$/]:not([right.type='Identifier'][right.name='undefined']):not([right.value='']) > MemberExpression${sentence}`,
  ),
  ...asPart('discriminant').map(sentence => `SwitchStatement${sentence}`),
  // A map or a set of sentences, such as one of errors by their messages.
  ...sentences.map(
    sentence => `NewExpression[callee.name=/^(Map|Set)$/] ArrayExpression > .elements:first-child${sentence}`,
  ),
].map(selector => ({ selector, message: 'A sentence for people is not data: use or add a field.' }))
