import { Button, Code, Stack, Text } from '@mantine/core';
import { useRouteError } from 'react-router';
import { PageHeader } from '@/kit/PageHeader';
import { app } from '@/text/en/app';
import classes from './PageError.module.css';

/** A page's code that is not on the server any more: a newer version is. */
function isOutdated(error: unknown): boolean {
  return error instanceof TypeError && /dynamically imported module|module script/i.test(error.message);
}

/** Instead of a page that failed. */
export function PageError() {
  const error = useRouteError();
  const outdated = isOutdated(error);
  return (
    <div className={classes.page} role="alert">
      <PageHeader title={outdated ? app.failed.updatedTitle : app.failed.title} />
      <Stack align="flex-start">
        <Text>{outdated ? app.failed.updated : app.failed.text}</Text>
        {!outdated && <Code block>{error instanceof Error ? `${error.name}: ${error.message}` : String(error)}</Code>}
        <Button onClick={() => window.location.reload()}>{app.failed.reload}</Button>
      </Stack>
    </div>
  );
}
