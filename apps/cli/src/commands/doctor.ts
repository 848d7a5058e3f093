import { Command, Option } from "@commander-js/extra-typings";
import { DEVICES } from "../backend.js";
import { jsonOption } from "../common-options.js";
import { type Diagnosis, diagnose } from "../doctor/diagnose.js";
import { probe } from "../doctor/probe.js";
import { bytes, table } from "../format.js";
import { type CommandContext, print, printJson } from "../terminal.js";
import { examples } from "./examples.js";

/** `throughtime doctor`: what is here, what would run, and why. */
export const doctorCommand = ({ terminal: { out } }: CommandContext) =>
  new Command("doctor")
    .summary("explain what this machine can run on")
    .description("Explains what is here: Node, backends, devices and threads; what would be chosen, and why.")
    .addOption(jsonOption())
    // Each device is tried in a process of its own, which is this command with this option.
    .addOption(new Option("--probe <device>").choices(DEVICES).hideHelp())
    .addHelpText(
      "after",
      examples([
        ["throughtime doctor", "for people"],
        ["throughtime doctor --json", "for a program"],
      ]),
    )
    .action(async (options) => {
      if (options.probe !== undefined) return printJson(out, await probe(options.probe));
      const diagnosis = await diagnose();
      if (options.json) return printJson(out, diagnosis);
      print(out, report(diagnosis));
    });

function report({ versions, machine, backends, devices, chosen, advice }: Diagnosis): string {
  const mark = (ok: boolean) => (ok ? "yes" : "no ");
  return [
    `throughtime ${versions.throughtime}`,
    "",
    table(
      [
        [
          "runtime",
          `${versions.runtime}${versions.runtime.startsWith("Node") ? "" : `, compatible with Node ${versions.node}`} (Node ${versions.nodeRequired} is needed)${versions.nodeOk ? "" : ": too old; install a newer one"}`,
        ],
        ["ONNX Runtime", versions.onnxRuntime ?? "not installed"],
        ["machine", `${machine.platform} ${machine.arch}, ${machine.cpu}`],
        ["threads", `${machine.threads} at once`],
        ["memory", `${bytes(machine.memoryBytes)}, of which ${bytes(machine.freeBytes)} are free`],
      ],
      "  ",
    ),
    "",
    "Backends (--backend)",
    table(
      backends.map(({ name, available, detail }) => [name, mark(available), detail]),
      "  ",
    ),
    "",
    "Devices of ort (--device)",
    table(
      devices.map(({ name, available, detail }) => [name, mark(available), detail]),
      "  ",
    ),
    "",
    `Without options, commands run on ${chosen.backend} (${chosen.device}): ${chosen.why}`,
    ...(advice === null ? [] : ["", advice]),
  ].join("\n");
}
