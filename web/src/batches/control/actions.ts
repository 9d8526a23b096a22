import { IconPlayerPause, IconPlayerPlay, IconPlayerStop, type Icon } from '@tabler/icons-react';
import type { BatchState } from '@/kit/api';

export type Action = 'start' | 'startNow' | 'pause' | 'resume' | 'stop';

/** What can be done with a batch in that state. */
export function actionsOf(status: BatchState): readonly Action[] {
  switch (status) {
    case 'draft':
      return ['start'];
    case 'scheduled':
      return ['pause', 'startNow', 'stop'];
    case 'running':
      return ['pause', 'stop'];
    case 'paused':
      return ['resume', 'stop'];
    case 'completed':
    case 'cancelled':
      return [];
  }
}

/** What one most likely came for; what calls people before their time is never that. */
export function isPrimary(action: Action, status: BatchState): boolean {
  return status !== 'scheduled' && action !== 'stop';
}

/** What is asked about before it is done. */
export function isAskedAbout(action: Action): action is 'start' | 'startNow' | 'stop' {
  return action === 'start' || action === 'startNow' || action === 'stop';
}

export const actionIcons: Record<Action, Icon> = {
  start: IconPlayerPlay,
  startNow: IconPlayerPlay,
  pause: IconPlayerPause,
  resume: IconPlayerPlay,
  stop: IconPlayerStop,
};
