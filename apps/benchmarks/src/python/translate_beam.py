"""Beam search over many sentences at once, as PyTorch users write it: one topk for all hypotheses of a sentence, state
reordered by index_select. The same search as ours, without a length penalty, so that the scores can be compared.
"""

import torch
from torch.nn import functional

PAD, BEGIN, END = 0, 2, 3
NEVER = -1e30


def search(model, source, lengths, size, most):
    """source [S, N], lengths [N], the most words for each → for each sentence (ln p, words) of the best."""
    N = source.shape[1]
    memory, keys, mask, state = (rows.repeat_interleave(size, 0) for rows in model.encode(source, lengths))  # [N·K, …]
    V = model.vocabulary
    scores = torch.full((N, size), NEVER)
    scores[:, 0] = 0.0  # At first there is one hypothesis.
    words = torch.full((N * size,), BEGIN)
    written = [[[] for _ in range(size)] for _ in range(N)]
    finished = [[] for _ in range(N)]
    alive = list(range(N))  # The sentence of each group of K rows.
    for length in range(max(most) + 1):
        features, state, _ = model.step(model.target(words), state, memory, keys, mask)
        logs = functional.log_softmax(model.output(features), dim=1).view(len(alive), size, V)
        logs[:, :, PAD] = logs[:, :, BEGIN] = NEVER
        for group, sentence in enumerate(alive):
            if length >= most[sentence]:
                end = logs[group, :, END].clone()
                logs[group] = NEVER
                logs[group, :, END] = end
        best, flat = (scores[:, :, None] + logs).view(len(alive), size * V).topk(2 * size, dim=1)
        parents, tokens = (flat // V).tolist(), (flat % V).tolist()
        kept, rows, next_words, next_scores, next_alive = [], [], [], [], []
        for group, (sentence, values) in enumerate(zip(alive, best.tolist())):
            hypotheses = written[sentence]
            goes_on = []
            for rank, value in enumerate(values):
                if value <= NEVER / 2:
                    continue
                parent, token = parents[group][rank], tokens[group][rank]
                if token != END:
                    goes_on.append((value, parent, token))
                elif rank < size:
                    finished[sentence].append((value, hypotheses[parent]))
            goes_on = goes_on[:size]
            least = max((score for score, _ in finished[sentence]), default=NEVER)
            if not goes_on or goes_on[0][0] <= least:
                continue  # ln p only falls: nothing better can come.
            while len(goes_on) < size:
                goes_on.append((NEVER, goes_on[0][1], goes_on[0][2]))
            written[sentence] = [hypotheses[parent] + [token] for _, parent, token in goes_on]
            rows += [group * size + parent for _, parent, _ in goes_on]
            next_words += [token for _, _, token in goes_on]
            next_scores.append([value for value, _, _ in goes_on])
            next_alive.append(sentence)
            kept += range(group * size, (group + 1) * size)
        if not next_alive:
            break
        state = state.index_select(0, torch.tensor(rows))
        if len(next_alive) < len(alive):
            still = torch.tensor(kept)
            memory, keys, mask = (rows.index_select(0, still) for rows in (memory, keys, mask))
        words, scores, alive = torch.tensor(next_words), torch.tensor(next_scores), next_alive
    return [max(found, key=lambda pair: pair[0]) for found in finished]
