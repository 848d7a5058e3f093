import { type AttentionPicture, attentionFigure, sectionsPage } from "@throughtime/report";
import { options, type Said, type SavedModel } from "@throughtime/task";
import type { CaptionerDescription } from "../file/description.js";
import { count } from "./texts.js";

/** What `caption` and `eval` write for people to look at. */
export const REPORT = options({
  report: {
    ...{ type: "string", format: "folder", placeholder: "folder" },
    description: "writes a page and figures of where the model looked at each word: report.html, 1.svg, …",
  },
});

/** Characters of a page's pictures: with more it is too large for a browser. */
const MOST = 50_000_000;

/** The figures and the page of a report, as they come: picture `number` of all, from 1. Its page holds those that come first. */
export function reportFiles() {
  const shown: AttentionPicture[] = [];
  let size = 0;
  return {
    figure(picture: AttentionPicture, number: number): Said {
      size += picture.image.length;
      if (size <= MOST) shown.push(picture);
      return written(`${number}.svg`, attentionFigure(picture));
    },
    page({ path, checkpoint }: SavedModel<CaptionerDescription>, all: number): Said {
      const attends = shown.some(({ panels }) => panels.length > 0);
      const title = attends ? "Where the model looks" : "What the model says";
      const more = shown.length < all ? ` ${count(shown.length)} of ${count(all)} pictures are shown.` : "";
      const page = sectionsPage([{ kind: "attention", title, pictures: shown }], {
        title: "Captions",
        introduction: `${path}, step ${count(checkpoint.step)}.${more}`,
      });
      return written("report.html", page);
    },
  };
}

const written = (name: string, text: string): Said => ({
  files: { option: "report", contents: { [name]: new TextEncoder().encode(text) } },
});
