import { Button } from '@mantine/core';
import { Link } from 'react-router';
import { PageHeader } from '@/kit/PageHeader';
import { app } from '@/text/en/app';

/** For addresses that lead nowhere. */
export function NotFoundPage() {
  return (
    <>
      <PageHeader title={app.notFound.title} below={app.notFound.text} />
      <Button component={Link} to="/batch-calls" variant="default">
        {app.notFound.action}
      </Button>
    </>
  );
}
