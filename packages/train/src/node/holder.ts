import { randomUUID } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

/** A process that holds a lock, told apart from others that have or had its number. */
export interface Holder {
  readonly pid: number;
  readonly host: string;
  /** Where its number means something: the boot and the namespace of numbers. "" where the system does not say. */
  readonly space: string;
  /** When the process began, in the kernel's ticks. "" where the system does not say. */
  readonly born: string;
  /** When it took the lock, as ISO 8601. */
  readonly since: string;
  /** Another one for every lock that is taken. */
  readonly nonce: string;
}

/** This process, about to take a lock. */
export const self = (): Holder => ({
  pid: process.pid,
  host: hostname(),
  space: SPACE,
  born: processBorn(process.pid) ?? "",
  since: new Date().toISOString(),
  nonce: randomUUID(),
});

/** The holder that a lock's text names; undefined where it names none. */
export function holderOf(text: string): Holder | undefined {
  try {
    const holder = JSON.parse(text) as Partial<Holder> | null;
    const texts = [holder?.host, holder?.space, holder?.born, holder?.since, holder?.nonce];
    const whole = Number.isSafeInteger(holder?.pid) && texts.every((value) => typeof value === "string");
    return whole && /^[\w-]+$/.test(holder?.nonce as string) ? (holder as Holder) : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a holder's process is there. "elsewhere": this process cannot see it, on another machine or in another container. */
export function stateOf({ pid, host, space, born }: Holder): "alive" | "dead" | "elsewhere" {
  if (host !== hostname() || space !== SPACE) return "elsewhere";
  if (SPACE !== "") {
    const now = processBorn(pid);
    return now === undefined || (born !== "" && born !== now) ? "dead" : "alive";
  }
  try {
    process.kill(pid, 0);
    return "alive";
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH" ? "dead" : "alive";
  }
}

/** On Linux: numbers of processes begin anew with every boot, and in every container. */
const SPACE = ((): string => {
  try {
    return `${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()} ${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    return "";
  }
})();

/** When a process began; undefined where there is none, or only what a killed one leaves until its parent looks. */
function processBorn(pid: number): string | undefined {
  try {
    // "pid (name) state …"; the name may hold anything. proc(5): state is field 3, the start field 22.
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    return fields[0] === "Z" || fields[0] === "X" ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
