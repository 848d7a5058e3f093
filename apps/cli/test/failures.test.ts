import { DataError, OptionError } from "@throughtime/core";
import { describe, expect, test } from "vitest";
import { failureOf } from "../src/failures.js";

describe("a failure", () => {
  test("that a user can do something about is one line without a stack", () => {
    expect(failureOf(new DataError("the file is\nempty."), false)).toEqual({
      exitCode: 1,
      text: "throughtime: the file is empty.",
    });
  });

  test("of an option is wrong usage", () => {
    expect(failureOf(new OptionError("topP must be in (0, 1]."), false).exitCode).toBe(2);
  });

  test("shows its stack where that is asked for", () => {
    expect(failureOf(new DataError("empty."), true).text).toMatch(/^throughtime: empty\.\nDataError: empty\.\n\s+at /);
  });

  test("that is a bug always shows its stack", () => {
    const { exitCode, text } = failureOf(new TypeError("x is not a function"), false);
    expect(exitCode).toBe(1);
    expect(text).toMatch(/should not have happened.*\nTypeError: x is not a function\n\s+at /);
    expect(failureOf("thrown text", false).text).toContain("thrown text");
  });
});
