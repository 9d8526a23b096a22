import type { FieldErrors } from '@/kit/api';
import { engineFields } from './engines';
import { linesOf } from './lines';
import { stepPointers } from './steps/steps';
import type { Draft } from './version';

/** What each part of the editor gets. */
export interface Part {
  draft: Draft;
  change: (change: Partial<Draft>) => void;
  errors: FieldErrors;
  readOnly: boolean;
}

/** The JSON pointers of the fields that the editor has for this draft. */
export function pointersOf(draft: Draft): string[] {
  return [
    '/prompt', '/first_message', '/voicemail', '/voicemail_message', '/voicemail_detection', '/language', '/voice',
    '/ring_timeout_s', '/max_duration_s', '/silence_timeout_s', '/engine/goodbye', '/engine/lines', '/engine/steps', '/variables',
    '/results', '/tools', '/transfer_to', '/interruptible', '/failure_message',
    ...linesOf(draft.transfer_to).map((_, index) => `/transfer_to/${index}`),
    ...draft.tools.flatMap((_, index) => ['name', 'description', 'url', 'timeout_s', 'parameters', 'headers'].map((field) => `/tools/${index}/${field}`)),
    ...draft.results.flatMap((_, index) => ['name', 'description', 'type', 'choices'].map((field) => `/results/${index}/${field}`)),
    ...engineFields[draft.engine].map(({ pointer }) => pointer),
    ...stepPointers(draft.steps),
    ...draft.lines.map((_, index) => `/engine/lines/${index}`),
  ];
}
