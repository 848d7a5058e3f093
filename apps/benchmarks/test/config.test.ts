import { describe, expect, test } from "vitest";
import { CELLS, configText, parseConfig, parseNames } from "../src/config.js";

describe("configurations", () => {
  test("B32T50H128 reads as its sizes and is written as it was read", () => {
    expect(parseConfig("B32T50H128")).toEqual({ B: 32, T: 50, H: 128 });
    expect(configText(parseConfig("B1T500H64"))).toBe("B1T500H64");
  });

  test.each(["", "b32t50h128", "B32T50", "B0T50H128", "B32T50H128 ", "B3.2T50H128"])("%j is refused", (text) => {
    expect(() => parseConfig(text)).toThrow(/configuration like B32T50H128/);
  });

  test("names are read once each, in the order given, and strangers are named", () => {
    expect(parseNames("gru, lstm,gru", CELLS)).toEqual(["gru", "lstm"]);
    expect(() => parseNames("lstm,gur", CELLS)).toThrow(
      "There is no gur. There are lstm, gru, custom, lstm-eight, lstm-dropout.",
    );
  });
});
