export { type AttentionFigureOptions, attentionFigure } from "./attention/figure.js";
export {
  type AttentionPanel,
  type AttentionPicture,
  type AttentionPictureOptions,
  attentionPicture,
} from "./attention/picture.js";
export type { Axis, Chart, Point, Series } from "./charts/chart.js";
export { historyCsv } from "./csv.js";
export { type Epoch, epochsOf } from "./epochs.js";
export type { EndEvent, HistoryEvent, Prediction, StartEvent, StepEvent, ValidationFields } from "./events.js";
export { formatBytes, formatCount, formatDuration, formatRate } from "./format.js";
export { elapsedSeconds, type GrowingHistory, growingHistory, type History } from "./history.js";
export { type LayerSummary, layersBytes, layersOf, layersText, layersTotal } from "./layers.js";
export { escapeHtml } from "./page/html.js";
export { REPORT_MARK, type ReportOptions, type Run, reportPage, sectionsPage } from "./page/page.js";
export { historyLine, parseHistory, rewindHistory } from "./parse.js";
export { type RateTest, rateSection } from "./rate-section.js";
export type {
  AttentionSection,
  ChartSection,
  ExamplesSection,
  Section,
  SvgSection,
  TableCell,
  TableSection,
  TextSection,
} from "./section.js";
export { type Summary, summaryOf } from "./summary.js";
