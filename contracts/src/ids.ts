/** TypeID prefixes at the edges (`job_01j…`); inside, columns are `uuid` v7. */
export const ID_PREFIXES = [
  'usr', 'tnt', 'team', 'mem', 'key', 'ses', 'job', 'task', 'ast', 'upl', 'wf', 'wfv', 'mdl', 'mdv', 'box', 'pool', 'lane', 'bud',
  'grt', 'hld', 'inv', 'inn', 'exp', 'whk', 'evt', 'dlv', 'aud', 'sso', 'flm', 'clp', 'tml',
] as const;

export type IdPrefix = (typeof ID_PREFIXES)[number];
