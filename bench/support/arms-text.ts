import type { Arms, Change, Row } from './benchmark.js';
import { goalText } from './goal-text.js';
import { tableText } from './table.js';

/** The older way, the newer and what that changes, beside what was published; then what went over the wire. */
export function armsText({ condition, labels, rounds, rows, gone, sent, calls, echo }: Arms): string {
  const head = ['', labels.rival, labels.ours, 'change', 'published', 'goal'];
  const lines = [
    ...rows.map((row) => [`  ${row.figure}`, ...cells(row), publishedCell(row.published), goalText(row, rounds)]),
    ...gone.map(({ figure, rival, published }) => [`  ${figure}`, ms(rival), 'none', 'gone', goneCell(published), '']),
  ];
  const way = `a bare echo over the same way: p50 ${ms(echo.p50)}, p95 ${ms(echo.p95)}`;
  return [condition, tableText([head, ...lines]), way, sentText(sent, labels, calls)].join('\n');
}

const cells = ({ ours, rival }: Row): string[] => [
  ms(rival),
  ms(ours),
  changeText({ by: ours - rival, percent: (ours / rival - 1) * 100 }),
];

const publishedCell = (change: Change | undefined): string =>
  change === undefined ? '' : `${ms(change.rival)} -> ${ms(change.ours)}, ${changeText(change)}`;

const goneCell = (rival: number | undefined): string => (rival === undefined ? '' : `${ms(rival)} -> none`);

const changeText = ({ by, percent }: Pick<Change, 'by' | 'percent'>): string => `${ms(by)} (${percent.toFixed(1)} %)`;

/** As it was published: two figures side by side are easier to compare when they are rounded alike. */
const ms = (value: number): string => `${value.toFixed(1)} ms`;

function sentText(sent: Arms['sent'], labels: Arms['labels'], calls: number): string {
  const methods = [...new Set([...Object.keys(sent.rival), ...Object.keys(sent.ours), 'process/read'])];
  const lines = methods.map((method) => [`  ${method}`, `${sent.rival[method] ?? 0}`, `${sent.ours[method] ?? 0}`]);
  return tableText([[`requests sent in ${calls} calls, warm-up included`, labels.rival, labels.ours], ...lines]);
}
