/**
 * A report to look at: one SVG that needs nothing else.
 *
 *   label   |      1    ──●──  ┃      |   2.1 times as fast: ...
 *                  │     │     └ target
 *                  │     └ median of the rounds between least and most
 *                  └ as good as the other
 */
import { type PictureLine, pictureLines, type RatioLine } from './picture-lines.js';
import { machineLine, type Report } from './report.js';

const WIDTH = 1240;
const MARGIN = 24;
/** Where the ratios are drawn, on a logarithmic scale. */
const PLOT = { left: 300, right: 780 };
const TEXT_LEFT = PLOT.right + 20;
const TOP = 112;
const LINE_HEIGHT = 24;

const COLORS = {
  paper: '#ffffff',
  ink: '#1b1f24',
  quiet: '#667080',
  grid: '#e3e7ec',
  spread: '#2f6fb3',
  reached: '#1a7f4b',
  missed: '#c2401c',
  undecided: '#667080',
} as const;

/** Text that no line of the grid goes through. */
const OVER_GRID = `paint-order="stroke" stroke="${COLORS.paper}" stroke-width="6"`;

export function pictureOf(report: Report): string {
  const lines = pictureLines(report);
  const at = scale(lines);
  const bottom = TOP + lines.length * LINE_HEIGHT;
  const height = bottom + 60;
  const rows = lines.map((line, nth) => drawLine(line, TOP + (nth + 0.5) * LINE_HEIGHT, at));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" font-family="system-ui, sans-serif" font-size="13" fill="${COLORS.ink}">
<title>${escaped(titleOf(report))}</title>
<rect width="${WIDTH}" height="${height}" fill="${COLORS.paper}"/>
${text(MARGIN, 32, titleOf(report), 'font-size="18" font-weight="600"')}
${text(MARGIN, 54, `${report.at}, ${machineLine(report.machine)}`, `fill="${COLORS.quiet}" font-size="12"`)}
${legend(74)}
${grid(at, bottom)}
${rows.join('\n')}
</svg>
`;
}

const titleOf = ({ effort }: Report): string =>
  effort === 'quick' ? 'Times as good (quick: these figures mean nothing)' : 'Times as good';

/** What a line of the picture is about decides how it is drawn; `y` is its middle. */
function drawLine(line: PictureLine, y: number, at: Scale): string {
  switch (line.is) {
    case 'bench':
      return text(MARGIN, y + 5, line.text, `font-weight="600" font-size="15" ${OVER_GRID}`);
    case 'question':
      return text(MARGIN, y + 3, line.text, `fill="${COLORS.quiet}" font-size="12" ${OVER_GRID}`);
    case 'condition':
      return text(MARGIN + 12, y + 5, line.text, `font-weight="600" ${OVER_GRID}`);
    case 'note':
      return [text(MARGIN + 24, y + 5, line.label), text(TEXT_LEFT, y + 5, line.text)].join('\n');
    case 'ratio':
      return drawRatio(line, y, at);
  }
}

function drawRatio({ label, text: told, ratio, target, published }: RatioLine, y: number, at: Scale): string {
  const parts = [
    text(MARGIN + 24, y + 5, label),
    text(TEXT_LEFT, y + 5, target === undefined ? told : `${told} (${target.is})`),
    verticalLine(at.x(ratio.least), y, 4, `stroke="${COLORS.spread}"`),
    verticalLine(at.x(ratio.most), y, 4, `stroke="${COLORS.spread}"`),
    `<line x1="${at.x(ratio.least)}" x2="${at.x(ratio.most)}" y1="${y}" y2="${y}" stroke="${COLORS.spread}" stroke-width="2"/>`,
    `<circle cx="${at.x(ratio.median)}" cy="${y}" r="5" fill="${COLORS.spread}"/>`,
  ];
  if (target !== undefined) parts.push(verticalLine(at.x(target.ratio), y, 10, targetStroke(target.is)));
  if (published !== undefined) parts.push(publishedMark(at.x(published), y));
  return parts.join('\n');
}

const verticalLine = (x: number, y: number, half: number, stroke: string): string =>
  `<line x1="${x}" x2="${x}" y1="${y - half}" y2="${y + half}" ${stroke}/>`;

const targetStroke = (is: 'reached' | 'missed' | 'undecided'): string => `stroke="${COLORS[is]}" stroke-width="3"`;

const publishedMark = (x: number, y: number): string =>
  `<circle cx="${x}" cy="${y}" r="5" fill="${COLORS.paper}" stroke="${COLORS.ink}"/>`;

function legend(y: number): string {
  return [
    `<circle cx="${MARGIN + 5}" cy="${y}" r="5" fill="${COLORS.spread}"/>`,
    text(MARGIN + 18, y + 5, 'median of the rounds, least to most'),
    verticalLine(300, y, 8, targetStroke('reached')),
    text(310, y + 5, 'target, reached'),
    verticalLine(430, y, 8, targetStroke('missed')),
    text(440, y + 5, 'target, missed'),
    publishedMark(560, y),
    text(572, y + 5, 'published'),
    text(660, y + 5, 'right of 1 is better', `fill="${COLORS.quiet}"`),
  ].join('\n');
}

interface Scale {
  /** Where a ratio is drawn. */
  x(ratio: number): number;
  /** Ratios that have a line of their own. */
  readonly ticks: readonly number[];
}

const STEPS = [1, 2, 5];

function scale(lines: readonly PictureLine[]): Scale {
  const drawn = lines.flatMap((line) => (line.is === 'ratio' ? ratiosOf(line) : []));
  const least = Math.min(1, ...drawn) / 1.15;
  const most = Math.max(2, ...drawn) * 1.15;
  const decades = Array.from({ length: 13 }, (_, nth) => 10 ** (nth - 6));
  return {
    x: (ratio) => round(PLOT.left + (Math.log(ratio / least) / Math.log(most / least)) * (PLOT.right - PLOT.left)),
    ticks: decades
      .flatMap((decade) => STEPS.map((step) => step * decade))
      .filter((tick) => tick >= least && tick <= most),
  };
}

const ratiosOf = ({ ratio, target, published }: RatioLine): number[] =>
  [ratio.least, ratio.most, target?.ratio, published].filter((one) => one !== undefined);

function grid({ x, ticks }: Scale, bottom: number): string {
  return ticks
    .map((tick) => {
      const stroke = tick === 1 ? COLORS.ink : COLORS.grid;
      const line = `<line x1="${x(tick)}" x2="${x(tick)}" y1="${TOP}" y2="${bottom + 8}" stroke="${stroke}"/>`;
      return `${line}\n${text(x(tick), bottom + 26, `${Number(tick.toPrecision(1))}`, 'text-anchor="middle"')}`;
    })
    .join('\n');
}

const text = (x: number, y: number, said: string, attributes = ''): string =>
  `<text x="${x}" y="${y}"${attributes === '' ? '' : ` ${attributes}`}>${escaped(said)}</text>`;

const round = (value: number): number => Math.round(value * 10) / 10;

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (said: string): string => said.replace(/[&<>"]/g, (character) => ENTITIES[character]!);
