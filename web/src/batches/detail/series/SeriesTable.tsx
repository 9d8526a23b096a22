import { Box, Table } from '@mantine/core';
import { ShortWhen } from '@/kit';
import type { SeriesView } from '@/kit/api';
import { inZone, number } from '@/kit/format';
import { batch as words } from '@/text/en/batch';
import { kit } from '@/text/en/kit';
import { drawn, ended } from './columns';
import classes from './Series.module.css';

/** The chart's numbers, newest first; times in which nothing happened are left out. */
export function SeriesTable({ series }: { series: SeriesView }) {
  const happened = series.points.filter((point) => ended(point) > 0 || point.calls_at_once > 0).reverse();
  return (
    // A region that scrolls is reached by keyboard.
    <Box className={classes.scroll} tabIndex={0} role="region" aria-label={words.series.tableLabel}>
      <Table stickyHeader verticalSpacing={3} className={classes.table}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">{inZone(words.series.time)}</Table.Th>
            {drawn.map((outcome) => (
              <Table.Th key={outcome} scope="col">
                {kit.outcomes[outcome]}
              </Table.Th>
            ))}
            <Table.Th scope="col">{words.series.total}</Table.Th>
            <Table.Th scope="col">{words.series.atOnce}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {happened.map((point) => (
            <Table.Tr key={point.at}>
              <Table.Th scope="row"><ShortWhen at={point.at} /></Table.Th>
              {drawn.map((outcome) => (
                <Table.Td key={outcome}>{number(point[outcome])}</Table.Td>
              ))}
              <Table.Td>{number(ended(point))}</Table.Td>
              <Table.Td>{number(point.calls_at_once)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Box>
  );
}
