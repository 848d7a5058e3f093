"""The task as a PyTorch user writes it: nn.Embedding, nn.LSTM or nn.GRU (or a cell of one's own), nn.Linear,
cross_entropy, backward, SGD.

"custom", the peephole LSTM, is a loop over time in Python. As peer "pytorch-compile" its loop over the whole sequence is one graph for torch.compile; nn.LSTM and nn.GRU call oneDNN
or ATen there as well, so that compiling changes only what surrounds them.
"""

import torch
from torch import nn
from torch.nn import functional
from torch_cnn import TorchCnn


class PeepholeLstm(nn.Module):
    """W [H, 4H], U [H, 4H], b [4H], gates i f o g; p [3H], peepholes of i f o."""

    def __init__(self, W, U, b, p, input_product):
        super().__init__()
        self.input_product = input_product
        self.W, self.U, self.b, self.p = (nn.Parameter(value) for value in (W, U, b, p))

    def forward(self, xs):
        time, batch, _ = xs.shape
        pi, pf, po = self.p.chunk(3)
        before = self.input_product == "before"
        if before:
            zx = torch.addmm(self.b, xs.flatten(0, 1), self.W).view(time, batch, -1)
        h = c = xs.new_zeros(batch, self.U.shape[0])
        outputs = []
        for t in range(time):
            zt = zx[t] if before else torch.addmm(self.b, xs[t], self.W)
            zi, zf, zo, zg = torch.addmm(zt, h, self.U).chunk(4, dim=1)
            i = torch.sigmoid(zi + pi * c)
            f = torch.sigmoid(zf + pf * c)
            c = f * c + i * torch.tanh(zg)
            o = torch.sigmoid(zo + po * c)
            h = o * torch.tanh(c)
            outputs.append(h)
        return torch.stack(outputs), None


def gate_rows(matrix, order):
    """[H, G·H] → [G·H, H], with the gates in another order."""
    gates = matrix.chunk(len(order), dim=-1)
    return torch.cat([gates[k] for k in order], dim=-1).t().contiguous()


def recurrent(cell, arrays, input_product):
    """A module from [T, B, H] to [T, B, H], and what keeps its second bias where the task has none."""
    H = arrays["E"].shape[1]
    W, U, b = arrays["W"], arrays["U"], arrays["b"]
    if cell == "custom":
        return PeepholeLstm(W, U, b, arrays["p"], input_product), lambda: None
    # Ours → PyTorch's: i f o g → i f g o, and z r n → r z n.
    order = [0, 1, 3, 2] if cell == "lstm" else [1, 0, 2]
    module = (nn.LSTM if cell == "lstm" else nn.GRU)(H, H)
    gates = b.chunk(len(order))
    second = torch.zeros_like(b)
    if cell == "gru":
        second[2 * H :] = arrays["bn"]
    with torch.no_grad():
        module.weight_ih_l0.copy_(gate_rows(W, order))
        module.weight_hh_l0.copy_(gate_rows(U, order))
        module.bias_ih_l0.copy_(torch.cat([gates[k] for k in order]))
        module.bias_hh_l0.copy_(second)
    # PyTorch has two biases for every gate. Only the GRU's last one is of use; the others would double b's updates.
    unused = 4 * H if cell == "lstm" else 2 * H
    return module, lambda: module.bias_hh_l0.grad[:unused].zero_()


class TorchStep:
    def __init__(self, task, arrays, compiled):
        tensors = {name: torch.from_numpy(array) for name, array in arrays.items()}
        V, H = tensors["E"].shape
        self.tokens = tensors["tokens"].long()
        self.targets = tensors["targets"].long().flatten()
        self.embedding = nn.Embedding(V, H)
        self.cell, self.keep_unused = recurrent(task["cell"], tensors, task["inputProduct"])
        self.output = nn.Linear(H, V)
        with torch.no_grad():
            self.embedding.weight.copy_(tensors["E"])
            self.output.weight.copy_(tensors["Wo"].t())
            self.output.bias.copy_(tensors["bo"])
        parameters = [*self.embedding.parameters(), *self.cell.parameters(), *self.output.parameters()]
        self.optimizer = torch.optim.SGD(parameters, lr=task["learningRate"])
        self.loss = torch.compile(self.loss_of) if compiled else self.loss_of

    def loss_of(self, tokens, targets):
        hs, _ = self.cell(self.embedding(tokens))
        return functional.cross_entropy(self.output(hs).flatten(0, 1), targets)

    def step(self):
        """One update; the loss before it."""
        self.optimizer.zero_grad()
        loss = self.loss(self.tokens, self.targets)
        loss.backward()
        self.keep_unused()
        self.optimizer.step()
        return loss.item()


class TorchMatmul:
    """a · b, to NumPy."""

    def __init__(self, arrays):
        self.a, self.b = torch.from_numpy(arrays["a"]), torch.from_numpy(arrays["b"])

    def step(self):
        with torch.inference_mode():
            return float((self.a @ self.b).numpy()[-1, -1])


class TorchSampling:
    """The next character, always the likeliest: nn.Embedding, nn.LSTM over one step, nn.Linear."""

    def __init__(self, task, arrays):
        self.model = TorchStep({**task, "cell": "lstm", "inputProduct": "step", "learningRate": 0}, arrays, False)
        H = task["H"]
        self.state = (torch.zeros(1, 1, H), torch.zeros(1, 1, H))
        self.token = 0

    def step(self):
        with torch.inference_mode():
            model = self.model
            h, self.state = model.cell(model.embedding(torch.tensor([[self.token]])), self.state)
            logits = model.output(h).flatten().numpy()
        self.token = int(logits.argmax())
        return float(logits[self.token])


def start(threads, compiled):
    """What runs, and the function that builds a step."""
    torch.set_num_threads(threads)
    version = ".".join(torch.__version__.split("+")[0].split(".")[:2])
    device = f"PyTorch {version} · {'torch.compile' if compiled else 'eager'} · CPU · {threads} thread{'s' if threads > 1 else ''}"

    def build(task, arrays):
        if task["work"] == "matmul":
            return TorchMatmul(arrays)
        if task["work"] == "cnn":
            return TorchCnn(task, arrays)
        return TorchSampling(task, arrays) if task["work"] == "sample" else TorchStep(task, arrays, compiled)

    return device, build
