import { ActionIcon, Button, Menu } from '@mantine/core';
import { IconChevronDown, IconDownload } from '@tabler/icons-react';
import { batch as words } from '@/text/en/batch';

/** The report, and beside it the other files that a batch has. */
export function Downloads({ id }: { id: string }) {
  const files = `/v1/batch-calls/${id}`;
  return (
    <Button.Group>
      <Button component="a" href={`${files}/report.csv`} download variant="default" leftSection={<IconDownload size={16} aria-hidden />}>
        {words.actions.report}
      </Button>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon variant="default" size={36} aria-label={words.actions.more} style={{ borderStartStartRadius: 0, borderEndStartRadius: 0, borderInlineStartWidth: 0 }}>
            <IconChevronDown size={16} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item component="a" href={`${files}/report.csv`} download>
            {words.actions.reportPlain}
          </Menu.Item>
          <Menu.Item component="a" href={`${files}/report.csv?detail=attempts`} download>
            {words.actions.reportAttempts}
          </Menu.Item>
          <Menu.Item component="a" href={`${files}/rejections.csv`} download>
            {words.actions.rejections}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </Button.Group>
  );
}
