import type { AttemptView } from '@/kit/api';
import { duration, number, percent, phone, readerClock, timeOfDay } from '@/kit/format';
import { calls } from '@/text/en/calls';

export interface Finding {
  name: string;
  value: string;
  /** What stands behind it, for whoever knows the codes. */
  detail?: string;
}

/** The value of a result, in words. */
export function resultWords(value: AttemptView['results'][string]): string {
  return typeof value === 'boolean' ? calls.truth[value ? 'yes' : 'no'] : String(value);
}

/** Seconds between two instants, if both are known. */
function between(from: string | null | undefined, to: string | null | undefined): number | undefined {
  return from && to ? (new Date(to).getTime() - new Date(from).getTime()) / 1_000 : undefined;
}

/** What a call is doing now, and since when. */
export function liveState({ dialed_at: dialed, ringing_at: ringing, answered_at: answered }: AttemptView): string {
  const { live } = calls.call;
  if (answered) return live.talking(`${timeOfDay(answered)} ${readerClock()}`);
  const since = ringing ?? dialed;
  return since ? live.ringing(`${timeOfDay(since)} ${readerClock()}`) : live.preparing;
}

/** What is known of how an attempt went, in plain words. */
export function evidenceOf(attempt: AttemptView): Finding[] {
  const { evidence } = calls;
  const facts: Finding[] = [];
  const add = (name: string, value: string | undefined, detail?: string) => {
    if (value !== undefined) facts.push({ name, value, ...(detail ? { detail } : {}) });
  };
  const { sip_code: code, sip_reason: reason, q850_cause: cause, answered_by: by, amd_confidence: sure } = attempt;
  const rang = between(attempt.ringing_at, attempt.answered_at ?? attempt.ended_at);
  add(evidence.rang, rang === undefined ? undefined : duration(rang));
  add(evidence.talked, typeof attempt.talk_s === 'number' ? duration(attempt.talk_s) : undefined);
  add(evidence.answeredBy, by ? calls.answeredBy[by] : undefined, typeof sure === 'number' ? evidence.sure(percent(sure, 1)) : undefined);
  add(evidence.hungUp, attempt.hung_up_by ? calls.parties[attempt.hung_up_by] : undefined);
  add(evidence.pressed, attempt.digits ?? undefined);
  for (const [name, value] of Object.entries(attempt.results)) add(evidence.result(name), resultWords(value));
  const { transfer_outcome: outcome, transferred_to: to, transfer_sip_code: answer } = attempt;
  add(evidence.transfer, outcome && to ? calls.transfers[outcome](phone(to)) : undefined, answer ? String(answer) : undefined);
  add(evidence.sip, code ? calls.sip(code) : undefined, [code, reason].filter(Boolean).join(' '));
  add(evidence.q850, cause ? calls.q850(cause) : undefined, String(cause));
  add(evidence.cause, attempt.cause ?? undefined);
  const { input_tokens: read = 0, output_tokens: written = 0, spoken_characters: spoken = 0 } = attempt.usage;
  add(evidence.tokens, read + written > 0 ? evidence.tokensUsed(number(read), number(written)) : undefined);
  add(evidence.spoken, spoken > 0 ? number(spoken) : undefined);
  if (attempt.charged === false) add(evidence.charged, evidence.notCharged);
  return facts;
}
