import { Alert, Button, Stack, Text } from '@mantine/core';
import { kit } from '@/text/en/kit';

/** In place of what could not be loaded: its code, or a newer version's, is on the server. */
export function NotLoaded() {
  return (
    <Alert color="yellow" title={kit.notLoaded.title} role="alert" ref={(drawn) => drawn?.scrollIntoView({ block: 'nearest' })}>
      <Stack gap="xs" align="flex-start">
        <Text size="sm">{kit.notLoaded.text}</Text>
        <Button variant="default" size="xs" onClick={() => window.location.reload()}>
          {kit.notLoaded.reload}
        </Button>
      </Stack>
    </Alert>
  );
}
