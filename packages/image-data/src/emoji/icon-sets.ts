/** The packages with emoji drawn by one artist each, in Iconify's JSON. Their art is not this project's: its licences are the artists'. */
export const EMOJI_SETS = [
  { artist: "twemoji", by: "Twitter", licence: "CC-BY-4.0", from: "https://github.com/jdecked/twemoji" },
  { artist: "noto", by: "Google", licence: "Apache-2.0", from: "https://github.com/googlefonts/noto-emoji" },
  { artist: "fluent-emoji-flat", by: "Microsoft", licence: "MIT", from: "https://github.com/microsoft/fluentui-emoji" },
  { artist: "noto-v1", by: "Google", licence: "Apache-2.0", from: "https://github.com/googlefonts/noto-emoji" },
  { artist: "emojione", by: "Emoji One", licence: "CC-BY-4.0", from: "https://github.com/EmojiTwo/emojitwo" },
  { artist: "fxemoji", by: "Mozilla", licence: "Apache-2.0", from: "https://github.com/mozilla/fxemoji" },
] as const;

export type EmojiArtist = (typeof EMOJI_SETS)[number]["artist"];
