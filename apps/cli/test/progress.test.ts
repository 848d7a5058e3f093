import { describe, expect, test } from "vitest";
import { type Progress, progressView } from "../src/progress.js";

const at = (step: number, seconds: number): Progress => ({ step, loss: 2.5, unitsPerSecond: 52_000, seconds });

describe("progress where nobody looks", () => {
  const lines = (updates: readonly Progress[], from = 0) => {
    let text = "";
    const view = progressView(
      {
        write(more) {
          text += more;
        },
      },
      { total: 100, from, unit: "characters", every: { seconds: 10 } },
    );
    for (const update of updates) view.update(update);
    view.note("step 50: validation 2.0");
    view.stop();
    return text.split("\n");
  };

  test("is a line now and then, and one at the end", () => {
    expect(lines([at(1, 1), at(2, 2), at(50, 12), at(51, 12.2), at(100, 20)])).toEqual([
      "step 1 of 100 · loss 2.500 · 52k characters/s · 1:39 left",
      "step 50 of 100 · loss 2.500 · 52k characters/s · 0:12 left",
      "step 100 of 100 · loss 2.500 · 52k characters/s · 0:00 left",
      "step 50: validation 2.0",
      "",
    ]);
  });

  test("has no control characters", () => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(lines([at(1, 1), at(100, 20)]).join("")).not.toMatch(/[\u0000-\u001f\u007f]/);
  });

  test("counts time left by this process's own steps after a resume", () => {
    expect(lines([at(60, 5)], 50)[0]).toContain("0:20 left");
  });
});

describe("progress on a terminal", () => {
  test("is a bar with loss, characters per second and time left; notes stay above it; the cursor comes back", async () => {
    let text = "";
    const stream = {
      isTTY: true,
      columns: 120,
      write: (more: string) => {
        text += more;
        return true;
      },
      cursorTo: () => true,
      moveCursor: () => true,
      clearLine: () => true,
    };
    const view = progressView(stream, { total: 100, from: 0, unit: "characters" });
    view.update(at(25, 10));
    view.note("a note");
    view.stop();
    expect(text).toContain("25% · step 25/100 · loss 2.500 · 52k characters/s · 0:30 left");
    expect(text.indexOf("a note")).toBeLessThan(text.lastIndexOf("25%"));
    expect(text.lastIndexOf("\u001b[?25h")).toBeGreaterThan(text.lastIndexOf("\u001b[?25l"));
  });
});
