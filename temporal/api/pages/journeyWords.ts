/** Numbers and states of journeys as the pages show them. */
import type { JourneyState } from '../../domain/journey.ts';
import type { Revenue } from '../../domain/reports/messageReport.ts';
import { MOST_COUNTED } from '../../store/operator/journeyWindow.ts';
import type { BoundedCount } from '../../store/operator/journeyFigures.ts';
import { html, type Markup } from '../gateway/pages/markup.ts';
import { STATE_WORDS } from './runWords.ts';
import { count, money } from './shown.ts';

export const stateBadge = (state: JourneyState): Markup =>
  html`<span class="badge ${state === 'active' ? 'good' : state === 'paused' ? 'held' : ''}"
    >${STATE_WORDS[state]}</span
  >`;

export const boundedWords = ({ count: counted, isMore }: BoundedCount): string =>
  isMore ? `more than ${count(MOST_COUNTED)}` : count(counted);

export const revenueWords = (revenue: readonly Revenue[]): string =>
  revenue.length === 0 ? '–' : revenue.map(({ revenueMinor, currency }) => money(revenueMinor, currency)).join(' + ');
