import type { Backend, Key } from "@throughtime/core";
import type { OnnxRuntime } from "@throughtime/onnx";
import type { Json, LossInputs, LossResult, Source, StepDims, TrainOptions } from "@throughtime/train";
import type { Files } from "./files.js";
import type { Host } from "./host.js";
import type { Saved } from "./model-file.js";
import type { Options, OptionValues } from "./options.js";
import type { TrainingValues } from "./training-options.js";

/**
 * All that a command line, a page or a program needs to train one kind of model and to use it. A plain value: whoever has a list of
 * tasks knows nothing of any one. `D`: what a model file of it says beside its tensors, as `read` gives it.
 */
export interface Task<D = unknown, O extends Options = Options> {
  /** The word for it: `throughtime train lm`. */
  readonly name: string;
  /** What model files call it: "language-model". */
  readonly kind: string;
  /** What messages call a model of it: "language model". */
  readonly noun: string;
  /** The function that opens a model file of it in a program: "loadLanguageModel of @throughtime/language-model". */
  readonly loader: string;
  readonly train: Trained<D, O>;
  /**
   * A file's description, of which nothing was believed before: what the model is built from. Throws CheckpointError where it is not of
   * this task's model, or too large for the tensors beside it.
   */
  read(file: Saved): D;
  /** `throughtime eval MODEL`: how good a model is. */
  readonly evaluate: Use<D>;
  /** What a model does with an input, each a command: `throughtime sample MODEL`. */
  readonly uses: readonly Use<D>[];
  /** `throughtime export MODEL`: a model as files for other runtimes. Absent where there is no export. */
  readonly export?: Export<D>;
}

/** A file's name, and what is in it. */
export type FilesByName = Readonly<Record<string, Uint8Array>>;

/** A command, and what it shows: `["throughtime train lm", "Moby Dick, four epochs"]`. */
export type Example = readonly [command: string, what: string];

/** `throughtime train NAME`. */
export interface Trained<D, O extends Options> {
  /** One line, for the list of commands. */
  readonly summary: string;
  /** A few sentences, for `--help`. */
  readonly description: string;
  /** Beside those of `trainingOptions`, which it includes. */
  readonly options: O;
  readonly examples: readonly Example[];
  /** Passes over the data where nothing else is said. */
  readonly epochs: number;
  /** Of the options, those that a value of others sets where they are not given (a preset). A training that goes on has its own. Default: none. */
  preset?(values: OptionValues<O> & TrainingValues): Readonly<Record<string, unknown>>;
  /**
   * Reads the data, makes vocabularies, and says what is to be trained, without making it. Throws OptionError for options that do not go
   * together, DataError for data that cannot be learned from, or for others than a training that goes on has learned.
   */
  prepare(values: OptionValues<O> & TrainingValues, context: PrepareContext<D>): Promise<Prepared>;
}

export interface PrepareContext<D> {
  readonly files: Files;
  /** Pictures, ONNX Runtime and what else is not everywhere. */
  readonly host: Host;
  /** Whether an option was chosen, and is not a default. */
  isGiven(name: string): boolean;
  /** The training that is gone on with. */
  readonly earlier?: SavedModel<D> | undefined;
  /** A trained model of this task, by its path. */
  model(path: string): Promise<SavedModel<D>>;
}

/** A model file, and its description as its task reads it. */
export interface SavedModel<D> extends Saved {
  readonly description: D;
}

/** What is to be trained. `B`, `C`: trees of host data, a batch and the state carried from one to the next. */
// biome-ignore lint/suspicious/noExplicitAny: batches are of one task, which whoever trains any does not know.
export interface Prepared<B = any, C = any> {
  /** What a model file is to say: all that the model is built from, and which data it learned. Plain JSON. */
  readonly description: Readonly<Record<string, Json>>;
  /** Options that the data, or a model that it begins with, decide: the model file keeps them so. Default: none. */
  readonly options?: Readonly<Record<string, Json>>;
  /** About how many numbers the model learns: known before memory is asked for. `sizeOptions`: the options that make it so large. */
  readonly size: number;
  readonly sizeOptions: string;
  /** First values of all parameters; those of a model that it begins with, where there is one. */
  init(key: Key): unknown;
  /** A `Loss` of `train`, whose parameters are those of `init`. */
  loss(params: unknown, inputs: LossInputs<B, C, unknown>): LossResult<C>;
  readonly source: Source<B>;
  readonly stepsPerEpoch: number;
  /** One pass over it is one validation. Absent where nothing is kept to validate on. */
  readonly validation?:
    | {
        readonly source: Source<B>;
        loss?(params: unknown, inputs: LossInputs<B, C, unknown>): LossResult<C>;
        readonly carry?: C;
        /** Default: `dims`. */
        readonly dims?: Pick<StepDims, "batch">;
      }
    | undefined;
  readonly carry?: C;
  readonly dims?: StepDims;
  noise?(key: Key, batch: B): unknown;
  /**
   * What a training has in place of the above that learns from what the model itself says, by `rollout` of `train`. Its validation
   * loss does not tell the best model, so that the last one alone is kept.
   */
  rollout?(backend: Backend): Pick<TrainOptions<unknown, B, C>, "rollout" | "loss" | "noise" | "dims">;
  /** Multiplies the learning rate of the update after so many. Default: 1. */
  factor?(step: number): number;

