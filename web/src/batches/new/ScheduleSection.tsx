import { Group, Radio, Switch, Text, TextInput } from '@mantine/core';
import { useNow } from '@/kit/useNow';
import { form } from '@/text/en/newBatch';
import type { SectionProps } from './fields';
import classes from './Form.module.css';
import { SearchSelect } from './SearchSelect';
import { Section } from './Section';
import { endWords, startWords } from './words';
import { zoneOptions } from './zoned';

const text = form.schedule;
/** For words such as "in 5 minutes", in milliseconds. */
const clockEvery = 30_000;

/** When the batch starts, and whether it stops by itself. */
export function ScheduleSection({ draft, set, error, fixedStart = false }: SectionProps & { fixedStart?: boolean }) {
  const now = useNow(clockEvery);
  const start = fixedStart ? text.fixed : startWords(draft, now);
  const end = endWords(draft);
  const later = draft.start === 'later' && !fixedStart;
  return (
    <Section title={text.title}>
      {!fixedStart && (
        <Radio.Group label={text.start} value={draft.start} onChange={(value) => set({ start: value === 'later' ? 'later' : 'now' })}>
          <Group mt={6} gap="lg">
            <Radio value="now" label={text.now} />
            <Radio value="later" label={text.later} />
          </Group>
        </Radio.Group>
      )}
      {(later || draft.ends) && (
        <div className={classes.pair}>
          {later && (
            <TextInput
              type="datetime-local"
              label={text.at}
              value={draft.startsAt}
              onChange={({ currentTarget: { value } }) => set({ startsAt: value })}
              error={error('/starts_at')}
            />
          )}
          <SearchSelect
            label={text.zone}
            data={zoneOptions(draft.zone)}
            value={draft.zone}
            allowDeselect={false}
            onChange={(zone) => zone && set({ zone })}
            error={error('/time_zone')}
          />
        </div>
      )}
      {start && !error('/starts_at') && (
        <Text className={classes.words} role="status">
          {start}
        </Text>
      )}
      <Switch label={text.ends} checked={draft.ends} onChange={({ currentTarget: { checked } }) => set({ ends: checked })} />
      {draft.ends && (
        <div className={classes.pair}>
          <TextInput
            type="datetime-local"
            label={text.endsAt}
            value={draft.endsAt}
            onChange={({ currentTarget: { value } }) => set({ endsAt: value })}
            error={error('/ends_at')}
          />
        </div>
      )}
      {end && !error('/ends_at') && (
        <Text className={classes.words} role="status">
          {end}
        </Text>
      )}
    </Section>
  );
}
