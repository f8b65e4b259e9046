function md5(text) {
  const bytes = new TextEncoder().encode(text);
  const words = new Int32Array((((bytes.length + 8) >> 6) + 1) * 16);
  bytes.forEach((byte, i) => {
    words[i >> 2] |= byte << (8 * (i & 3));
  });
  words[bytes.length >> 2] |= 0x80 << (8 * (bytes.length & 3));
  words[words.length - 2] = 8 * bytes.length;
  const shifts = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];
  const state = Int32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476);
  for (let block = 0; block < words.length; block += 16) {
    let [a, b, c, d] = state;
    for (let i = 0; i < 64; i++) {
      const round = i >> 4;
      const mixed = [(b & c) | (~b & d), (d & b) | (~d & c), b ^ c ^ d, c ^ (b | ~d)][round];
      const word = words[block + ([i, 5 * i + 1, 3 * i + 5, 7 * i][round] & 15)];
      const sum = (a + mixed + word + Math.floor(Math.abs(Math.sin(i + 1)) * 2 ** 32)) | 0;
      const shift = shifts[round][i & 3];
      [a, d, c, b] = [d, c, b, (b + ((sum << shift) | (sum >>> (32 - shift)))) | 0];
    }
    [a, b, c, d].forEach((value, i) => {
      state[i] += value;
    });
  }
  const digest = new Uint8Array(state.buffer);
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
