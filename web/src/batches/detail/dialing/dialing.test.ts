import { expect, test } from 'vitest';
import type { Blocker } from '@/kit/api';
import { batch as words } from '@/text/en/batch';
import { dialingOf } from './dialing';

const progress = { total: 9, pending: 5, in_progress: 2, completed: 2, no_answer: 0, voicemail: 0, failed: 0, skipped: 0, cancelled: 0, rejected: 0, answered: 2, attempts: 4, rounds: [] };
const running = (code?: Blocker, clears_at?: string, in_progress = 2): Parameters<typeof dialingOf>[0] => ({
  status: 'running',
  reason: null,
  progress: { ...progress, in_progress },
  blocker: code ? { code, detail: '', clears_at: clears_at ?? null } : null,
});

test('without a blocker it dials', () => {
  expect(dialingOf(running())).toMatchObject({ tone: 'active', title: words.dialing.free });
});

test('a limit that is used up is dialing at the limit, as long as calls go on', () => {
  expect(dialingOf(running('trunk_calls')).title).toMatch(/^Dialing: the trunk/);
  expect(dialingOf(running('trunk_calls', undefined, 0)).tone).toBe('waiting');
});

test('what clears by itself says when', () => {
  expect(dialingOf(running('retry_wait', '2026-06-03T09:00:00Z', 0)).clearsAt).toBe('2026-06-03T09:00:00Z');
});

test('it does not wait for retries while calls run', () => {
  expect(dialingOf(running('retry_wait', '2026-06-03T09:00:00Z'))).toEqual({
    tone: 'active', title: '2 calls in progress', help: words.dialing.callingHelp, clearsAt: undefined,
  });
  expect(dialingOf(running('retry_wait', undefined, 0)).title).toBe(words.blockers.retry_wait.title);
});

test('hours that never open are a problem with its way out', () => {
  expect(dialingOf(running('outside_calling_hours'))).toMatchObject({ tone: 'bad', help: words.dialing.never });
  expect(dialingOf(running('outside_calling_hours', '2026-06-03T09:00:00Z')).tone).toBe('waiting');
});

test('a batch of a restored backup says in the server\'s words who may be called twice', () => {
  const detail = 'any of the 5 people who are pending may be called twice';
  const restored = { ...running(), status: 'paused' as const, reason: 'restored', blocker: { code: 'paused' as const, detail, clears_at: null } };
  expect(dialingOf(restored)).toMatchObject({ tone: 'bad', title: words.dialing.restored, help: detail });
  expect(dialingOf({ ...restored, status: 'draft' }).help).toBe(detail);
});

test('a batch says in the server\'s words why nothing can be stored, whatever else is the matter', () => {
  const detail = 'Nothing can be stored. The cause: the disk is full.';
  const failing = { ...running(), blocker: { code: 'store_failing' as const, detail, clears_at: null } };
  const told = { tone: 'bad', title: words.blockers.store_failing.title, help: detail };
  expect(dialingOf(failing)).toMatchObject(told);
  expect(dialingOf({ ...failing, status: 'draft' })).toMatchObject(told);
  expect(dialingOf({ ...failing, status: 'paused', reason: 'restored' })).toMatchObject(told);
});

test('a batch that was stopped says by whom', () => {
  const stopped = { ...running('all_done'), status: 'cancelled' as const };
  expect(dialingOf({ ...stopped, reason: 'ended' }).title).toBe(words.dialing.ended);
  expect(dialingOf(stopped).title).toBe(words.dialing.stopped);
  expect(dialingOf(stopped).help).not.toBe(words.blockers.all_done.help);
});
