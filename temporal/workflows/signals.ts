/** The signals of `customerJourney`, shared by the workflow and by the service that sends them. */
import { defineSignal } from '@temporalio/workflow';
import type { EventSignal, RestartSignal, RunSignal } from './messages.ts';

export const eventSignal = defineSignal<[EventSignal]>('event');
export const restartSignal = defineSignal<[RestartSignal]>('restart');
export const pauseSignal = defineSignal<[RunSignal?]>('pause');
export const resumeSignal = defineSignal<[RunSignal?]>('resume');
