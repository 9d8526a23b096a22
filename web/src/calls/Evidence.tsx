import { Text } from '@mantine/core';
import { Facts } from '@/kit';
import type { AttemptView } from '@/kit/api';
import { evidenceOf } from './facts';

/** How an attempt went: what rang, who answered, what the network said. */
export function Evidence({ attempt }: { attempt: AttemptView }) {
  const facts = evidenceOf(attempt);
  if (facts.length === 0) return null;
  return <Facts facts={facts.map(({ name, value, detail }) => [name, detail ? withDetail(value, detail) : value])} />;
}

function withDetail(value: string, detail: string) {
  return (
    <>
      {value}{' '}
      <Text span inherit c="var(--text-quiet)">
        ({detail})
      </Text>
    </>
  );
}
