import { Button, Checkbox, Group, Modal, Stack, Switch, Text, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { ErrorState, toast } from '@/kit';
import { api, fieldErrors, ok, type BatchView, type Redial } from '@/kit/api';
import { number } from '@/kit/format';
import { batch as words } from '@/text/en/batch';
import { kit } from '@/text/en/kit';

type FinalStatus = NonNullable<NonNullable<Redial['statuses']>[number]>;

/** Whom one may call again; the first ones are chosen unless somebody says otherwise. */
const choices: readonly FinalStatus[] = ['no_answer', 'voicemail', 'failed', 'cancelled', 'completed', 'skipped'];
const usual: readonly FinalStatus[] = choices.slice(0, 4);

interface Props {
  batch: BatchView;
  onClose: () => void;
}

/** Makes a new batch of the people who were not reached, and opens it. */
export function RedialDialog({ opened, ...form }: Props & { opened: boolean }) {
  return (
    <Modal opened={opened} onClose={form.onClose} title={words.redial.title} centered>
      <RedialForm {...form} />
    </Modal>
  );
}

function RedialForm({ batch, onClose }: Props) {
  const { progress } = batch;
  const [chosen, setChosen] = useState<readonly string[]>(usual.filter((status) => progress[status] > 0));
  const [name, setName] = useState(words.redial.nextName(batch.name));
  const [start, setStart] = useState(false);
  const client = useQueryClient();
  const navigate = useNavigate();
  const statuses = choices.filter((status) => chosen.includes(status));
  const people = statuses.reduce((sum, status) => sum + progress[status], 0);

  const redial = useMutation({
    mutationFn: () =>
      ok(api.POST('/v1/batch-calls/{id}/redial', { params: { path: { id: batch.id } }, body: { statuses, name, start } })),
    onSuccess: (made) => {
      void client.invalidateQueries({ queryKey: ['batches'] });
      toast.done(words.redial.made);
      void navigate(`/batch-calls/${made.id}`);
    },
  });
  const errors = fieldErrors(redial.error, ['/name', '/statuses']);

  return (
    <Stack gap="md">
      {redial.error && <ErrorState error={redial.error} mistakes={errors.rest} />}
      <Text size="sm">{words.redial.intro}</Text>
      <Checkbox.Group label={words.redial.who} value={[...chosen]} onChange={setChosen} error={errors.at('/statuses')}>
        <Stack gap={6} mt={6}>
          {choices.map((status) => (
            <Checkbox
              key={status}
              value={status}
              disabled={progress[status] === 0}
              label={`${kit.recipientStatuses[status]} (${number(progress[status])})`}
            />
          ))}
        </Stack>
      </Checkbox.Group>
      <TextInput label={words.redial.name} value={name} onChange={(event) => setName(event.currentTarget.value)} error={errors.at('/name')} />
      <Switch label={words.redial.start} description={words.redial.startHelp} checked={start} onChange={(event) => setStart(event.currentTarget.checked)} />
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onClose}>
          {words.redial.cancel}
        </Button>
        <Button onClick={() => redial.mutate()} loading={redial.isPending} disabled={people === 0}>
          {people === 0 ? words.redial.nobody : words.redial.confirm(number(people), people === 1)}
        </Button>
      </Group>
    </Stack>
  );
}
