import { readFileSync } from "node:fs";
import { imagenet, PRESETS, preprocessing, preprocessingFor } from "@throughtime/vision";
import { expect, test } from "vitest";

const { models } = JSON.parse(readFileSync(new URL("goldens/encoders.json", import.meta.url), "utf8")) as {
  models: Readonly<Record<string, string>>;
};
const modelOf = (name: string) => new Uint8Array(Buffer.from(models[name] as string, "base64"));
const said = (text: string, name = "plain", tap = "b") => preprocessingFor(modelOf(name), [tap], text);

test("a preset's numbers are those of the networks' trainings; size and layout are the model's", () => {
  expect(said("imagenet")).toEqual(imagenet({ size: [8, 12] }));
  expect(said("bytes", "hwc")).toEqual(preprocessing({ size: [8, 12], layout: "hwc", scale: 1 }));
  expect(said("caffe")).toMatchObject({ channels: "bgr", mean: [103.939, 116.779, 123.68], scale: 1, std: [1, 1, 1] });
  expect(Object.keys(PRESETS)).toEqual(["imagenet", "caffe", "bytes"]);
});

test("JSON says fields, which stand before a preset's and the model's", () => {
  expect(said('{ "preset": "bytes", "fit": "fill", "size": [8, 24] }')).toEqual(
    preprocessing({ size: [8, 24], scale: 1, fit: "fill" }),
  );
  expect(said('{ "mean": [1, 2, 3] }')).toEqual(preprocessing({ size: [8, 12], mean: [1, 2, 3] }));
});

test("what cannot be is refused, by the option's name", () => {
  expect(() => said("resnet")).toThrow(
    '--preprocess: there is no preset "resnet"; expected imagenet, caffe, bytes, or JSON such as { "preset": "imagenet"',
  );
  expect(() => said('{ "preset": 1 }')).toThrow("--preprocess: there is no preset the number 1;");
  expect(() => said('{ "preset": "toString" }')).toThrow('there is no preset "toString"');
  expect(() => said("{ size")).toThrow(/^--preprocess: "\{ size" is not JSON: /);
  expect(() => said('{ "size": [0, 1] }')).toThrow("--preprocess: size is [0, 1]; expected [height, width]");
  expect(() => said('{ "sides": [1, 1] }')).toThrow(/^--preprocess: .*"sides"/);
  expect(() => said("imagenet", "plain", "none")).toThrow("--encoder: there is no value none in the model.");
});
