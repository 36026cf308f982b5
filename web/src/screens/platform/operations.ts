/**
 * What staff ask about the queue, stuck runs and dead letters. Asked through the client itself: the
 * generated functions share one file with the first load, which staff's questions are no part of.
 */
import { queryOptions } from '@tanstack/react-query';
import type {
  DeadLetterPage,
  DispatchedRun,
  EndedRun,
  OpenedLetter,
  Queue,
  Redriven,
  StuckRunPage,
} from '@/client';
import { client } from '@/client/client.gen';

const ADMIN = '/api/v1/admin';
/** Milliseconds between two looks at what goes on. */
const LOOK_EVERY_MS = 15_000;
/** What every question of staff is kept under, so that one deed makes all of them be asked anew. */
export const ASKED = 'staff';

/** The client is set to throw problems, so that there is an answer here. */
async function ask<T>(url: string, query: Record<string, string | number | undefined> = {}) {
  const { data } = await client.get<{ 200: T }, unknown, true>({
    url: ADMIN + url,
    query,
    throwOnError: true,
  });
  return data as T;
}

async function tell<T>(url: string, body?: unknown) {
  const { data } = await client.post<{ 200: T }, unknown, true>({
    url: ADMIN + url,
    throwOnError: true,
    ...(body !== undefined && { body, headers: { 'Content-Type': 'application/json' } }),
  });
  return data as T;
}

export const queueQuery = () =>
  queryOptions({
    queryKey: [ASKED, 'queue'],
    queryFn: () => ask<Queue>('/queue'),
    refetchInterval: LOOK_EVERY_MS,
  });

const ROWS = 50;

export const stuckQuery = (cursor: string) =>
  ask<StuckRunPage>('/stuck-runs', { limit: ROWS, cursor: cursor || undefined });
export const dispatchRun = (run: string) => tell<DispatchedRun>(`/stuck-runs/${run}/dispatch`);
export const cancelRun = (to: { run: string; reason: string }) =>
  tell<EndedRun>(`/stuck-runs/${to.run}/cancel`, { reason: to.reason });

export const lettersQuery = (consumer: string | undefined, cursor: string) =>
  ask<DeadLetterPage>('/dead-letters', { consumer, limit: ROWS, cursor: cursor || undefined });
export const letterQuery = (sequence: number) =>
  queryOptions({
    queryKey: [ASKED, 'letter', sequence],
    queryFn: () => ask<OpenedLetter>(`/dead-letters/${sequence}`),
  });
export const redriveLetter = (sequence: number) =>
  tell<Redriven>(`/dead-letters/${sequence}/redrive`);
export const redriveAll = (consumer: string) =>
  tell<Redriven>('/dead-letters/redrive', { consumer });
export const discardLetter = (to: { sequence: number; reason: string }) =>
  tell<undefined>(`/dead-letters/${to.sequence}/discard`, { reason: to.reason });
