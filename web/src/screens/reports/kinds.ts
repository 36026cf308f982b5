/** For whom a report is written, as the API says it and as people do. */
export const KINDS = { technical: 'who mends', executive: 'who decides' } as const;
export type Kind = keyof typeof KINDS;
export const KIND_OPTIONS = Object.entries(KINDS) as [Kind, string][];