  /** Files that belong beside the model's file, which cannot be used without them. Default: none. */
  readonly files?: FilesByName;

  /** What throughput counts: "characters". */
  readonly unit: string;
  /** Lines about the data and the model, for people, and the same for programs. */
  readonly introduction: readonly string[];
  readonly facts: object;
  /** A validation loss in all the units that people quote. */
  lossText(nats: number): string;
  /** What the newest parameters say of validation inputs. */
  validated?(now: Moment): Promise<Validated>;
  /** Frees what its sources hold open, when nothing more is read of them. */
  release?(): Promise<void>;
}

/** A moment of a training. */
export interface Moment {
  readonly backend: Backend;
  readonly step: number;
  /** The newest parameters, on the host. */
  readonly params: unknown;
  /** Randomness of this step. */
  readonly key: Key;
}

/**
 * What is told of a validation beside its loss: `fields` for programs and for the history, `notes` for people. The report draws the fields
 * `sample` (a text), `examples` (a list of `{ input, output, expected }`), `scores` (numbers by name) and `sections`, which are
 * texts, tables, charts and pictures as @throughtime/report's `Section` has them. Other fields may have any name and value.
 */
export interface Validated {
  readonly fields?: Readonly<Record<string, Json>>;
  readonly notes?: readonly string[];
}

/** A command that uses a trained model. */
export interface Use<D = unknown, O extends Options = Options> {
  readonly name: string;
  readonly summary: string;
  readonly description: string;
  readonly options: O;
  /** Arguments after the model's path. Default: none. */
  readonly inputs?: readonly Input[];
  readonly examples: readonly Example[];
  run(saved: SavedModel<D>, values: OptionValues<O>, context: UseContext): AsyncIterable<Said>;
}

/** An argument of a command. */
export interface Input {
  readonly name: string;
  readonly description: string;
  readonly required?: boolean;
  /** Any number of them; only the last argument can be so. */
  readonly many?: boolean;
}

export interface UseContext {
  readonly files: Files;
  /** Pictures, ONNX Runtime and what else is not everywhere. */
  readonly host: Host;
  isGiven(name: string): boolean;
  readonly inputs: readonly string[];
  /** Where the model runs; opened when it is first asked for, so that what is wrong with inputs is said before. The caller closes it. */
  backend(): Promise<Backend>;
  /** Aborted where the user wants no more. */
  readonly signal: AbortSignal;
  /** Called by what ends by itself when the signal is aborted. */
  stopsItself(): void;
}

/** A piece of what a use has to say. Whoever shows it picks what fits: texts for people, JSON for programs. */
export interface Said {
  /** As it is, with ends of lines where they belong. */
  readonly text?: string;
  readonly json?: object;
  /** What went wrong without being the end: it is shown, and the command fails when it is through. */
  readonly problem?: string;
  /** It stopped before it was through, since the user wanted no more. What goes on until then, as a text without an end, does not say so. */
  readonly interrupted?: true;
  /** A file for the folder that the option of this name names. */
  readonly files?: { readonly option: string; readonly contents: FilesByName };
}

/** `throughtime export`. */
export interface Export<D = unknown> {
  /** A few sentences about which files it writes. */
  readonly description: string;
  /** The files, after they were run and agree with the model. Throws CompileError where they do not. */
  write(saved: SavedModel<D>, context: ExportContext): Promise<Exported>;
}

export interface ExportContext {
  readonly backend: Backend;
  /** The module onnxruntime-node or onnxruntime-web. */
  readonly runtime: OnnxRuntime;
  /** What the files say of who wrote them. */
  readonly writer: string;
}

export interface Exported {
  readonly files: FilesByName;
  /** How many values were compared, the largest difference relative to max(1, |value|), and what was allowed. */
  readonly values: number;
  readonly largest: number;
  readonly tolerance: number;
}

/** Any task: its description and options are its own business. */
// biome-ignore lint/suspicious/noExplicitAny: what is read and what is used are of one task, which a list of tasks cannot say.
export type AnyTask = Task<any, any>;
