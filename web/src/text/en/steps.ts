export const steps = {
  label: 'Steps',
  help: 'This script asks questions. Its steps are kept as they are; they are written in a file or by the API.',
};
