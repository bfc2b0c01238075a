import { isFinal, type Transfer } from '../transfer.ts';

/** What is under way. `reading back` comes after the object was completed, and only where it was asked for. */
export type Phase = 'copying' | 'reading back';

/** How a phase is told: what has happened to a part, what has not, and what is left when it happened to every part. */
type PhaseText = { readonly done: string; readonly notDone: string; readonly left: string };

export const phaseTexts: Readonly<Record<Phase, PhaseText>> = {
  copying: { done: 'copied', notDone: 'missing', left: 'there, but they cannot be completed' },
  'reading back': {
    done: 'read back',
    notDone: 'not read back',
    left: 'read back, but the transfer cannot be ended',
  },
};

/** A transfer that is over has no phase any more, and tells what was copied. */
export function phaseOf({ readingBack, state }: Pick<Transfer, 'readingBack' | 'state'>): Phase {
  return readingBack && !isFinal(state) ? 'reading back' : 'copying';
}
