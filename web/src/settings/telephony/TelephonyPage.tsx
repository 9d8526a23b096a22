import { useQuery } from '@tanstack/react-query';
import { PageHeader } from '@/kit';
import { defaultNumber, numbersQuery, workspaceQuery } from '@/numbers/queries';
import { destinations } from '@/text/en/settings/destinations';
import { telephony } from '@/text/en/settings/telephony';
import { Destinations } from './Destinations';
import { Trunks } from './Trunks';

/** Ways into the telephone network, and where the managed ones may call. */
export function TelephonyPage() {
  const numbers = useQuery(numbersQuery);
  const workspace = useQuery(workspaceQuery);
  const caller = defaultNumber(numbers.data?.items ?? [], workspace.data);
  return (
    <>
      <PageHeader title={telephony.title} />
      <Trunks />
      <Destinations about={destinations.about} callerId={caller?.phone_number} />
    </>
  );
}
