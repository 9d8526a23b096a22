import { Chip, Group, Input, Switch, Text, TextInput } from '@mantine/core';
import { readerZone } from '@/kit/format';
import { form } from '@/text/en/newBatch';
import { recipientZone, weekdays, type Draft } from './draft';
import type { SectionProps } from './fields';
import classes from './Form.module.css';
import { SearchSelect } from './SearchSelect';
import { Section } from './Section';
import { hoursWords } from './words';
import { zoneOptions } from './zoned';

const text = form.hours;

/** On which days and at which hours people may be called, and on whose clock. */
export function HoursSection({ draft: { hours }, set, error }: SectionProps) {
  const change = (part: Partial<Draft['hours']>) => set({ hours: { ...hours, ...part } });
  const words = hoursWords(hours);
  return (
    <Section title={text.title}>
      <Switch
        label={text.on}
        checked={hours.on}
        onChange={({ currentTarget: { checked } }) => change({ on: checked })}
        error={hours.on ? error('/calling_hours') : undefined}
      />
      {hours.on && (
        <>
          <Input.Wrapper label={text.days} labelElement="div" error={error('/calling_hours/days')}>
            <Group gap={6} mt={4} mb={4} role="group" aria-label={text.days}>
              <Chip.Group
                multiple
                value={[...hours.days]}
                onChange={(chosen) => change({ days: weekdays.filter((day) => chosen.includes(day)) })}
              >
                {weekdays.map((day) => (
                  <Chip key={day} value={day} size="xs" radius="sm" aria-label={text.weekdays[day]}>
                    {text.short[day]}
                  </Chip>
                ))}
              </Chip.Group>
            </Group>
          </Input.Wrapper>
          <div className={classes.pair}>
            <Group grow gap="sm" align="flex-start">
              <TextInput
                type="time"
                label={text.from}
                value={hours.start}
                onChange={({ currentTarget: { value } }) => change({ start: value })}
                error={error('/calling_hours/start')}
              />
              <TextInput
                type="time"
                label={text.until}
                value={hours.end}
                onChange={({ currentTarget: { value } }) => change({ end: value })}
                error={error('/calling_hours/end')}
              />
            </Group>
            <SearchSelect
              label={text.zone}
              data={[{ value: recipientZone, label: text.recipient }, ...zoneOptions(hours.zone === recipientZone ? readerZone() : hours.zone)]}
              value={hours.zone}
              allowDeselect={false}
              onChange={(zone) => zone && change({ zone })}
              error={error('/calling_hours/time_zone')}
            />
          </div>
        </>
      )}
      {words && (
        <Text className={classes.words} role="status">
          {words}
        </Text>
      )}
    </Section>
  );
}
