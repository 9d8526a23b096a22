import { Group, Pagination, Select, Text } from '@mantine/core';
import type { BatchList } from '@/kit/api';
import { number } from '@/kit/format';
import { list } from '@/text/en/batches';
import { limits, type ListView } from './useBatchList';

interface Props {
  batches: BatchList;
  onChange: (change: Partial<ListView>) => void;
}

const options = limits.map((limit) => ({ value: String(limit), label: list.perPageOption(limit) }));

/** How many batches there are, and the way to the others. */
export function Pages({ batches: { total, page, limit }, onChange }: Props) {
  const pages = Math.ceil(total / limit);
  return (
    <Group justify="space-between" mt="sm" gap="sm">
      <Text size="sm" c="var(--text-quiet)" role="status">
        {list.total(number(total), total === 1)}
      </Text>
      <Group gap="sm">
        {total > limits[0] && (
          <Select
            size="xs"
            w={130}
            aria-label={list.perPage}
            data={options}
            value={String(limit)}
            allowDeselect={false}
            onChange={(value) => onChange({ limit: Number(value), page: 1 })}
          />
        )}
        {pages > 1 && (
          <nav aria-label={list.pages}>
            <Pagination size="sm" total={pages} value={page} onChange={(next) => onChange({ page: next })} getControlProps={(control) => ({ 'aria-label': list.pageControls[control] })} />
          </nav>
        )}
      </Group>
    </Group>
  );
}
