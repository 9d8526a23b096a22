import type { Blocker } from '@/kit/api';

/** What stands between a batch and its next call. */
export const blockers: Record<Blocker, { title: string; help: string }> = {
  waiting_for_start: { title: 'Waiting for its start', help: 'Dialing begins at the start time.' },
  outside_calling_hours: {
    title: 'Outside calling hours',
    help: 'Nobody who is due may be called at this hour. Dialing goes on by itself when the hours open.',
  },
  workspace_concurrency: {
    title: 'The workspace’s calls at once are used up',
    help: 'The next call starts when one of them ends.',
  },
  batch_concurrency: {
    title: 'The batch’s calls at once are used up',
    help: 'The next call starts when one of them ends.',
  },
  trunk_calls: {
    title: 'The trunk’s lines are all in use',
    help: 'The next call starts when one of them ends.',
  },
  trunk_cps: { title: 'As fast as the trunk’s calls per second allow', help: 'The next call goes out in a moment.' },
  trunk_backing_off: {
    title: 'The trunk is congested',
    help: 'Calls go out more slowly until the trunk recovers.',
  },
  retry_wait: {
    title: 'Waiting for retries',
    help: 'Nobody may be called just now. Dialing goes on when the first retry is due, or when a number that is in another call is free.',
  },
  daily_limit: {
    title: 'Today’s calls to other countries are used up',
    help: 'Dialing goes on when the next day begins (UTC), or when the operator raises the limit.',
  },
  paused: { title: 'Paused', help: 'No new calls are placed. Resume to go on.' },
  no_route: { title: 'No trunk serves the caller ID', help: 'Give the number a trunk under Phone Numbers.' },
  store_failing: {
    title: 'Nothing can be stored',
    help: 'The disk of the server is full, read-only or broken, so nobody is called. Calls go on by themselves when it can be written again.',
  },
  trunk_unreachable: {
    title: 'The trunk cannot be reached',
    help: 'No call gets through, and nobody is charged for that. The trunk is asked again by itself.',
  },
  agent_cannot_speak: {
    title: 'The agent cannot speak',
    help: 'Its words cannot be made, so nobody is called. One call is tried by itself from time to time.',
  },
  agent_unreachable: {
    title: 'The agent cannot be reached',
    help: 'Its server does not answer, so nobody is called. It is tried again by itself every few seconds.',
  },
  all_done: { title: 'Everybody has been called', help: 'Nobody is left to dial.' },
};

/** What limits how quickly a batch is done. */
export const limits: Partial<Record<Blocker, string>> = {
  outside_calling_hours: 'the calling hours',
  workspace_concurrency: 'the workspace’s calls at once',
  batch_concurrency: 'the batch’s calls at once',
  trunk_calls: 'the trunk’s calls at once',
  trunk_cps: 'the trunk’s calls per second',
  trunk_backing_off: 'the congestion of the trunk',
  retry_wait: 'the wait between attempts',
  daily_limit: 'the day’s calls to other countries',
};
