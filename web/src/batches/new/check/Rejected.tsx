import { Accordion, Button, Group, Text } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { CopyButton } from '@/kit';
import type { Rejections } from '@/kit/api';
import { number } from '@/kit/format';
import { check as text } from '@/text/en/fileCheck';
import { rejectionsCsv, spans } from '../rows';
import { Block } from './Block';
import classes from './Check.module.css';
import { saveFile } from './saveFile';

/** More than anybody reads; the rest is in the download. */
const shownSpans = 100;

/** The rejected rows by reason: which, why, and what to do. */
export function Rejected({ rejections }: { rejections: readonly Rejections[] }) {
  return (
    <Block
      title={text.rejections}
      aside={
        <Button
          variant="default"
          size="compact-xs"
          leftSection={<IconDownload size={14} aria-hidden />}
          onClick={() => saveFile(text.csvName, 'text/csv', rejectionsCsv(rejections))}
        >
          {text.downloadAll}
        </Button>
      }
    >
      <Accordion multiple order={5} chevronPosition="left" variant="default">
        {rejections.map((group) => (
          <Accordion.Item key={group.reason} value={group.reason}>
            <Accordion.Control py={0}>{text.group(group.label, number(group.count), group.count === 1)}</Accordion.Control>
            <Accordion.Panel>
              <Text size="sm" mb={4}>
                {group.help}
              </Text>
              <Rows group={group} />
            </Accordion.Panel>
          </Accordion.Item>
        ))}
      </Accordion>
    </Block>
  );
}

function Rows({ group: { label, rows } }: { group: Rejections }) {
  const all = spans(rows);
  const hidden = all.length - shownSpans;
  return (
    <Group gap={6} wrap="nowrap" align="flex-start">
      <span className={classes.rows}>
        {text.rowsLabel(rows.length === 1)} {all.slice(0, shownSpans).join(', ')}
        {hidden > 0 && ` ${text.more(number(hidden))}`}
      </span>
      <CopyButton value={rows.join(', ')} label={text.copyRows(label)} />
    </Group>
  );
}
