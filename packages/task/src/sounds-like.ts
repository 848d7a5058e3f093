const SAFE = "Save the weights as safetensors, and read them with @throughtime/interop.";

/** What bytes are that are no model file, by how they begin; undefined where nothing is known, or they are a damaged model file. */
export function soundsLike(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0) return "it is empty.";
  const begin = Array.from(bytes.subarray(0, 512), (byte) => String.fromCharCode(byte)).join("");
  const text = begin.trimStart();
  const [first = 0, second = 0, third = 0] = bytes;
  if (isSafetensors(bytes)) {
    if (begin.includes("throughtime checkpoint")) return undefined;
    return "it is a safetensors file of weights alone, which does not say what model they are of. decodeSafetensors of @throughtime/interop reads it.";
  }
  if (first === 0x1f && second === 0x8b) return "it is gzipped. Unzip it first.";
  if (begin.startsWith("PK\x03\x04"))
    return `it is a zip archive, as PyTorch's .pt and Keras' .keras files are. ${SAFE}`;
  if (first === 0x80 && second <= 5) return `it is a pickle of Python, as older .pt files of PyTorch are. ${SAFE}`;
  if (begin.startsWith("\x89HDF")) {
    return "it is an HDF5 file, as Keras' .h5 files are. fromKeras of @throughtime/interop says how to read it.";
  }
  if (text.startsWith("<")) return "it is an HTML page or XML: perhaps what a server sent in place of the file.";
  if (text.startsWith("{") || text.startsWith("[")) return "it is JSON, not a model file.";
  if (text.startsWith("version https://git-lfs")) {
    return "it is a pointer of Git LFS: run `git lfs pull` for the file itself.";
  }
  if (first === 0x08 && second > 0 && second < 32 && ONNX_FIELDS.includes(third)) {
    return "it is an ONNX model. ONNX Runtime runs it; a model file for this library is the .safetensors that it was exported from.";
  }
  return undefined;
}

/** The length of a header, of eight bytes, and its first character. */
const isSafetensors = (bytes: Uint8Array): boolean => bytes[6] === 0 && bytes[7] === 0 && bytes[8] === 0x7b;

/** An ONNX model is a protobuf message. Its first field is a version; what may come next are fields 2 to 8: texts, a number, the graph. */
const ONNX_FIELDS = [0x12, 0x1a, 0x22, 0x28, 0x32, 0x3a, 0x42];
