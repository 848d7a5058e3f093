import { releasable } from "@throughtime/task";
import { expect, test } from "vitest";

test("what is releasable is released once, by release or at the end of a block with using", () => {
  let times = 0;
  const value = releasable({ name: "a" }, () => times++);
  expect(value.name).toBe("a");
  value.release();
  value.release();
  expect(times).toBe(1);
  if (!Symbol.dispose) return;
  {
    using other = releasable({ name: "b" }, () => times++);
    expect(other.name).toBe("b");
    expect(times).toBe(1);
  }
  expect(times).toBe(2);
});
