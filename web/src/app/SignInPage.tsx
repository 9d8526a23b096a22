import { Button, Code, Paper, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState, type SubmitEvent } from 'react';
import { Navigate, useSearchParams } from 'react-router';
import { ErrorState } from '@/kit/ErrorState';
import { sessionQuery, signIn } from '@/kit/session';
import { useTitle } from '@/kit/useTitle';
import { app } from '@/text/en/app';
import { backTo } from './backTo';
import classes from './SignInPage.module.css';
import { useArrival } from './useArrival';

/** Signing in by API key. */
export function SignInPage() {
  useTitle(app.signIn.title);
  const client = useQueryClient();
  const [params] = useSearchParams();
  const [key, setKey] = useState('');
  const [empty, setEmpty] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  const arrival = useArrival();
  const session = useQuery({ ...sessionQuery, enabled: arrival.done });
  const enter = useMutation({
    mutationFn: signIn,
    onSuccess: (entered) => {
      // What an earlier session saw is not this one's.
      client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'arrival' && queryKey[0] !== 'session' });
      client.setQueryData(sessionQuery.queryKey, entered);
    },
  });

  const refusal = enter.error ?? (enter.isIdle ? arrival.error : null);

  if (session.data) return <Navigate to={backTo(params.get('to'))} replace />;

  function submit(event: SubmitEvent) {
    event.preventDefault();
    setEmpty(!key.includes(':'));
    if (key.includes(':')) enter.mutate(key.trim());
  }

  return (
    <main className={classes.page}>
      <Paper component="form" withBorder p="xl" radius="md" className={classes.card} onSubmit={submit} noValidate>
        <Stack gap="md">
          <div>
            <Text size="sm" fw={600} c="var(--text-quiet)">
              {app.name}
            </Text>
            <Title order={1}>{app.signIn.title}</Title>
          </div>
          <Text size="sm">{app.signIn.intro}</Text>
          {refusal && <ErrorState error={refusal} />}
          <PasswordInput
            ref={field}
            label={app.signIn.label}
            placeholder={app.signIn.placeholder}
            value={key}
            onChange={(event) => setKey(event.currentTarget.value)}
            error={empty ? app.signIn.empty : undefined}
            autoComplete="current-password"
            required
            withAsterisk={false}
          />
          <Button type="submit" size="md" loading={enter.isPending}>
            {app.signIn.submit}
          </Button>
          <Text size="xs" c="var(--text-quiet)">
            {app.signIn.where}
            <br />
            <Code>{app.signIn.command}</Code>
          </Text>
        </Stack>
      </Paper>
    </main>
  );
}
