/** The state of a thing at a glance: a target at a registry, or an image. */
export type State = 'refused' | 'failed' | 'drifted' | 'gone' | 'unknown' | 'remaining' | 'fine'

/** The one ranking, worst first, with the mark and the word of each state, which are the same everywhere, and the list of a drift that has it. */
export const states: Readonly<
  Record<State, { mark: string; word: string; rank: number; list: 'items' | 'unknown' | 'fine' }>
> = {
  refused: { mark: '✗', word: "can't pull", rank: 0, list: 'items' },
  failed: { mark: '✗', word: 'failed', rank: 1, list: 'unknown' },
  drifted: { mark: '⟳', word: 'pulls, not as wanted', rank: 2, list: 'items' },
  gone: { mark: '⟳', word: 'was not found', rank: 3, list: 'items' },
  unknown: { mark: '?', word: 'not checked', rank: 4, list: 'unknown' },
  // After a detach: other access is a warning, not a failure.
  remaining: { mark: '⚠', word: 'can still pull', rank: 5, list: 'fine' },
  fine: { mark: '✓', word: 'as expected', rank: 6, list: 'fine' },
}

/** The worst of some states; `fine` for none. */
export function worstOf(all: readonly State[]): State {
  return all.reduce<State>((worst, each) => (states[each].rank < states[worst].rank ? each : worst), 'fine')
}
