import { type GgufTensor, type GgufValue, gguf } from './gguf.ts';

const EMBEDDING = 32;
const HEADS = 2;
const INNER = 64;
const PATCH = 14;
const PICTURE = 28;

/** Numbers like those of a model that has learned nothing, the same every time. */
const noise = (...shape: number[]): GgufTensor => ({ shape, at: (index) => (Math.sin((index + 1) ** 2) * 43.7) % 1 });
const ones = (...shape: number[]): GgufTensor => ({ shape, at: () => 1 });

/** A text model of one layer, whose words are single bytes. */
export function untrainedTextModel(): Buffer {
  const bytes = Array.from({ length: 256 }, (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`);
  const tokens = ['<unk>', '<s>', '</s>', ...bytes];
  const head: Record<string, GgufValue> = {
    'general.architecture': { text: 'llama' },
    'general.name': { text: 'untrained' },
    'llama.block_count': { u32: 1 },
    'llama.context_length': { u32: 2048 },
    'llama.embedding_length': { u32: EMBEDDING },
    'llama.feed_forward_length': { u32: INNER },
    'llama.attention.head_count': { u32: HEADS },
    'llama.attention.head_count_kv': { u32: HEADS },
    'llama.attention.layer_norm_rms_epsilon': { f32: 1e-5 },
    'llama.rope.dimension_count': { u32: EMBEDDING / HEADS },
    'llama.vocab_size': { u32: tokens.length },
    'tokenizer.ggml.model': { text: 'llama' },
    'tokenizer.ggml.tokens': { texts: tokens },
    'tokenizer.ggml.scores': { f32s: tokens.map(() => 0) },
    // Unknown, control, control, and bytes.
    'tokenizer.ggml.token_type': { i32s: [2, 3, 3, ...bytes.map(() => 6)] },
    'tokenizer.ggml.bos_token_id': { u32: 1 },
    'tokenizer.ggml.eos_token_id': { u32: 2 },
  };
  return gguf(head, {
    'token_embd.weight': noise(EMBEDDING, tokens.length),
    'output.weight': noise(EMBEDDING, tokens.length),
    'output_norm.weight': ones(EMBEDDING),
    'blk.0.attn_norm.weight': ones(EMBEDDING),
    'blk.0.attn_q.weight': noise(EMBEDDING, EMBEDDING),
    'blk.0.attn_k.weight': noise(EMBEDDING, EMBEDDING),
    'blk.0.attn_v.weight': noise(EMBEDDING, EMBEDDING),
    'blk.0.attn_output.weight': noise(EMBEDDING, EMBEDDING),
    'blk.0.ffn_norm.weight': ones(EMBEDDING),
    'blk.0.ffn_gate.weight': noise(EMBEDDING, INNER),
    'blk.0.ffn_up.weight': noise(EMBEDDING, INNER),
    'blk.0.ffn_down.weight': noise(INNER, EMBEDDING),
  });
}

/** Makes four words of the text model of each picture. */
export function untrainedEyes(): Buffer {
  const head: Record<string, GgufValue> = {
    'general.architecture': { text: 'clip' },
    'general.name': { text: 'untrained' },
    'clip.has_vision_encoder': { bool: true },
    'clip.projector_type': { text: 'mlp' },
    'clip.use_gelu': { bool: true },
    'clip.vision.image_size': { u32: PICTURE },
    'clip.vision.patch_size': { u32: PATCH },
    'clip.vision.embedding_length': { u32: EMBEDDING },
    'clip.vision.feed_forward_length': { u32: INNER },
    'clip.vision.projection_dim': { u32: EMBEDDING },
    'clip.vision.block_count': { u32: 2 },
    'clip.vision.attention.head_count': { u32: HEADS },
    'clip.vision.attention.layer_norm_epsilon': { f32: 1e-5 },
    'clip.vision.image_mean': { f32s: [0.5, 0.5, 0.5] },
    'clip.vision.image_std': { f32s: [0.5, 0.5, 0.5] },
  };
  return gguf(head, {
    'v.patch_embd.weight': noise(PATCH, PATCH, 3, EMBEDDING),
    'v.position_embd.weight': noise(EMBEDDING, (PICTURE / PATCH) ** 2),
    ...layer(0),
    ...layer(1),
    'mm.0.weight': noise(EMBEDDING, EMBEDDING),
    'mm.0.bias': noise(EMBEDDING),
    'mm.2.weight': noise(EMBEDDING, EMBEDDING),
    'mm.2.bias': noise(EMBEDDING),
  });
}

function layer(index: number): Record<string, GgufTensor> {
  const tensors: Record<string, GgufTensor> = {
    attn_q: noise(EMBEDDING, EMBEDDING),
    attn_k: noise(EMBEDDING, EMBEDDING),
    attn_v: noise(EMBEDDING, EMBEDDING),
    attn_out: noise(EMBEDDING, EMBEDDING),
    ln1: ones(EMBEDDING),
    ln2: ones(EMBEDDING),
    ffn_up: noise(EMBEDDING, INNER),
    ffn_down: noise(INNER, EMBEDDING),
  };
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [`v.blk.${index}.${name}.weight`, tensor]));
}
