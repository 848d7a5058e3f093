"""The captioner with soft attention as a careful PyTorch user writes it, after Xu et al. 2015: the keys of all places are made once,
nn.LSTMCell in a loop over the words, and deep output and the product with the vocabulary once for all words.

Sizes are those of the arrays that a model is made of.
"""

import torch
from torch import nn
from torch.nn import functional


class Captioner(nn.Module):
    def __init__(self, V, E, D, H, A):
        super().__init__()
        self.words = nn.Embedding(V, E)
        self.keys = nn.Linear(D, A)
        self.query = nn.Linear(H, A, bias=False)
        self.score = nn.Linear(A, 1, bias=False)
        self.gate = nn.Linear(H, 1)
        self.first_h = nn.Linear(D, H)
        self.first_c = nn.Linear(D, H)
        self.cell = nn.LSTMCell(E + D, H)
        # PyTorch has two biases for every gate, ours is without the second.
        nn.init.zeros_(self.cell.bias_hh).requires_grad_(False)
        self.hidden = nn.Linear(H, E)
        self.context = nn.Linear(D, E, bias=False)
        self.output = nn.Linear(E, V)

    def forward(self, grid, words):
        """grid [B, L, D], words [T, B] → logits [T, B, V], weights [T, B, L]"""
        keys = self.keys(grid)  # [B, L, A]
        mean = grid.mean(dim=1)
        h, c = torch.tanh(self.first_h(mean)), torch.tanh(self.first_c(mean))
        embedded = self.words(words)  # [T, B, E]
        hs, zs, looked = [], [], []
        for x in embedded:
            scores = self.score(torch.tanh(keys + self.query(h)[:, None, :])).squeeze(2)
            weights = functional.softmax(scores, dim=1)  # [B, L]
            context = torch.bmm(weights[:, None, :], grid).squeeze(1)  # [B, D]
            z = torch.sigmoid(self.gate(h)) * context
            h, c = self.cell(torch.cat([x, z], dim=1), (h, c))
            hs.append(h)
            zs.append(z)
            looked.append(weights)
        features = embedded + self.hidden(torch.stack(hs)) + self.context(torch.stack(zs))
        return self.output(features), torch.stack(looked)

    def loss(self, grid, words, targets):
        """Cross-entropy and the doubly stochastic penalty, both for each word."""
        logits, looked = self(grid, words)
        unseen = ((1 - looked.sum(dim=0)) ** 2).sum()
        return functional.cross_entropy(logits.flatten(0, 1), targets.flatten()) + unseen / targets.numel()


@torch.no_grad()
def captioner_of(arrays):
    """Ours, by their paths in the tree of parameters."""
    V, E = arrays["words.E"].shape
    D, A = arrays["decoder.attention.U"].shape
    model = Captioner(V, E, D, arrays["decoder.cell.U"].shape[0], A)

    def gates(matrix):
        """i f o g → i f g o"""
        i, f, o, g = matrix.chunk(4, dim=-1)
        return torch.cat([i, f, g, o], dim=-1)

    model.words.weight.copy_(arrays["words.E"])
    model.score.weight.copy_(arrays["decoder.attention.v"][None])
    model.cell.weight_ih.copy_(gates(arrays["decoder.cell.W"]).t())
    model.cell.weight_hh.copy_(gates(arrays["decoder.cell.U"]).t())
    model.cell.bias_ih.copy_(gates(arrays["decoder.cell.b"]))
    for linear, W, b in [
        (model.keys, "decoder.attention.U", "decoder.attention.b"),
        (model.query, "decoder.attention.W", None),
        (model.gate, "decoder.gate.W", "decoder.gate.b"),
        (model.first_h, "decoder.initial.h.W", "decoder.initial.h.b"),
        (model.first_c, "decoder.initial.c.W", "decoder.initial.c.b"),
        (model.hidden, "decoder.hidden.W", "decoder.hidden.b"),
        (model.context, "decoder.context.W", None),
        (model.output, "output.W", "output.b"),
    ]:
        linear.weight.copy_(arrays[W].t())
        if b:
            linear.bias.copy_(arrays[b])
    return model
