import { ActionIcon, Button, Menu } from '@mantine/core';
import { IconChevronDown, IconDownload } from '@tabler/icons-react';
import { batch as words } from '@/text/en/batch';

const reports = [
  { file: 'report.xlsx?detail=attempts', label: words.actions.reportXlsxAttempts },
  { file: 'report.csv?bom=true&detail=attempts', label: words.actions.reportCsvAttempts },
];

/** The report, and beside it the other files that a batch has. */
export function Downloads({ id }: { id: string }) {
  const files = `/v1/batch-calls/${id}`;
  return (
    <Button.Group>
      <Button component="a" href={`${files}/report.xlsx`} download variant="default" leftSection={<IconDownload size={16} aria-hidden />}>
        {words.actions.report}
      </Button>
      <Button component="a" href={`${files}/report.csv?bom=true`} download variant="default" px="sm" aria-label={words.actions.reportCsv}>
        {words.actions.csv}
      </Button>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon variant="default" size={36} aria-label={words.actions.more} style={{ borderStartStartRadius: 0, borderEndStartRadius: 0, borderInlineStartWidth: 0 }}>
            <IconChevronDown size={16} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {reports.map(({ file, label }) => (
            <Menu.Item key={file} component="a" href={`${files}/${file}`} download>
              {label}
            </Menu.Item>
          ))}
          <Menu.Item component="a" href={`${files}/rejections.csv?format=xlsx`} download>
            {words.actions.rejections}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </Button.Group>
  );
}
