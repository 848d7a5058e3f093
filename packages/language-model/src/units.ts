/** Nats per token as bits per token (for characters: bits per character, BPC). */
export const bitsFromNats = (nats: number): number => nats / Math.LN2;

/** Bits per token as nats per token. */
export const natsFromBits = (bits: number): number => bits * Math.LN2;
