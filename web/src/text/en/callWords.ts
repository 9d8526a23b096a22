import type { AnsweredBy, EndReason, Party, Step, TransferOutcome } from '@/kit/api';

/** Why calls end, in a few plain words. */
export const endReasons: Record<EndReason, string> = {
  user_disconnected: 'The person hung up',
  agent_disconnected: 'The agent said goodbye and hung up',
  user_did_not_pick_up: 'Nobody picked up',
  user_busy: 'The line was busy',
  user_declined: 'The person declined the call',
  user_unreachable: 'The phone was off or out of reach',
  invalid_number: 'The number does not exist',
  destination_forbidden: 'The carrier does not connect to this number',
  trunk_unreachable: 'The trunk did not answer',
  trunk_congested: 'The trunk had no free channel',
  trunk_auth_failed: 'The trunk refused our user name or password',
  network_failure: 'The network failed',
  voicemail_detected: 'Voicemail answered',
  agent_failed: 'The agent failed during the call',
  max_duration: 'The call reached its longest duration',
  silence_timeout: 'Nobody said anything for too long',
  engine_interrupted: 'Campanile was interrupted during the call',
};

export const answeredBy: Record<AnsweredBy, string> = {
  human: 'A person',
  voicemail: 'Voicemail',
  screening: 'A call screener',
  announcement: 'An announcement',
  fax: 'A fax machine',
  silence: 'Silence',
  unsure: 'Could not tell',
};

export const parties: Record<Party, string> = {
  recipient: 'The person',
  agent: 'The agent',
  engine: 'Campanile',
};

export const transfers: Record<TransferOutcome, (number: string) => string> = {
  not_allowed: (number) => `Not to ${number}: the workspace may not call it`,
  refused: (number) => `Not to ${number}: the trunk does not transfer calls, or not this one`,
  accepted: (number) => `To ${number}; the trunk did not say whether it answered`,
  completed: (number) => `To ${number}, who answered`,
  failed: (number) => `${number} did not take the call`,
  unconfirmed: (number) => `To ${number}; the trunk agreed and never said how it went`,
  abandoned: (number) => `The call ended before it went to ${number}`,
};

/** The parts of the time until an agent answers. */
export const steps: Record<Step, string> = {
  answer: 'Answer',
  recognition: 'Words recognised',
  model: 'First word of the answer',
  speech: 'First sound made',
  sending: 'Sent',
};

/** What happens in calls. */
export const moments: Readonly<Record<string, string>> = {
  claimed: 'Chosen to be called next',
  dialed: 'Call sent to the carrier',
  ringing: 'The phone began to ring',
  answered: 'Somebody or something answered',
  amd_decided: 'Who answered was recognised',
  first_words: 'First words',
  beep: 'Voicemail beeped',
  tool: 'The agent used a tool',
  result: 'The agent recorded a result',
  digit: 'The person pressed a key',
  transfer: 'The agent asked for a transfer',
  hung_up: 'The call was hung up',
  ended: 'The call ended without an answer',
};

/** What every agent can do, behind the tool that it used. */
export const tools: Readonly<Record<string, string>> = {
  end_call: 'to end the call',
  transfer: 'to transfer the call',
  press_digits: 'to press keys',
  suppress: 'to call this number no more',
  record_result: 'to record a result',
  voicemail: 'because a machine answered',
};

/** Who or what, behind what happened. */
export const momentDetails: Readonly<Record<string, string>> = {
  ...endReasons,
  ...Object.fromEntries(Object.entries(answeredBy).map(([code, words]) => [code, words.charAt(0).toLowerCase() + words.slice(1)])),
  user: 'by the person',
  recipient: 'by the person',
  agent: 'by the agent',
  engine: 'by Campanile',
  not_allowed: 'to a number that may not be called',
  refused: 'which the trunk refused',
  accepted: 'which the trunk took over',
  completed: 'and the other number answered',
  failed: 'and the other number did not answer',
  unconfirmed: 'of which nothing was told',
  abandoned: 'and the call ended first',
};
