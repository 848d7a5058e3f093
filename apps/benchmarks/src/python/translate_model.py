"""The translator as a PyTorch user writes it, after Bahdanau, Cho & Bengio 2015: an encoder of nn.Embedding and a
bidirectional nn.GRU, additive attention with a mask, a decoder step around a GRU of one step, and a loop over the
target's words.

`product` says where the product with the vocabulary is: "step", in the loop, as it is written in tutorials, or "after", one
product for all words of the batch (a harder opponent). Sizes are those of the arrays that a model is made of.
"""

import torch
from torch import nn
from torch.nn import functional


def gate_rows(matrix):
    """[D, 3H] with gates z r n → PyTorch's [3H, D] with r z n."""
    z, r, n = matrix.chunk(3, dim=-1)
    return torch.cat([r, z, n], dim=-1).t().contiguous()


def load_gru(module, arrays, suffix):
    """W [D, 3H], U [H, 3H], b [3H], bn [H] into a layer of nn.GRU. PyTorch has two biases for every gate."""
    H = arrays["U"].shape[0]
    z, r, n = arrays["b"].chunk(3)
    second = torch.zeros(3 * H)
    second[2 * H :] = arrays["bn"]
    values = {
        "weight_ih": gate_rows(arrays["W"]),
        "weight_hh": gate_rows(arrays["U"]),
        "bias_ih": torch.cat([r, z, n]),
        "bias_hh": second,
    }
    for name, value in values.items():
        getattr(module, f"{name}_l0{suffix}").copy_(value)


class Translator(nn.Module):
    def __init__(self, sizes, dropout, product):
        super().__init__()
        E, H, A = sizes["E"], sizes["H"], sizes["A"]
        self.product = product
        self.vocabulary = sizes["Vt"]
        self.source = nn.Embedding(sizes["Vs"], E)
        self.encoder = nn.GRU(E, H, bidirectional=True)
        self.bridge = nn.Linear(2 * H, H)
        self.memory_keys = nn.Linear(2 * H, A)
        self.query = nn.Linear(H, A, bias=False)
        self.score = nn.Linear(A, 1, bias=False)
        self.target = nn.Embedding(sizes["Vt"], E)
        self.decoder = nn.GRU(E + 2 * H, H)
        self.output = nn.Linear(H + 2 * H + E, sizes["Vt"])
        self.dropout = nn.Dropout(dropout)

    def encode(self, source, lengths):
        """source [S, B], lengths [B] → memory [B, S, 2H], its keys [B, S, A], mask [B, S], state [B, H]."""
        embedded = self.dropout(self.source(source))
        packed = nn.utils.rnn.pack_padded_sequence(embedded, lengths, enforce_sorted=False)
        outputs, hidden = self.encoder(packed)
        outputs, _ = nn.utils.rnn.pad_packed_sequence(outputs, total_length=source.shape[0])
        memory = outputs.transpose(0, 1).contiguous()
        mask = torch.arange(source.shape[0])[None, :] < lengths[:, None]
        state = torch.tanh(self.bridge(torch.cat([hidden[0], hidden[1]], dim=1)))
        return memory, self.memory_keys(memory), mask, state

    def look(self, state, memory, keys, mask):
        scores = self.score(torch.tanh(keys + self.query(state)[:, None, :])).squeeze(2)
        weights = functional.softmax(scores.masked_fill(~mask, -1e10), dim=1)  # [B, S]
        return torch.bmm(weights[:, None, :], memory).squeeze(1), weights

    def step(self, embedded, state, memory, keys, mask):
        """One word [B, E] → what the next is predicted from [B, 3H + E], the state [B, H] and where it looked."""
        context, weights = self.look(state, memory, keys, mask)
        _, hidden = self.decoder(torch.cat([embedded, context], dim=1)[None], state[None])
        state = hidden[0]
        return torch.cat([state, context, embedded], dim=1), state, weights

    def forward(self, source, lengths, words):
        """Teacher forcing: words [T, B] → logits [T, B, V]."""
        memory, keys, mask, state = self.encode(source, lengths)
        outputs = []
        for word in words:
            embedded = self.dropout(self.target(word))
            features, state, _ = self.step(embedded, state, memory, keys, mask)
            outputs.append(self.output(features) if self.product == "step" else features)
        stacked = torch.stack(outputs)
        return stacked if self.product == "step" else self.output(stacked)

    @torch.no_grad()
    def load(self, arrays):
        """Ours, by their paths in the tree of parameters."""

        def under(prefix):
            return {name[len(prefix) :]: value for name, value in arrays.items() if name.startswith(prefix)}

        self.source.weight.copy_(arrays["source.E"])
        load_gru(self.encoder, under("encoder.forward."), "")
        load_gru(self.encoder, under("encoder.backward."), "_reverse")
        for linear, W, b in [
            (self.bridge, "bridge.h.W", "bridge.h.b"),
            (self.memory_keys, "decoder.attention.U", "decoder.attention.b"),
            (self.query, "decoder.attention.W", None),
            (self.output, "output.W", "output.b"),
        ]:
            linear.weight.copy_(arrays[W].t())
            if b:
                linear.bias.copy_(arrays[b])
        self.score.weight.copy_(arrays["decoder.attention.v"][None])
        self.target.weight.copy_(arrays["target.E"])
        load_gru(self.decoder, under("decoder.cell."), "")
        return self


def sizes_of(arrays):
    E = arrays["source.E"].shape[1]
    A = arrays["decoder.attention.v"].shape[0]
    H = arrays["decoder.cell.U"].shape[0]
    return {"Vs": arrays["source.E"].shape[0], "Vt": arrays["target.E"].shape[0], "E": E, "H": H, "A": A}


def loss_of(logits, words, lengths):
    """The mean over the words that count. words [T, B], lengths [B]."""
    live = torch.arange(words.shape[0])[:, None] < lengths[None, :]
    targets = words.masked_fill(~live, -100)
    return functional.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=-100)
