import { Text } from '@mantine/core';
import { StatusBadge, When, type DataColumn, type Tone } from '@/kit';
import type { DeliveryState, DeliveryView } from '@/kit/api';
import { number } from '@/kit/format';
import { parts } from '@/text/en/parts';
import { webhooks } from '@/text/en/settings/webhooks';
import { RedeliverButton } from './RedeliverButton';

const text = webhooks.deliveries;
const tones: Record<DeliveryState, Tone> = { pending: 'waiting', delivered: 'good', failed: 'bad' };

export function DeliveryBadge({ state }: { state: DeliveryState }) {
  return <StatusBadge tone={tones[state]}>{text.states[state]}</StatusBadge>;
}

/** What came back from the last try; empty before the first. */
export function answerWords({ last_status, last_error, duration_ms }: DeliveryView): string {
  if (typeof last_status === 'number') return text.status(String(last_status), number(duration_ms ?? 0));
  return last_error ?? '';
}

export const deliveryColumns: readonly DataColumn<DeliveryView>[] = [
  { id: 'type', header: text.columns.type, cell: ({ type }) => <code>{type}</code> },
  { id: 'state', header: text.columns.state, cell: ({ state }) => <DeliveryBadge state={state} /> },
  { id: 'tries', header: text.columns.tries, align: 'right', wide: true, cell: ({ tries }) => number(tries) },
  {
    id: 'answer',
    header: text.columns.answer,
    cell: (delivery) => (
      <>
        {answerWords(delivery)}
        {delivery.state === 'pending' && delivery.next_try_at && (
          <Text size="xs" c="var(--text-quiet)">
            {text.next} <When at={delivery.next_try_at} seconds />
          </Text>
        )}
      </>
    ),
  },
  { id: 'at', header: text.columns.at, wide: true, cell: ({ created_at }) => <When at={created_at} seconds /> },
  { id: 'actions', header: parts.actions, align: 'right', cell: (delivery) => <RedeliverButton delivery={delivery} /> },
];
