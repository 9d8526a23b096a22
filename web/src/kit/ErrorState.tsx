import { Alert, Button, List, Stack, Text } from '@mantine/core';
import { kit } from '@/text/en/kit';
import { asProblem, type FieldErrors } from './api';

interface Props {
  error: unknown;
  onRetry?: () => void;
  /** For forms: only these mistakes are listed, as the others stand beside their fields. */
  mistakes?: FieldErrors['rest'];
}

/** What went wrong, and what to do. */
export function ErrorState({ error, onRetry, mistakes }: Props) {
  const problem = asProblem(error);
  const listed = mistakes ?? problem.errors;
  return (
    <Alert color="red" title={problem.title} role="alert">
      <Stack gap="xs" align="flex-start">
        <Text size="sm">{problem.detail}</Text>
        {listed.length > 0 && (
          <List size="sm">
            {listed.map(({ pointer, detail }) => (
              <List.Item key={`${pointer} ${detail}`}>
                {pointer && <code>{pointer.slice(1)}</code>} {detail}
              </List.Item>
            ))}
          </List>
        )}
        {onRetry && (
          <Button variant="default" size="xs" onClick={onRetry}>
            {kit.problems.retry}
          </Button>
        )}
      </Stack>
    </Alert>
  );
}
