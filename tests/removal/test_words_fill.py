"""Marginal draws for texts: words of another text in the place of removed ones; and the constants of the other fills."""

from collections import Counter

import numpy as np
import pytest
import torch

from auditor.errors import AuditError
from auditor.plan.fields import FillOptions
from auditor.plan.read import load_plan
from auditor.removal.material import Material, make_fill
from tests.removal.test_text_fills import IDS, KEEP, OWN, ROWS, text_batch
from tests.run import small

TEXTS = torch.tensor([[100, 101, -1, -1, -1], [200, 201, 202, 203, 204]])
FILLED = Material(None, words=TEXTS, draws=4, mask_id=3, pad_id=0)


def test_the_words_of_a_background_take_the_places_of_removed_ones_token_by_token():
    fill, batch = make_fill("marginal", FILLED, "text"), text_batch()
    expected = {  # the first text has one word of one token, one of two and one of one: four places
        100: [[1, 10, 101, 100, 13, 2, 0, 0], [1, 100, 101, 100, 101, 2, 0, 0]],
        200: [[1, 10, 201, 202, 13, 2, 0, 0], [1, 200, 201, 202, 203, 2, 0, 0]],
    }
    seen = set()
    for draw in range(4):
        found = fill.apply(batch, ROWS, KEEP, draw)
        first, second = found["input_ids"][:2].tolist()
        seen.add(second[1])
        assert [first, second] == expected[second[1]]
        assert found["input_ids"][2].tolist() == IDS[1].tolist()
        assert found["input_ids"][3].tolist() in ([1, 100, 21, 2, 0, 0, 0, 0], [1, 200, 21, 2, 0, 0, 0, 0])
        assert torch.equal(found["attention_mask"], OWN[ROWS])
    assert seen == {100, 200}


def test_a_case_meets_the_same_backgrounds_whatever_is_removed_and_each_text_equally_often():
    fill, batch = make_fill("marginal", FILLED, "text"), text_batch()
    none = torch.zeros(2, 3, dtype=torch.bool)
    first = [fill.apply(batch, torch.arange(2), none, draw)["input_ids"][:, 1].tolist() for draw in range(4)]
    one = torch.tensor([[False, True, True], [False, True, True]])
    again = [fill.apply(batch, torch.arange(2), one, draw)["input_ids"][:, 1].tolist() for draw in range(4)]
    assert first == again
    for case in zip(*first, strict=True):
        assert Counter(case) == {100: 2, 200: 2}


def test_it_says_what_it_is_and_its_digest_is_of_its_texts():
    fill = make_fill("marginal", FILLED, "text")
    assert fill.draws == 4 and "2 reference texts" in fill.description and "4 background texts" in fill.description
    other = make_fill("marginal", Material(None, words=TEXTS + 1, draws=4), "text")
    assert fill.sha256() != other.sha256()


ROWS_OF_IMAGES = torch.rand(20, 1, 16, 8, generator=torch.Generator().manual_seed(0))


def images(**options):
    return Material(ROWS_OF_IMAGES, options=FillOptions(**options).model_dump())


def test_the_constants_of_fills_default_to_the_published_ones():
    for name in ("blur", "noise", "road"):
        bare, plain = make_fill(name, Material(ROWS_OF_IMAGES), "image"), make_fill(name, images(), "image")
        assert bare.description == plain.description and bare.sha256() == plain.sha256()
    assert make_fill("blur", images(), "image").sigma == 5 and make_fill("road", images(), "image").noise == 0.01


def test_the_plan_sets_the_constants_and_the_descriptions_print_them():
    assert make_fill("blur", images(blur={"sigma": 2.5}), "image").sigma == 2.5
    wide = make_fill("blur", images(blur={"share": 0.25}), "image")
    assert wide.sigma == 4.0 and "standard deviation 4 " in wide.description
    road = make_fill("road", images(road={"noise": 0.2}), "image")
    assert road.noise == 0.2 and "standard deviation 0.2 " in road.description
    noise = make_fill("noise", images(noise={"low": -1, "high": 3}), "image")
    assert "between -1 and 3 in the tensor" in noise.description
    assert noise.low.tolist() == [[[-1]]] and noise.high.tolist() == [[[3]]]
    assert noise.sha256() != make_fill("noise", images(), "image").sha256()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("blur: {sigma: 2, share: 0.1}", "The blur has two widths."),
        ("noise: {low: 2, high: 1}", "The range of the fill `noise` is empty."),
        ("noise: {low: 2}", "The range of the fill `noise` has one end."),
        ("blur: {sigma: 0}", "fill_options.blur.sigma"),
        ("smooth: {sigma: 2}", "fill_options"),
    ],
)
def test_constants_that_make_no_sense_are_mistakes_of_the_plan(tmp_path, given, said):
    with pytest.raises(AuditError) as raised:
        load_plan(small.write(tmp_path, small.PLAN + f"fill_options: {{{given}}}\n"))
    assert said in str(raised.value)


def test_a_given_range_is_kept_to():
    from tests.observe.test_stability import batch

    fill = make_fill("noise", images(noise={"low": -1, "high": 3}), "image")
    cases = batch(ROWS_OF_IMAGES, torch.arange(128).reshape(16, 8))
    found = fill.apply(cases, torch.arange(20), torch.zeros(20, 128, dtype=torch.bool), 0)["x"].numpy()
    assert found.min() >= -1 and found.max() <= 3 and np.ptp(found) > 3.9
