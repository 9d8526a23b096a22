import { Drawer, Stack, Table, Text } from '@mantine/core';
import { When } from '@/kit';
import type { AuditEntry } from '@/kit/api';
import { number } from '@/kit/format';
import { TextDiff } from '@/kit/diff/TextDiff';
import { audit } from '@/text/en/settings/audit';
import { subjectWords } from './subject';
import classes from './AuditPanel.module.css';
import { valueDiff, type ValueChange } from './valueDiff';

const text = audit.panel;

interface Props {
  entry: AuditEntry;
  who: string;
  onClose: () => void;
}

/** One change: what was before, and what after. */
export function AuditPanel({ entry, who, onClose }: Props) {
  const { changes, same } = valueDiff(entry.before, entry.after);
  const isNew = entry.before === null || entry.before === undefined;
  const isGone = entry.after === null || entry.after === undefined;
  return (
    <Drawer opened onClose={onClose} position="right" size="lg" title={`${audit.actions[entry.action] ?? entry.action}: ${subjectWords(entry)}`}>
      <Stack gap="md">
        <Text size="sm" c="var(--text-quiet)">
          {who}, <When at={entry.at} seconds />
        </Text>
        {isNew && !isGone && <Text>{text.created}</Text>}
        {isGone && !isNew && <Text>{text.deleted}</Text>}
        {changes.length === 0 ? (
          <Text>{text.none}</Text>
        ) : (
          <Table className={classes.table} verticalSpacing={6}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th scope="col">{text.setting}</Table.Th>
                {isNew || isGone ? (
                  <Table.Th scope="col">{isNew ? text.after : text.before}</Table.Th>
                ) : (
                  <Table.Th scope="col">{`${text.before} → ${text.after}`}</Table.Th>
                )}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {changes.map((change) => (
                <Table.Tr key={change.path}>
                  <Table.Th scope="row" className={classes.path}>
                    {change.path}
                  </Table.Th>
                  <Table.Td className={classes.value}>
                    <Value change={change} single={isNew || isGone} />
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        )}
        {same > 0 && (
          <Text size="sm" c="var(--text-quiet)">
            {text.same(number(same), same !== 1)}
          </Text>
        )}
      </Stack>
    </Drawer>
  );
}

/** Long texts are compared word by word; short values stand side by side. */
function Value({ change: { before, after }, single }: { change: ValueChange; single: boolean }) {
  if (single) return words(after ?? before);
  if (before !== undefined && after !== undefined && before.length + after.length > 60) return <TextDiff before={before} after={after} />;
  return (
    <>
      <del>{words(before)}</del> → <ins>{words(after)}</ins>
    </>
  );
}

function words(value: string | undefined): string {
  if (value === undefined) return text.unset;
  if (value === 'true') return text.on;
  if (value === 'false') return text.off;
  return value === '' ? text.empty : value;
}
