import { Alert, Text } from '@mantine/core';
import { ErrorState } from '@/kit';
import { ProblemError, type FieldErrors } from '@/kit/api';
import { form as text } from '@/text/en/newBatch';
import classes from './Form.module.css';

interface Props {
  /** Why saving did not work; null when fields are not filled in. */
  error: Error | null;
  /** What of it belongs to no field. */
  rest: FieldErrors['rest'];
}

/** Above the form: that it was not saved, and what cannot stand beside a field. */
export function FormProblem(props: Props) {
  return (
    <div className={classes.problem}>
      <Words {...props} />
    </div>
  );
}

function Words({ error, rest }: Props) {
  if (error instanceof ProblemError && error.code === 'changed_meanwhile') {
    return (
      <Alert color="red" title={text.refusedTitle} role="alert">
        <Text size="sm">{text.changedMeanwhile}</Text>
      </Alert>
    );
  }
  const beside = error === null || (error instanceof ProblemError && error.errors.length > rest.length);
  if (!beside || rest.length > 0) return <ErrorState error={error} mistakes={rest} />;
  return (
    <Alert color="red" title={text.refusedTitle} role="alert">
      <Text size="sm">{text.refusedText}</Text>
    </Alert>
  );
}
