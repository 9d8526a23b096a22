import { Button, Checkbox, Group, TextInput } from '@mantine/core';
import { useState } from 'react';
import { api, fieldErrors, ok, type EventKind, type MadeWebhook, type WebhookView } from '@/kit/api';
import { FormDialog } from '@/kit/form/FormDialog';
import { useChange } from '@/kit/form/useChange';
import { webhooks } from '@/text/en/settings/webhooks';
import { eventKinds, usualEvents } from './events';
import classes from './WebhookDialog.module.css';

const text = webhooks.form;

interface Props {
  /** What is edited; undefined for a new one. */
  webhook?: WebhookView;
  /** A new one, with its secret. */
  onMade?: (made: MadeWebhook) => void;
  onClose: () => void;
}

/** Adds a webhook, or changes where it is and what it is told. */
export function WebhookDialog({ webhook, onMade, onClose }: Props) {
  const [url, setUrl] = useState(webhook?.url ?? '');
  const [description, setDescription] = useState(webhook?.description ?? '');
  const [events, setEvents] = useState<readonly EventKind[]>(webhook?.events ?? usualEvents);
  const save = useChange(
    async () => {
      const body = { url, description, events: [...events] };
      if (webhook) await ok(api.PATCH('/v1/webhooks/{id}', { params: { path: { id: webhook.id } }, body }));
      else onMade?.(await ok(api.POST('/v1/webhooks', { body })));
    },
    { touches: [['webhooks']], done: () => text.done, then: onClose },
  );
  const errors = fieldErrors(save.error, ['/url', '/description', '/events']);
  return (
    <FormDialog
      title={webhook ? text.editTitle : text.addTitle}
      submit={webhook ? text.save : text.add}
      size="lg"
      onClose={onClose}
      onSubmit={() => save.mutate(undefined)}
      busy={save.isPending}
      error={save.error}
      rest={errors.rest}
    >
      <TextInput
        label={text.url}
        description={text.urlHelp}
        type="url"
        placeholder="https://example.com/campanile"
        value={url}
        onChange={(event) => setUrl(event.currentTarget.value)}
        error={errors.at('/url')}
        data-autofocus
        required
      />
      <TextInput label={text.description} value={description} onChange={(event) => setDescription(event.currentTarget.value)} error={errors.at('/description')} />
      <div>
        <Checkbox.Group
          label={text.events}
          value={[...events]}
          onChange={(picked) => setEvents(eventKinds.filter((kind) => picked.includes(kind)))}
          error={errors.at('/events')}
        >
          <div className={classes.events}>
            {eventKinds.map((kind) => (
              <Checkbox key={kind} value={kind} label={kind} size="xs" />
            ))}
          </div>
        </Checkbox.Group>
        <Group gap="xs" mt="xs">
          <Button variant="subtle" size="compact-xs" onClick={() => setEvents(usualEvents)}>
            {text.usual}
          </Button>
          <Button variant="subtle" size="compact-xs" onClick={() => setEvents(eventKinds)}>
            {text.all}
          </Button>
        </Group>
      </div>
    </FormDialog>
  );
}
