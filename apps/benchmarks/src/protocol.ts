// How the runner talks with a peer: a process of its own that reads a JSON object a line and answers each with one line.
// Python peers and JavaScript peers speak it alike. What a peer's libraries print goes to stderr.

/** The work of one peer: which cell, of what size, on how many threads. */
export interface Task {
  readonly peer: string;
  readonly cell: string;
  readonly B: number;
  readonly T: number;
  readonly H: number;
  readonly V: number;
  readonly threads: number;
  readonly learningRate: number;
  /**
   * Where peers whose cell is written out, x·W + h·U + b, multiply the inputs by W: in every step, as the equations have it,
   * or at once before the loop, a trick that its user must know. Of no meaning to a library's own LSTM or GRU, and to us.
   */
  readonly inputProduct: "step" | "before";
  /**
   * A safetensors file with the initial weights and the batch, f32 and i32:
   *
   *     E [V, H]   W [H, G·H]   U [H, G·H]   b [G·H]   Wo [H, V]   bo [V]   tokens [T, B]   targets [T, B]
   *
   * Inputs multiply from the left, x·W. G gates stand side by side: i f o g for "lstm", "lstm-eight" and "custom", z r n
   * for "gru", which also has bn [H], the bias of h·Un. "custom", the peephole LSTM, also has p [3H], for i f o.
   */
  readonly inputs: string;
}

/** `T`: what a peer of the benchmark is told of its work. */
export type Request<T = Task> =
  /** Sent once, after the peer has said that it is ready. Answered with Built. */
  | { readonly do: "build"; readonly task: T }
  /** Training steps on the same batch, each from where the one before it ended. Answered with Steps. */
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
  /** The first step's loss, that of the initial weights. */
  readonly loss: number;
  /** What the peer knows of where that time went, in milliseconds. */
  readonly parts?: Readonly<Record<string, number>>;
}

export interface Steps {
  /** What each step took: from the batch on the host to the loss read. Milliseconds. */
  readonly ms: readonly number[];
  /** Each step's loss, before its update. */
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
