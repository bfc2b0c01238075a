import { isFinal, type Transfer } from '../transfer.ts';

/** What is under way. `reading back` comes after the object was completed, and only if the request asks for it. */
export type Phase = 'copying' | 'reading back';

/**
 * The words for a phase: what has happened to a part, what has not, and what remains when it has happened to every
 * part.
 */
type PhaseText = { readonly done: string; readonly notDone: string; readonly left: string };

export const phaseTexts: Readonly<Record<Phase, PhaseText>> = {
  copying: { done: 'copied', notDone: 'missing', left: 'there, but they cannot be completed' },
  'reading back': {
    done: 'read back',
    notDone: 'not read back',
    left: 'read back, but the transfer cannot be ended',
  },
};

/** A transfer that is over gets `copying`, so that its view shows what was copied. */
export function phaseOf({ readingBack, state }: Pick<Transfer, 'readingBack' | 'state'>): Phase {
  return readingBack && !isFinal(state) ? 'reading back' : 'copying';
}
