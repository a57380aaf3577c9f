/**
 * Charts as SVG text, made here by ECharts without a browser: no script reaches the page. Colours are the stylesheet's variables, so
 * that light and dark are the reader's choice. ECharts is loaded when the first chart is drawn: most processes never show one.
 */
import type { EChartsCoreOption } from 'echarts/core';
import { html, Markup } from '../gateway/pages/markup.ts';

/** What text in a chart and its lines look like. */
export const HINT = 'var(--hint)';
export const LINE = 'var(--line)';
export const ONE = 'var(--one)';
export const TWO = 'var(--two)';
export const SOFT = 'var(--soft)';

const LARGE = 960;
const SMALL = 340;

export interface Chart {
  /** For whoever does not see it: what it shows. */
  label: string;
  /** @param width in pixels; the same chart is drawn for wide and for narrow windows */
  option: (width: number) => EChartsCoreOption;
  height: (width: number) => number;
  /** Of the large one; default 960. */
  width?: number;
}

type Drawing = (option: EChartsCoreOption, width: number, height: number) => string;
let drawing: Promise<Drawing> | null = null;

export async function chartMarkup({ label, option, height, width = LARGE }: Chart): Promise<Markup> {
  const draw = await (drawing ??= loadDrawing());
  const drawn = (size: number, name: string): Markup =>
    new Markup(withLabel(draw(option(size), size, height(size)), label, name));
  return html`${drawn(width, 'large')}${drawn(SMALL, 'small')}`;
}

async function loadDrawing(): Promise<Drawing> {
  const [{ init, use }, { BarChart, LineChart }, { GridComponent, LegendComponent }, { SVGRenderer }] =
    await Promise.all([
      import('echarts/core'),
      import('echarts/charts'),
      import('echarts/components'),
      import('echarts/renderers'),
    ]);
  use([BarChart, LineChart, GridComponent, LegendComponent, SVGRenderer]);
  return (option, width, height) => {
    const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
    try {
      chart.setOption({ animation: false, ...option });
      return plain(chart.renderToSVGString());
    } finally {
      chart.dispose();
    }
  };
}

/** Without what the policy of the pages does not allow (styles in attributes and elements) and what only scripts would use. */
function plain(svg: string): string {
  return svg
    .replaceAll(/<style[\s\S]*?<\/style>/g, '')
    .replaceAll(/ (?:class|ecmeta_[a-z_]+)="[^"]*"/g, '')
    .replaceAll(/ style="([^"]*)"/g, (_all, css: string) => attributesOf(css));
}

/** The same as attributes of SVG; the font is the page's. */
const attributesOf = (css: string): string =>
  css
    .split(';')
    .map((declaration) => declaration.split(':').map((part) => part.trim()))
    .filter(([name, value]) => (name === 'font-size' || name === 'font-weight') && value !== undefined)
    .map(([name, value]) => ` ${name}="${value}"`)
    .join('');

/** The size is the stylesheet's: only the proportions are the chart's. */
const withLabel = (svg: string, label: string, name: string): string =>
  svg.replace(/^<svg width="\d+" height="\d+"/, () => html`<svg class="${name}" role="img" aria-label="${label}"`.text);
