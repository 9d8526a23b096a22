import { Button, Group, TextInput } from '@mantine/core';
import { useState } from 'react';
import { Facts } from '@/kit';
import { phone } from '@/kit/format';
import { form as text } from '@/text/en/newBatch';
import { draftOf, type Draft } from './draft';
import classes from './Form.module.css';
import { FormProblem } from './FormProblem';
import { HoursSection } from './HoursSection';
import { LeaveDialog } from './LeaveDialog';
import { LimitsSection } from './LimitsSection';
import { edit, mayMoveStart, missingToEdit } from './request';
import { RetrySection } from './RetrySection';
import { ScheduleSection } from './ScheduleSection';
import { Section } from './Section';
import { useChoices } from './useChoices';
import { useCloseDrawer } from './useCloseDrawer';
import { useEditBatch, type Editable } from './useEditBatch';
import { formErrors, useFocusOnError } from './useFormErrors';
import { useLeaveGuard } from './useLeaveGuard';

/** The form of a batch that exists: what of it may still be changed. */
export function EditBatchForm({ editable }: { editable: Editable }) {
  const { batch } = editable;
  const [before] = useState(() => draftOf(batch));
  const [draft, setDraft] = useState(before);
  const [attempt, setAttempt] = useState(0);
  const choices = useChoices();
  const close = useCloseDrawer('edit');
  const changed = Object.keys(edit(before, draft)).length > 0;
  const { blocker, release } = useLeaveGuard(changed, 'edit');
  const save = useEditBatch(editable, () => {
    release();
    close();
  });
  const form = useFocusOnError(attempt);

  const notFilled = missingToEdit(draft);
  const incomplete = Object.keys(notFilled).length > 0;
  const errors = formErrors(draft, { missing: attempt > 0 ? notFilled : {}, refusal: save.error, tried: save.variables });
  const set = (change: Partial<Draft>) => setDraft((now) => ({ ...now, ...change }));
  const fail = () => setAttempt((now) => now + 1);
  function submit() {
    if (incomplete) fail();
    else if (changed) save.mutate(draft, { onError: fail });
    else close();
  }

  const section = { draft, set, error: errors.at };
  return (
    <form ref={form} className={classes.form} noValidate onSubmit={(event) => event.preventDefault()}>
      {attempt > 0 && !save.isPending && (save.isError || incomplete) && (
        <FormProblem error={incomplete ? null : save.error} rest={incomplete ? [] : errors.rest} />
      )}
      <div className={classes.sections}>
        <Section title={text.basics.title}>
          <TextInput
            label={text.basics.name}
            description={text.basics.nameHelp}
            withAsterisk
            data-autofocus
            maxLength={200}
            value={draft.name}
            onChange={({ currentTarget: { value } }) => set({ name: value })}
            error={errors.at('/name')}
          />
          <Fixed batch={batch} agent={choices.agents?.find(({ id }) => id === batch.agent_id)?.name ?? batch.agent_id} />
        </Section>
        <ScheduleSection {...section} fixedStart={!mayMoveStart(batch.status)} />
        <HoursSection {...section} />
        <RetrySection {...section} />
        <LimitsSection {...section} workspaceLimit={choices.workspace?.max_concurrent_calls} />
      </div>
      <div className={classes.footer}>
        <div className={classes.footerWords} />
        <Group gap="xs">
          <Button variant="default" onClick={close}>
            {text.cancel}
          </Button>
          <Button loading={save.isPending} onClick={submit}>
            {text.saveChanges}
          </Button>
        </Group>
      </div>
      <LeaveDialog blocker={blocker} />
    </form>
  );
}

/** What is settled once the batch is made. */
function Fixed({ batch, agent }: { batch: Editable['batch']; agent: string }) {
  const columns = batch.columns.join(', ');
  const facts = [
    [text.basics.from, phone(batch.from_number)],
    [text.basics.version, `${agent}, ${text.basics.versionOption(batch.agent_version)}`],
    [text.file.title, batch.file_name ? text.file.kept(batch.file_name, columns) : text.file.keptJson(columns)],
  ] as const;
  return <Facts facts={facts} />;
}
