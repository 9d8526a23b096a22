import { Button, Checkbox, Group, Modal, Skeleton, Stack, Switch, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { ErrorState, toast } from '@/kit';
import { api, fieldErrors, ok, type BatchView, type EndReason, type Redial } from '@/kit/api';
import { number } from '@/kit/format';
import { batch as words } from '@/text/en/batch';
import { calls } from '@/text/en/calls';
import { kit } from '@/text/en/kit';
import { statuses as order } from '../../state';
import classes from './RedialDialog.module.css';
import { byStatus, firstChoice, keyOf, wishOf, type Ending } from './redialChoice';

interface Props {
  batch: BatchView;
  onClose: () => void;
  /** Begins with those whose last call ended for this reason. */
  only?: EndReason | undefined;
}

/** Makes a new batch of people who are called again, and opens it. */
export function RedialDialog({ opened, ...form }: Props & { opened: boolean }) {
  return (
    <Modal opened={opened} onClose={form.onClose} title={form.only ? words.redial.titleOf(calls.endReasons[form.only]) : words.redial.title} centered>
      <Endings {...form} />
    </Modal>
  );
}

/** The form, once it is known how calls ended. */
function Endings(props: Props) {
  const { id } = props.batch;
  const { data, error, refetch } = useQuery({
    queryKey: ['batch', id, 'endings'],
    queryFn: () => ok(api.GET('/v1/batch-calls/{id}/endings', { params: { path: { id } } })),
    staleTime: 0,
    gcTime: 0,
  });
  if (error) return <ErrorState error={error} onRetry={() => void refetch()} />;
  return data ? <RedialForm {...props} endings={data.items} /> : <Skeleton height={260} aria-busy />;
}

function RedialForm({ batch, onClose, only, endings }: Props & { endings: readonly Ending[] }) {
  const [chosen, setChosen] = useState<readonly string[]>(() => firstChoice(endings, only));
  const [name, setName] = useState(words.redial.nextName(batch.name));
  const [start, setStart] = useState(false);
  const client = useQueryClient();
  const navigate = useNavigate();
  const { people, statuses, reasons } = wishOf(endings, chosen);

  const redial = useMutation({
    mutationFn: () => {
      const wish: Redial = { statuses: statuses as NonNullable<Redial['statuses']>, name, start, ...(reasons.length > 0 ? { end_reasons: reasons } : {}) };
      return ok(api.POST('/v1/batch-calls/{id}/redial', { params: { path: { id: batch.id } }, body: wish }));
    },
    onSuccess: (made) => {
      void client.invalidateQueries({ queryKey: ['batches'] });
      toast.done(words.redial.made);
      void navigate(`/batch-calls/${made.id}`);
    },
  });
  const errors = fieldErrors(redial.error, ['/name', '/statuses', '/end_reasons']);

  return (
    <Stack gap="md">
      {redial.error && <ErrorState error={redial.error} mistakes={errors.rest} />}
      <Text size="sm">{words.redial.intro}</Text>
      <Checkbox.Group label={words.redial.who} value={[...chosen]} onChange={setChosen} error={errors.at('/statuses') ?? errors.at('/end_reasons')}>
        {byStatus(endings, order).map(([status, those]) => (
          <fieldset key={status} className={classes.status}>
            <legend>{words.redial.status(kit.recipientStatuses[status], number(those.reduce((sum, ending) => sum + ending.people, 0)))}</legend>
            <Stack gap={6}>
              {those.map((ending) => (
                <Checkbox key={keyOf(ending)} value={keyOf(ending)} label={words.redial.ending(endingWords(ending), number(ending.people))} />
              ))}
            </Stack>
          </fieldset>
        ))}
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

/** How the last call ended; why there was none. */
function endingWords({ status, end_reason: reason }: Ending): string {
  if (reason) return calls.endReasons[reason];
  return status === 'skipped' ? words.redial.rejectedOrSkipped : words.redial.neverCalled;
}
