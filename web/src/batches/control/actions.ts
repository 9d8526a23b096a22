import { IconPlayerPause, IconPlayerPlay, IconPlayerStop, type Icon } from '@tabler/icons-react';
import type { BatchState } from '@/kit/api';

export type Action = 'start' | 'startNow' | 'pause' | 'resume' | 'stop';

/** What can be done with a batch in that state. */
export function actionsOf(status: BatchState): readonly Action[] {
  switch (status) {
    case 'draft':
      return ['start'];
    case 'scheduled':
      return ['startNow', 'pause', 'stop'];
    case 'running':
      return ['pause', 'stop'];
    case 'paused':
      return ['resume', 'stop'];
    case 'completed':
    case 'cancelled':
      return [];
  }
}

export const actionIcons: Record<Action, Icon> = {
  start: IconPlayerPlay,
  startNow: IconPlayerPlay,
  pause: IconPlayerPause,
  resume: IconPlayerPlay,
  stop: IconPlayerStop,
};
