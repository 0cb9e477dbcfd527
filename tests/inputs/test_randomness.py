"""Counter-based randomness against a plain-integer splitmix64."""

import hashlib

import torch

from auditor.inputs.randomness import permutations, sample_keys, uniform

MASK = (1 << 64) - 1


def word(text):
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def mix(x):
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & MASK
    return x ^ (x >> 31)


def reference(name, purpose, seed, index):
    start = mix((mix(word(name) ^ word(purpose)) + word(f"seed {seed}")) & MASK)
    return (mix((start + 0x9E3779B97F4A7C15 * (index + 1)) & MASK) >> 11) * 2.0**-53


def test_uniforms_equal_a_plain_integer_splitmix64():
    names = ["a", "b", "sample 17"]
    drawn = uniform(sample_keys(names), "purpose", 3, (2, 5)).reshape(3, 10)
    expected = [[reference(name, "purpose", 3, i) for i in range(10)] for name in names]
    assert torch.equal(drawn, torch.tensor(expected, dtype=torch.float64))


def test_a_number_does_not_depend_on_other_samples_or_later_numbers():
    alone = uniform(sample_keys(["b"]), "p", 0, (4,))
    together = uniform(sample_keys(["a", "b", "c"]), "p", 0, (9,))
    assert torch.equal(alone[0], together[1, :4])


def test_purposes_and_seeds_give_unrelated_numbers():
    key = sample_keys([str(i) for i in range(4000)])
    one, other, third = (uniform(key, p, s, (1,))[:, 0] for p, s in (("p", 0), ("q", 0), ("p", 1)))
    for x, y in ((one, other), (one, third), (other, third)):
        assert abs(torch.corrcoef(torch.stack([x, y]))[0, 1]) < 0.05  # 3 standard errors of 4000 independent pairs
    assert abs(one.mean() - 0.5) < 0.015


def test_permutations_hold_every_number_once_and_all_orders_occur():
    orders = permutations(sample_keys([str(i) for i in range(600)]), "p", 0, 2, 3).reshape(-1, 3)
    assert torch.equal(orders.sort(dim=1).values, torch.arange(3).expand(1200, 3))
    counts = torch.unique(orders, dim=0, return_counts=True)[1]
    assert len(counts) == 6 and counts.min() > 140  # expected 200 each, standard deviation 13
