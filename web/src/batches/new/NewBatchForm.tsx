import { Button, Group } from '@mantine/core';
import { useEffect, useEffectEvent, useState } from 'react';
import { number, percent } from '@/kit/format';
import { check as checkText } from '@/text/en/fileCheck';
import { form as text } from '@/text/en/newBatch';
import { BasicsSection } from './BasicsSection';
import { StartDialog } from '../control/StartDialog';
import type { Draft } from './draft';
import { fileTarget } from './fileTarget';
import { FileSection } from './FileSection';
import classes from './Form.module.css';
import { FormProblem } from './FormProblem';
import { HoursSection } from './HoursSection';
import { LeaveDialog } from './LeaveDialog';
import { LimitsSection } from './LimitsSection';
import { missing } from './request';
import { startOfDraft } from './start';
import { RetrySection } from './RetrySection';
import { ScheduleSection } from './ScheduleSection';
import { useCheck, type Picked } from './useCheck';
import { preferred, useChoices } from './useChoices';
import { formErrors, useFocusOnError } from './useFormErrors';
import { useLeaveGuard } from './useLeaveGuard';
import { useSaveBatch } from './useSaveBatch';

/** The form of a new batch. */
export function NewBatchForm({ initial }: { initial: Draft }) {
  const choices = useChoices();
  const [entered, setEntered] = useState(initial);
  const [picked, setPicked] = useState<Picked>();
  const [attempt, setAttempt] = useState(0);
  const draft = withPreferred(entered, preferred(choices));

  const { blocker, release } = useLeaveGuard(entered !== initial || picked !== undefined, 'new');
  const check = useCheck(picked, draft);
  const save = useSaveBatch(release);
  const form = useFocusOnError(attempt);

  // Pressed before the file was checked, or before it is known what there is to choose from.
  const [queued, setQueued] = useState<'save' | 'start'>();
  const [asking, setAsking] = useState(false);
  const ready = !check.checking && choices.known;
  const refused = check.checking ? undefined : check.report?.refused;
  const notFilled = { ...missing(draft, picked !== undefined), ...(refused ? { '/file': checkText.refused[refused.code] } : {}) };
  const incomplete = Object.keys(notFilled).length > 0;
  const errors = formErrors(draft, {
    missing: attempt > 0 ? notFilled : {},
    refusal: save.error,
    tried: save.variables?.draft,
    checkError: check.error,
  });

  function set(change: Partial<Draft>) {
    // What was pressed was meant for what stood there.
    setQueued(undefined);
    setEntered((now) => ({ ...now, ...change }));
  }
  function pick(file: File) {
    // Where the header of another file stands, and what its columns are called, is not known yet.
    if (picked && picked.file.name !== file.name) set({ headerRow: '', phoneColumn: '', encoding: '' });
    setQueued(undefined);
    setPicked((before) => ({ file, id: (before?.id ?? 0) + 1 }));
  }
  const fail = () => setAttempt((now) => now + 1);
  function store(start: boolean) {
    setAsking(false);
    if (picked) save.mutate({ draft, file: picked.file, start }, { onError: fail });
  }
  function submit(wish: 'save' | 'start') {
    if (!ready) setQueued(wish);
    else if (incomplete || !picked) fail();
    else if (wish === 'start') setAsking(true);
    else store(false);
  }
  const goOn = useEffectEvent(() => {
    setQueued(undefined);
    if (queued) submit(queued);
  });
  useEffect(() => {
    if (!ready || !queued) return;
    const soon = setTimeout(() => goOn(), 0);
    return () => clearTimeout(soon);
  }, [ready, queued]);

  const section = { draft, set, error: errors.at };
  const later = draft.start === 'later';
  return (
    <form ref={form} className={classes.form} noValidate onSubmit={(event) => event.preventDefault()} {...fileTarget(pick)}>
      {attempt > 0 && !save.isPending && (save.isError || incomplete) && (
        <FormProblem error={incomplete ? null : save.error} rest={incomplete ? [] : errors.rest} />
      )}
      <div className={classes.sections}>
        <BasicsSection {...section} choices={choices} />
        <FileSection {...section} picked={picked} onFile={pick} check={check} />
        <ScheduleSection {...section} />
        <HoursSection {...section} />
        <RetrySection {...section} />
        <LimitsSection {...section} workspaceLimit={choices.workspace?.max_concurrent_calls} />
      </div>
      <div className={classes.footer}>
        <div className={classes.footerWords} role="status">
          {save.isPending ? savingWords(save.sent) : queued ? text.waiting : footerWords(later, check.report?.refused ? 0 : (check.report?.accepted ?? 0))}
        </div>
        <Group gap="xs">
          {!later && (
            <Button variant="default" disabled={save.isPending || queued === 'start'} loading={queued === 'save'} onClick={() => submit('save')}>
              {text.save}
            </Button>
          )}
          <Button loading={save.isPending || queued === 'start'} onClick={() => submit('start')}>
            {later ? text.save : text.saveAndStart}
          </Button>
        </Group>
      </div>
      <StartDialog
        start={startOfDraft(draft, check.report, choices.agents?.find(({ id }) => id === draft.agentId)?.name)}
        opened={asking}
        onClose={() => setAsking(false)}
        onConfirm={() => store(true)}
      />
      <LeaveDialog blocker={blocker} />
    </form>
  );
}

/** What there is no choice about is chosen. */
function withPreferred(draft: Draft, { fromNumber = '', agentId = '', agentVersion }: ReturnType<typeof preferred>): Draft {
  return {
    ...draft,
    fromNumber: draft.fromNumber || fromNumber,
    ...(draft.agentId ? {} : { agentId, agentVersion }),
  };
}

function savingWords(sent: number): string {
  return sent < 1 ? text.uploading(percent(sent, 1)) : text.saving;
}

function footerWords(later: boolean, people: number): string {
  const { draft, now, later: waits, laterPeople } = text.footer;
  if (people === 0) return later ? waits : draft;
  return (later ? laterPeople : now)(number(people), people === 1);
}
