import { Alert, Button, List, Stack, Text } from '@mantine/core';
import { kit } from '@/text/en/kit';
import { asProblem, type FieldErrors } from './api';
import { fieldName } from './fieldName';

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
  // The detail of a problem with mistakes is one of them in a sentence, or how many there are.
  const lead = problem.errors.length === 0 ? problem.detail : listed.length === 0 ? kit.problems.beside : undefined;
  return (
    <Alert color="red" title={problem.title} role="alert">
      <Stack gap="xs" align="flex-start">
        {lead && <Text size="sm">{lead}</Text>}
        {listed.length > 0 && (
          <List size="sm">
            {listed.map(({ pointer, detail }) => (
              <List.Item key={`${pointer} ${detail}`}>
                {pointer && <strong>{fieldName(pointer)}</strong>} {detail}
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
