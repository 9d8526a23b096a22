import '@mantine/notifications/styles.css';
import { Notifications } from '@mantine/notifications';

/** Where the toasts are shown. */
export function Toasts() {
  return <Notifications position="bottom-right" />;
}
