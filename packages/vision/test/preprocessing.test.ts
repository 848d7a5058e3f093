import { imagenet, type Preprocessing, preprocessing, readPreprocessing } from "@throughtime/vision";
import { describe, expect, test } from "vitest";

describe("preprocessing", () => {
  test("is plain JSON, and read again it is the same", () => {
    const declared = imagenet();
    expect(readPreprocessing(JSON.parse(JSON.stringify(declared)))).toEqual(declared);
    expect(declared).toEqual({
      ...{
        size: [224, 224],
        fit: "cover",
        channels: "rgb",
        scale: 1 / 255,
        layout: "chw",
        background: [255, 255, 255],
      },
      ...{ mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
    });
  });

  test("has as many means as channels, and an option that is undefined is its default", () => {
    expect(preprocessing({ size: [2, 3], channels: "gray" })).toMatchObject({ mean: [0], std: [1] });
    expect(preprocessing({ size: [2, 3], scale: undefined }).scale).toBe(1 / 255);
  });

  test("names an option that there is not", () => {
    expect(() => preprocessing({ size: [2, 3], colour: "rgb" } as never)).toThrow(/the options have "colour"/);
  });
});

const good = (): Record<string, unknown> => ({ ...preprocessing({ size: [4, 4] }) });

describe("readPreprocessing", () => {
  test.each<[string, unknown, RegExp]>([
    ["size", [0, 4], /size is \[0, 4\]; expected \[height, width\], whole numbers from 1 to 16384/],
    ["size", [4], /size is/],
    ["size", "4", /size is "4"/],
    ["size", [1e9, 1e9], /size is \[1000000000, 1000000000\]/],
    ["size", [16000, 16000], /at most 16777216 pixels/],
    ["size", [4.5, 4], /size is \[4\.5, 4\]/],
    ["fit", "crop", /fit is "crop"; expected one of "cover", "contain", "fill"/],
    ["fit", "constructor", /fit is "constructor"/],
    ["channels", "rgba", /channels is "rgba"; expected one of "rgb", "bgr", "gray"/],
    ["layout", ["chw"], /layout is/],
    ["scale", Number.NaN, /scale is NaN; expected a number from 1e-30 to 1e30/],
    ["scale", 0, /scale is 0/],
    ["scale", null, /scale is null/],
    ["mean", [0, 0], /mean is a list of 2; expected a list of 3, one per channel/],
    ["mean", [0, 0, "0"], /mean\[2\] is "0"/],
    ["mean", [0, 0, 1e300], /mean\[2\] is 1e\+300/],
    ["std", [1, 0, 1], /std\[1\] is 0/],
    ["std", { length: 3 }, /std is/],
    ["background", [0, 0, 256], /background\[2\] is 256; expected a number from 0 to 255/],
    ["background", "white", /background is "white"/],
    ["extra", 1, /there is no field "extra"/],
  ])("refuses %s of %j", (name, value, message) => {
    const attempt = () => readPreprocessing({ ...good(), [name]: value }, "model.safetensors");
    expect(attempt).toThrow(message);
    expect(attempt).toThrow(expect.objectContaining({ name: "DataError" }));
    expect(attempt).toThrow(/^model\.safetensors: /);
  });

  test.each([null, undefined, 3, "text", [1]])("refuses %j, which is no object", (value) => {
    expect(() => readPreprocessing(value)).toThrow(/expected an object/);
  });

  test.each(Object.keys(good()))("refuses a declaration without %s", (name) => {
    const { [name]: _, ...rest } = good();
    expect(() => readPreprocessing(rest)).toThrow(new RegExp(`${name} is undefined`));
  });

  test("gives an object of its own", () => {
    const given = good() as unknown as Preprocessing;
    const read = readPreprocessing(given);
    (given.mean as number[])[0] = 7;
    expect(read.mean).toEqual([0, 0, 0]);
  });
});
