import { api, ok, type DeliveryView } from '@/kit/api';
import { MayButton } from '@/kit/access/MayButton';
import { useChange } from '@/kit/form/useChange';
import { webhooks } from '@/text/en/settings/webhooks';

const text = webhooks.deliveries;

/** Sends a delivery again, with the same `webhook-id`. */
export function RedeliverButton({ delivery: { id, webhook_id, type } }: { delivery: DeliveryView }) {
  const path = { id: webhook_id, delivery_id: id };
  const redeliver = useChange(() => ok(api.POST('/v1/webhooks/{id}/deliveries/{delivery_id}/redeliver', { params: { path } })), {
    touches: [['webhooks', webhook_id]],
    done: () => text.redelivered,
    failed: () => text.redeliverFailed,
  });
  return (
    <MayButton
      needs="admin"
      variant="default"
      size="compact-xs"
      aria-label={`${text.redeliver}: ${type}, ${id}`}
      loading={redeliver.isPending}
      onClick={() => redeliver.mutate(undefined)}
    >
      {text.redeliver}
    </MayButton>
  );
}
