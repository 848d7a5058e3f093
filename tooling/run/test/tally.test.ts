import { expect, test } from "vitest";
import { add, summary, tallyVitest } from "../tally.mjs";

const report = { numPassedTests: 3, numFailedTests: 0, numPendingTests: 1, numTodoTests: 1, testResults: [] };

test("a good run counts its tests, and todo tests as skipped", () => {
  expect(tallyVitest(report, 0)).toEqual({ passed: 3, failed: 0, skipped: 2 });
});

test("a test file that does not load counts as a failure", () => {
  const testResults = [{ status: "failed", assertionResults: [] }];
  expect(tallyVitest({ ...report, testResults }, 1).failed).toBe(1);
});

test("a run that ends badly counts as a failure even if every test passed or nothing was reported", () => {
  expect(tallyVitest(report, 1).failed).toBe(1);
  expect(tallyVitest(undefined, 1).failed).toBe(1);
});

test("the summary is the line that tools read", () => {
  const one = { passed: 1, failed: 2, skipped: 3 };
  expect(summary(add(one, one))).toBe("2 passed, 4 failed, 6 skipped");
});
