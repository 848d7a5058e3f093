import stringWidth from "string-width";
import { describe, expect, test } from "vitest";
import { barLine, type Progress, progressView } from "../src/progress.js";

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

/** What stands on a terminal of so many columns after it was written to: as much of one as is needed. */
function terminal(columns: number) {
  const rows: string[][] = [[]];
  let [row, column] = [0, 0];
  const put = (character: string) => {
    if (column >= columns) [row, column] = [row + 1, 0];
    rows[row] ??= [];
    (rows[row] as string[])[column++] = character;
  };
  const obey = (parameter: string, command: string) => {
    const count = Number(parameter || 1);
    if (command === "A") row = Math.max(0, row - count);
    else if (command === "B") row += count;
    else if (command === "G") column = count - 1;
    else if (command === "K") rows[row] = parameter === "2" ? [] : (rows[row] ?? []).slice(0, column);
  };
  return {
    columns,
    rows: 24,
    isTTY: true,
    write(text: string) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal obeys them
      for (const [part, parameter, command] of text.matchAll(/\u001b\[\??([\d;]*)([A-Za-z])|[\s\S]/gu)) {
        if (command !== undefined) obey(parameter as string, command);
        else if (part === "\n") [row, column] = [row + 1, 0];
        else put(part);
      }
      return true;
    },
    shown: () => Array.from(rows, (cells) => Array.from(cells ?? [], (cell) => cell ?? " ").join("")),
  };
}

describe("progress on a terminal", () => {
  test.each([40, 60, 80, 120])("of %i columns is one line that is drawn over; notes stay above it", async (columns) => {
    const screen = terminal(columns);
    const view = progressView(
      { write: (text) => screen.write(text), screen },
      { total: 2128, from: 0, unit: "characters" },
    );
    const long = "步".repeat(columns);
    for (let step = 1; step <= 2128; step += 709) {
      view.update({ ...at(step, step), loss: step });
      view.note(`step ${step}: a note`);
    }
    view.note(long);
    view.update(at(2128, 10));
    view.stop();
    const shown = screen.shown();
    const notes = [1, 710, 1419, 2128].map((step) => `step ${step}: a note`);
    expect(shown.slice(0, 4)).toEqual(notes);
    expect(shown.filter((line) => line.includes("step 2128/2128"))).toHaveLength(1);
    expect(shown.filter((line) => line.includes("loss"))).toHaveLength(1);
    expect(shown.at(-1)).toBe("");
    for (const line of shown) expect(line.length).toBeLessThanOrEqual(columns);
  });

  test("fits any width, in columns and not in characters", () => {
    const shown = { loss: "2.500", rate: "52k", left: "12:30" };
    for (let width = 1; width < 130; width++) {
      for (const unit of ["characters", "漢字", "👩‍👩‍👧"]) {
        expect(stringWidth(barLine(38, 2128, unit, shown, width))).toBeLessThanOrEqual(width);
      }
    }
    expect(barLine(532, 2128, "characters", shown, 119)).toBe(
      `${"█".repeat(6)}${"░".repeat(18)} 25% · step 532/2128 · loss 2.500 · 52k characters/s · 12:30 left`,
    );
    expect(barLine(532, 2128, "characters", shown, 79)).toMatch(/^█+░+ 25% · step 532\/2128 · .* left$/u);
    expect(barLine(532, 2128, "characters", shown, 40)).toBe("25% · step 532/2128 · loss 2.500 · 12:3…");
  });
});
