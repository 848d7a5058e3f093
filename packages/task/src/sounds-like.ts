/** What bytes are that are no safetensors file, by how they begin; undefined where nothing is known. */
export function soundsLike(bytes: Uint8Array): string | undefined {
  const text = Array.from(bytes.subarray(0, 64), (byte) => String.fromCharCode(byte))
    .join("")
    .trimStart();
  if (bytes.length === 0) return "it is empty.";
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return "it is gzipped. Unzip it first.";
  if (text.startsWith("PK\x03\x04")) {
    return "it is a zip archive, as PyTorch's .pt and Keras' .keras files are. Save the weights as safetensors, and read them with @throughtime/interop.";
  }
  if (text.startsWith("\x89HDF"))
    return "it is an HDF5 file, as Keras' .h5 files are. fromKeras of @throughtime/interop says how to read it.";
  if (text.startsWith("<")) return "it is an HTML page or XML: perhaps what a server sent in place of the file.";
  if (text.startsWith("{") || text.startsWith("[")) return "it is JSON, not a model file.";
  if (text.startsWith("version https://git-lfs"))
    return "it is a pointer of Git LFS: run `git lfs pull` for the file itself.";
  // An ONNX model is a protobuf message, whose first field is its version.
  if (bytes[0] === 0x08 && (bytes[1] ?? 99) < 20 && /onnx|throughtime|pytorch/i.test(text)) {
    return "it is an ONNX model. ONNX Runtime runs it; a model file for this library is the .safetensors that it was exported from.";
  }
  return undefined;
}
