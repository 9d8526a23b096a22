import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { groupsQuery } from './groupsQuery';
import { countryOptions } from './presets';

/** Every country that has telephone numbers, for a select. */
export function useCountries() {
  const { data } = useQuery(groupsQuery);
  return useMemo(() => countryOptions(data ?? []), [data]);
}
