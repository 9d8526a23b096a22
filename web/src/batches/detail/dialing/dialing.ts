import type { BatchView, Blocker } from '@/kit/api';
import { batch as words } from '@/text/en/batch';
import type { Tone } from '@/kit';
import { number } from '@/kit/format';

export interface Dialing {
  tone: Tone;
  title: string;
  help: string;
  /** When dialing goes on by itself, if that is known. */
  clearsAt: string | undefined;
}

/** These slow a batch down; calls still go out. */
const pacing: ReadonlySet<Blocker> = new Set(['workspace_concurrency', 'batch_concurrency', 'trunk_calls', 'trunk_cps', 'trunk_backing_off']);
/** These need somebody. */
const stuck: ReadonlySet<Blocker> = new Set(['no_route']);
/** Of these the server's words name the cause. */
const explained: ReadonlySet<Blocker> = new Set(['store_failing', 'trunk_unreachable', 'agent_cannot_speak', 'agent_unreachable']);

/** Whether a batch dials, why not, and when it will, in words. */
export function dialingOf(batch: Pick<BatchView, 'status' | 'reason' | 'blocker' | 'progress'>): Dialing {
  const { blocker } = batch;
  const { dialing, blockers } = words;
  if (blocker && explained.has(blocker.code)) {
    return { tone: 'bad', title: blockers[blocker.code].title, help: blocker.detail, clearsAt: blocker.clears_at ?? undefined };
  }
  // The server's words name the instants and count those who may be called twice.
  if (batch.reason === 'restored' && blocker) return { tone: 'bad', title: dialing.restored, help: blocker.detail, clearsAt: undefined };
  if (batch.status === 'draft') return { tone: 'quiet', title: dialing.draftNotDialing, help: dialing.draftHelp, clearsAt: undefined };
  if (batch.status === 'cancelled') {
    const title = batch.reason === 'ended' ? dialing.ended : dialing.stopped;
    return { tone: 'quiet', title, help: dialing.stoppedHelp, clearsAt: undefined };
  }
  if (!blocker) return { tone: 'active', title: dialing.free, help: dialing.freeHelp, clearsAt: undefined };
  const { title, help } = blockers[blocker.code];
  const clearsAt = blocker.clears_at ?? undefined;
  if (blocker.code === 'retry_wait' && batch.progress.in_progress > 0) {
    const calls = batch.progress.in_progress;
    return { tone: 'active', title: dialing.calling(number(calls), calls === 1), help: dialing.callingHelp, clearsAt: undefined };
  }
  if (blocker.code === 'all_done') return { tone: 'good', title, help, clearsAt: undefined };
  if (blocker.code === 'outside_calling_hours' && !clearsAt) return { tone: 'bad', title, help: dialing.never, clearsAt };
  if (pacing.has(blocker.code) && batch.progress.in_progress > 0) {
    // The next free instant of a pace is a fraction of a second away: no news.
    const soon = blocker.code === 'trunk_cps';
    return { tone: 'active', title: dialing.limited(title), help, clearsAt: soon ? undefined : clearsAt };
  }
  if (blocker.code === 'paused') return { tone: 'warn', title, help, clearsAt };
  return { tone: stuck.has(blocker.code) ? 'bad' : 'waiting', title, help, clearsAt };
}
