import { Button, Code, Stack, Text } from '@mantine/core';
import { useRouteError } from 'react-router';
import { PageNotLoaded } from '@/kit/lazy';
import { NotLoaded } from '@/kit/NotLoaded';
import { PageHeader } from '@/kit/PageHeader';
import { app } from '@/text/en/app';
import classes from './PageError.module.css';

/** Instead of a page that failed. */
export function PageError() {
  const error = useRouteError();
  if (error instanceof PageNotLoaded) return <NotLoaded />;
  return (
    <div className={classes.page} role="alert">
      <PageHeader title={app.failed.title} />
      <Stack align="flex-start">
        <Text>{app.failed.text}</Text>
        <Code block>{error instanceof Error ? `${error.name}: ${error.message}` : String(error)}</Code>
        <Button onClick={() => window.location.reload()}>{app.failed.reload}</Button>
      </Stack>
    </div>
  );
}
