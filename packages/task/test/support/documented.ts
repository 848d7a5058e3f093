import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Backend } from "@throughtime/core";
import type { AnyTask, ModelBytes, Releasable } from "@throughtime/task";
import { taskGuide } from "../../../../tooling/checks/lib/guide.mjs";

/** What the page's package exports. */
export interface DocumentedTask {
  readonly classifyTask: AnyTask;
  loadClassifier(
    bytes: ModelBytes,
    options: { readonly backend: Backend; readonly name?: string },
  ): Promise<
    Releasable & {
      classify(text: string): Promise<readonly { readonly label: string; readonly probability: number }[]>;
    }
  >;
}

/** The task of docs/adding-a-task.md, as it stands there. */
export async function documentedTask(): Promise<DocumentedTask> {
  const folder = mkdtempSync(join(tmpdir(), "throughtime-task-"));
  try {
    const file = join(folder, "classify.ts");
    writeFileSync(file, taskGuide().code);
    return (await import(file)) as DocumentedTask;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const WORDS = {
  en: { the: ["the", "a", "my"], who: ["dog", "child", "woman", "horse"], does: ["sees", "finds", "wants"] },
  de: { the: ["der", "ein", "mein"], who: ["Hund", "Vogel", "Mann", "Bruder"], does: ["sieht", "findet", "will"] },
  fr: { the: ["le", "un", "mon"], who: ["chien", "frère", "cheval", "chat"], does: ["voit", "trouve", "veut"] },
} as const;

/** Sentences in three languages, as lines of label, tab, text. */
export const SENTENCES: string = Object.entries(WORDS)
  .flatMap(([label, { the, who, does }]) =>
    the.flatMap((t) => who.flatMap((w) => does.flatMap((d) => who.map((x) => `${label}\t${t} ${w} ${d} ${t} ${x}`)))),
  )
  .join("\n");
