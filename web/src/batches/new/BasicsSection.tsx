import { Anchor, Select, TextInput } from '@mantine/core';
import { Link } from 'react-router';
import { phone } from '@/kit/format';
import { form } from '@/text/en/newBatch';
import type { SectionProps } from './fields';
import classes from './Form.module.css';
import { SearchSelect } from './SearchSelect';
import { Section } from './Section';
import { useVersions, type Choices } from './useChoices';

const text = form.basics;

/** Name, caller ID and who talks. */
export function BasicsSection({ draft, set, error, choices }: SectionProps & { choices: Choices }) {
  const { numbers, agents } = choices;
  const versions = useVersions(draft.agentId);
  const numberOptions = numbers?.map(({ phone_number, label, trunk_id }) => ({
    value: phone_number,
    label: trunk_id ? [phone(phone_number), label].filter(Boolean).join(' · ') : text.noRoute(phone(phone_number)),
    disabled: !trunk_id,
  }));
  const versionOptions = versions?.map(({ number }, place) => ({
    value: String(number),
    label: place === 0 ? text.versionLatest(number) : text.versionOption(number),
  }));

  function chooseAgent(id: string | null) {
    const agent = agents?.find((agent) => agent.id === id);
    set({ agentId: agent?.id ?? '', agentVersion: agent?.published_version ?? undefined });
  }

  return (
    <Section title={text.title}>
      <TextInput
        label={text.name}
        description={text.nameHelp}
        withAsterisk
        data-autofocus
        maxLength={200}
        value={draft.name}
        onChange={({ currentTarget: { value } }) => set({ name: value })}
        error={error('/name')}
      />
      <SearchSelect
        label={text.from}
        description={numbers?.length === 0 ? <Anchor component={Link} to="/phone-numbers" size="xs">{text.noNumbers}</Anchor> : text.fromHelp}
        withAsterisk
        data={numberOptions ?? []}
        value={draft.fromNumber || null}
        onChange={(value) => set({ fromNumber: value ?? '' })}
        error={error('/from_number')}
      />
      <div className={classes.pair}>
        <SearchSelect
          label={text.agent}
          description={agents?.length === 0 ? <Anchor component={Link} to="/agents" size="xs">{text.noAgents}</Anchor> : text.agentHelp}
          withAsterisk
          data={agents?.map(({ id, name }) => ({ value: id, label: name })) ?? []}
          value={draft.agentId || null}
          onChange={chooseAgent}
          error={error('/agent_id')}
        />
        <Select
          label={text.version}
          description={text.versionHelp}
          withAsterisk
          disabled={!draft.agentId}
          data={versionOptions ?? []}
          value={draft.agentVersion ? String(draft.agentVersion) : null}
          allowDeselect={false}
          onChange={(value) => set({ agentVersion: value ? Number(value) : undefined })}
          error={error('/agent_version')}
        />
      </div>
    </Section>
  );
}
