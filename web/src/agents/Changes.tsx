import { Text } from '@mantine/core';
import { number } from '@/kit/format';
import { TextDiff } from '@/kit/diff/TextDiff';
import { agents } from '@/text/en/agents';
import { steps } from '@/text/en/steps';
import classes from './Changes.module.css';
import type { EngineType } from './engines';
import type { Change, SettingField } from './version';

/** The differences of two versions. */
export function Changes({ changes }: { changes: readonly Change[] }) {
  if (changes.length === 0) return <Text c="var(--text-quiet)">{agents.compare.same}</Text>;
  return (
    <dl className={classes.changes}>
      {changes.map((change) => (
        <div key={'name' in change ? `${change.kind} ${change.name}` : change.field} className={classes.change}>
          <dt>{labelOf(change)}</dt>
          <dd>
            <Difference change={change} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function labelOf(change: Change): string {
  if (change.kind === 'default') return agents.compare.default(change.name);
  if (change.kind === 'server') return change.name.split('/').slice(2).join('.');
  return change.field === 'steps' ? steps.label : agents.fields[change.field];
}

function Difference({ change }: { change: Change }) {
  if (change.kind === 'text') return <TextDiff before={change.before} after={change.after} />;
  if (change.kind === 'server') return <Became before={change.before ?? agents.compare.empty} after={change.after ?? agents.compare.empty} />;
  if (change.kind === 'default') return <Became before={defaultWords(change.before)} after={defaultWords(change.after)} />;
  return <Became before={settingWords(change.field, change.before)} after={settingWords(change.field, change.after)} />;
}

function Became({ before, after }: { before: string; after: string }) {
  return (
    <>
      <del>{before}</del> → <ins>{after}</ins>
    </>
  );
}

function defaultWords(value: string | undefined): string {
  if (value === undefined) return agents.compare.noDefault;
  return value === '' ? agents.compare.empty : `“${value}”`;
}

function settingWords(field: SettingField, value: string | number | boolean): string {
  if (typeof value === 'boolean') return value ? agents.compare.on : agents.compare.off;
  if (typeof value === 'number') return agents.compare.seconds(number(value), value === 1);
  if (field === 'engine') return agents.engines.types[value as EngineType];
  if (field === 'voicemail') return value === 'hang_up' ? agents.editor.hangUp : agents.editor.leave;
  return value === '' ? agents.compare.empty : value;
}
