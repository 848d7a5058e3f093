import { type Backend, compile, ndarray, putOnBackend, ReleasedError, release, type Tensor } from "@throughtime/core";
import type { DecodeStep } from "@throughtime/decode";
import type { LanguageModel } from "./model.js";

/** A state of one sequence: before the first token on the host, then on the backend. */
export type ReaderState = { readonly state: unknown };

/** A model that reads one token at a time, as `generate` of @throughtime/decode asks for it. */
export interface TokenReader {
  /** The state before the first token. */
  readonly state: ReaderState;
  /** Reads a token; gives the logits [V] of the next. Consumes the state: each can be read on from once. */
  readonly step: DecodeStep<ReaderState>;
  /** Frees the parameters that the reader put on the backend, and every state that was not read on from. */
  release(): void;
}

/**
 * Compiles a model's step for one sequence, with its parameters on the backend.
 *
 * @example
 * const reader = await tokenReader(backend, model, params);
 * for await (const token of generate({ ...reader, prime, length: 200, sampler: sampler(), key: key(0) })) …
 */
export async function tokenReader<P, S, N>(
  backend: Backend,
  model: LanguageModel<P, S, N>,
  params: unknown,
): Promise<TokenReader> {
  const placed = await putOnBackend(backend, params);
  const readers = tokenReaders(backend, model, placed.tree);
  return {
    ...readers.begin(),
    release() {
      readers.release();
      placed.release();
    },
  };
}

/** Readers of any number of texts, also at the same time, of which `release` frees the states alone: the step is compiled once for all. */
export interface TokenReaders {
  begin(): TokenReader;
  /** Frees every reader's states, and the compiled step. */
  release(): void;
}

/** `params`: on the backend. */
export function tokenReaders<P, S, N>(backend: Backend, model: LanguageModel<P, S, N>, params: unknown): TokenReaders {
  const step = compile(backend, (state: unknown, p: unknown, token: Tensor) => model.step(p as P, token, state as S), {
    donate: 0,
  });
  const readers = new Set<TokenReader>();
  return {
    begin() {
      const live = new Set<unknown>();
      let released = false;
      const reader: TokenReader = {
        state: { state: model.initialState(1) },
        async step({ state }, token) {
          const result = await step(state, params, ndarray([token], { dtype: "i32" }));
          live.delete(state);
          if (released) {
            release(backend, result);
            throw new ReleasedError(
              "tokenReader: it was released while it read a token. Release it when the text is through.",
            );
          }
          live.add(result.state);
          const { data } = await backend.download(result.logits);
          backend.release(result.logits);
          return { state: { state: result.state }, logits: data };
        },
        release() {
          released = true;
          for (const state of live) release(backend, state);
          live.clear();
          readers.delete(reader);
        },
      };
      readers.add(reader);
      return reader;
    },
    release() {
      for (const reader of readers) reader.release();
      step.release();
    },
  };
}
