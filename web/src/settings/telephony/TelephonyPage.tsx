import { PageHeader } from '@/kit';
import { telephony } from '@/text/en/settings/telephony';
import { Destinations } from './Destinations';
import { Trunks } from './Trunks';

/** Ways into the telephone network, and where the managed ones may call. */
export function TelephonyPage() {
  return (
    <>
      <PageHeader title={telephony.title} />
      <Trunks />
      <Destinations />
    </>
  );
}
