// How the runner talks with a peer: a process of its own that reads a JSON object a line and answers each with one line.
// Python peers and JavaScript peers speak it alike. What a peer's libraries print goes to stderr.

/** The work of one peer, on how many threads. */
export type Task = TrainStepTask | MatmulTask | SampleTask | CnnTask;

interface Common {
  readonly peer: string;
  readonly threads: number;
  /** A safetensors file with what the peer begins with, f32 and i32. */
  readonly inputs: string;
}

/**
 * A training step of which cell, of what size. Inputs:
 *
 *     E [V, H]   W [H, G·H]   U [H, G·H]   b [G·H]   Wo [H, V]   bo [V]   tokens [T, B]   targets [T, B]
 *
 * Inputs multiply from the left, x·W. G gates stand side by side: i f o g for "lstm", "lstm-eight" and "custom", z r n
 * for "gru", which also has bn [H], the bias of h·Un. "custom", the peephole LSTM, also has p [3H], for i f o.
 */
export interface TrainStepTask extends Common {
  readonly work: "train-step";
  readonly cell: string;
  readonly B: number;
  readonly T: number;
  readonly H: number;
  readonly V: number;
  readonly learningRate: number;
  /**
   * Where peers whose cell is written out, x·W + h·U + b, multiply the inputs by W: in every step, as the equations have it,
   * or at once before the loop, a trick that its user must know. Of no meaning to a library's own LSTM or GRU, and to us.
   */
  readonly inputProduct: "step" | "before";
}

/** One product of square matrices, a [N, N] · b [N, N]: from operands on the backend to the product on the host. */
export interface MatmulTask extends Common {
  readonly work: "matmul";
  readonly N: number;
}

/**
 * One character of the LSTM language model of a training step's inputs, B = 1: from the character before it, on the host, to the
 * logits of the next on the host, of which the likeliest is taken. The state stays on the backend.
 */
export interface SampleTask extends Common {
  readonly work: "sample";
  readonly H: number;
  readonly V: number;
}

/**
 * A training step of a small convolutional network that sorts pictures: blocks of a convolution 3 × 3, group normalization with 8
 * channels a group, and relu; all halve height and width but the last, which `position` is added before; the mean over places, a linear
 * layer, mean cross-entropy, Adam. Inputs, for each block i and at the end:
 *
 *     params.encoder.blocks.i.conv.W [O, C, 3, 3]   params.encoder.blocks.i.norm.gain and .bias [O]
 *     params.encoder.position [D, H, W]   params.output.W [D, K]   params.output.b [K]
 *     batch.pixels [B, 3, 64, 64]   batch.labels [B]
 */
export interface CnnTask extends Common {
  readonly work: "cnn";
  readonly B: number;
  readonly learningRate: number;
}

/** `T`: what a peer of the benchmark is told of its work. */
export type Request<T = Task> =
  /** Sent once, after the peer has said that it is ready. Answered with Built. */
  | { readonly do: "build"; readonly task: T }
  /** Steps of the work, each from where the one before it ended. Answered with Steps. */
  | { readonly do: "steps"; readonly count: number }
  /** Answered with Peak. */
  | { readonly do: "peak" }
  /** Not answered: the peer ends. */
  | { readonly do: "close" };

/** Said once, when everything is imported and before anything is built. */
export interface Ready {
  readonly ready: true;
  /** What runs, with versions: "PyTorch 2.13 · CPU". */
  readonly device: string;
}

/** Built and stepped once. */
export interface Built {
  /** From the first line of model code to the end of the first step. Milliseconds. */
  readonly ms: number;
  /** What the first step came to: see Steps. */
  readonly loss: number;
  /** What the peer knows of where that time went, in milliseconds. */
  readonly parts?: Readonly<Record<string, number>>;
}

export interface Steps {
  /** What each step took: from the batch on the host to the loss read. Milliseconds. */
  readonly ms: readonly number[];
  /** By what peers are compared: the loss before the update; the product's last element; the logit of the character taken. */
  readonly losses: readonly number[];
}

export interface Peak {
  /** Resident memory at its highest since ready, less what was resident then. Null where the system does not tell. */
  readonly peakBytes: number | null;
}

/** In place of an answer: why there is none. The peer is then of no more use. */
export interface Failed {
  readonly error: string;
}
