import type { AnsweredBy, EndReason, Outcome } from '@/kit/api';
import { isCallId, isId } from '@/kit/ids';
import { calls } from '@/text/en/calls';
import { kit } from '@/text/en/kit';

/** The list of calls as the address has it. */
export const defaults = { batch: '', recipient: '', agent: '', outcome: '', reason: '', answered: '', number: '', from: '', to: '', cursor: '' };
export type CallView = { [K in keyof typeof defaults]: string };

/** What narrows the list. The cursor only says where in it one is. */
export function isFiltered(view: CallView): boolean {
  return Object.entries(view).some(([name, value]) => name !== 'cursor' && value !== '');
}

/** The API's query for a view; days are the reader's. What cannot be meant is left out. */
export function callQueryOf(view: CallView) {
  const from = startOf(view.from);
  const to = startOf(view.to, 1);
  return {
    ...(isId('batch', view.batch) && { batch_id: view.batch }),
    ...(isId('recipient', view.recipient) && { recipient_id: view.recipient }),
    ...(isId('agent', view.agent) && { agent_id: view.agent }),
    ...(has(kit.outcomes, view.outcome) && { outcome: view.outcome as Outcome }),
    ...(has(calls.endReasons, view.reason) && { end_reason: view.reason as EndReason }),
    ...(has(calls.answeredBy, view.answered) && { answered_by: view.answered as AnsweredBy }),
    ...numberOrCall(view.number),
    ...(from && { from }),
    ...(to && { to }),
    ...((/^\d+$/.test(view.cursor) || isId('attempt', view.cursor)) && { cursor: view.cursor }),
  };
}

function has(table: object, key: string): boolean {
  return Object.hasOwn(table, key);
}

function numberOrCall(text: string) {
  if (isCallId(text.trim())) return { call_id: text.trim() };
  const number = typedNumber(text);
  return number && { number };
}

/** What somebody means who types a number as it is written for people. */
export function typedNumber(text: string): string {
  return text.replace(/[^+\d]/g, '').slice(0, 40);
}

/** When a day such as 2026-06-03 begins for the reader, or the day so many days later. */
function startOf(day: string, later = 0): string | undefined {
  const parts = /^(\d{4})-(\d\d)-(\d\d)$/.exec(day);
  if (!parts) return undefined;
  const at = new Date(Number(parts[1]), Number(parts[2]) - 1, Number(parts[3]) + later);
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}
