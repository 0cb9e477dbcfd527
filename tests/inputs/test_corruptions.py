"""The corruptions against their definitions, written another way."""

import io

import numpy as np
import pytest
from PIL import Image
from scipy.stats import kstest

from auditor.inputs.corruptions import image, series, table, text
from auditor.inputs.corruptions.draw import Draw
from auditor.inputs.randomness import sample_keys
from auditor.plan.corruptions import CORRUPTIONS

PHOTO = np.random.default_rng(0).random((40, 56, 3))


def draw(name="noise", sample="a", seed=0):
    return Draw(sample_keys([sample]), name, seed)


def test_every_corruption_a_plan_can_list_has_its_function_and_the_other_way_round():
    made = {"image": image, "tabular": table, "text": text, "series": series}
    assert {kind: set(module.CORRUPTIONS) for kind, module in made.items()} == {k: set(own) for k, own in CORRUPTIONS.items()}


def test_noise_has_the_stated_deviation_and_is_normal_and_cut_to_the_range():
    x = np.full((100, 100, 3), 0.5)
    added = image.noise(x, 0.08, draw()) - x
    assert added.std() == pytest.approx(0.08, rel=0.02) and kstest(added.ravel() / 0.08, "norm").pvalue > 0.01
    strong = image.noise(x, 0.38, draw())
    assert strong.min() == 0 and strong.max() == 1


def test_a_sample_is_disturbed_the_same_whatever_stands_beside_it_and_otherwise_than_its_neighbour():
    first, again = image.noise(PHOTO, 0.1, draw()), image.noise(PHOTO, 0.1, draw())
    assert np.array_equal(first, again)
    for other in (draw(sample="b"), draw(seed=1), draw("jitter")):
        assert not np.array_equal(first, image.noise(PHOTO, 0.1, other))


def test_a_stronger_noise_is_the_weaker_one_stretched():
    x = np.full((8, 8, 1), 0.5)
    weak, strong = image.noise(x, 0.01, draw()) - x, image.noise(x, 0.03, draw()) - x
    assert np.allclose(strong, 3 * weak)


def test_blur_is_the_gaussian_sum_over_neighbours():
    sigma = 0.05 * 40
    reach = int(4 * sigma + 0.5)
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    weights /= weights.sum()
    padded = np.pad(PHOTO, ((reach, reach), (reach, reach), (0, 0)), mode="edge")
    rows = sum(w * padded[i : i + 40] for i, w in enumerate(weights))
    expected = sum(w * rows[:, i : i + 56] for i, w in enumerate(weights))
    assert np.allclose(image.blur(PHOTO, 0.05, draw()), expected, atol=1e-12)


def test_brightness_raises_the_value_and_keeps_hue_and_saturation():
    import colorsys

    made = image.brightness(PHOTO, 0.3, draw())
    for before, after in zip(PHOTO[::9, ::9].reshape(-1, 3), made[::9, ::9].reshape(-1, 3), strict=True):
        hue, saturation, value = colorsys.rgb_to_hsv(*before)
        assert after == pytest.approx(colorsys.hsv_to_rgb(hue, saturation, min(1, value + 0.3)))
    assert image.brightness(np.zeros((1, 1, 3)), 0.3, draw()).tolist() == [[[0.3, 0.3, 0.3]]]


def test_contrast_keeps_each_channels_mean_and_a_share_of_its_spread():
    made = image.contrast(PHOTO, 0.1, draw())
    assert made.mean(axis=(0, 1)) == pytest.approx(PHOTO.mean(axis=(0, 1)))
    assert made.std(axis=(0, 1)) == pytest.approx(0.1 * PHOTO.std(axis=(0, 1)))


def test_jpeg_is_what_pillow_reads_back_and_worse_with_severity():
    smooth = np.clip(image.blur(PHOTO, 0.03, draw()) * 3 - 1, 0, 1)
    sink = io.BytesIO()
    Image.fromarray(np.round(smooth * 255).astype(np.uint8)).save(sink, "JPEG", quality=25)
    assert np.array_equal(image.jpeg(smooth, 25, draw()), np.array(Image.open(sink)) / 255)
    errors = [np.square(image.jpeg(smooth, q, draw()) - smooth).mean() for q in CORRUPTIONS["image"]["jpeg"].amounts]
    assert errors == sorted(errors) and errors[0] < errors[-1]
    assert image.jpeg(smooth[..., :1], 25, draw()).shape == (40, 56, 1)


def test_typos_change_exactly_the_stated_number_of_letters_to_neighbouring_keys():
    said = "The quick brown fox jumps over the lazy dog, 42 times!"  # 40 letters
    letters = sum(c.isalpha() for c in said)
    for share, count in ((0.001, 1), (0.05, round(0.05 * letters)), (1.0, letters)):
        made = text.typos(said, share, draw("typos"))
        changed = [(a, b) for a, b in zip(said, made, strict=True) if a != b]
        assert len(changed) == count
        assert all(b.lower() in text.neighbours(a.lower()) and a.isupper() == b.isupper() for a, b in changed)


@pytest.mark.parametrize(("key", "near"), [("q", "aw"), ("g", "bfhtvy"), ("m", "jkn"), ("é", "")])
def test_neighbours_are_the_keys_that_touch(key, near):
    assert text.neighbours(key) == near


def test_letters_that_no_keyboard_row_has_become_other_letters_of_the_text():
    made = text.typos("привет", 0.5, draw("typos"))
    assert sum(a != b for a, b in zip("привет", made, strict=True)) == 3 and set(made) <= set("привет")
    assert text.typos("аааа", 0.5, draw("typos")) == "аааа" and text.typos("12 34", 0.5, draw("typos")) == "12 34"


def test_a_larger_severity_disturbs_what_the_smaller_one_does():
    said = " ".join(f"word{chr(97 + i)}" for i in range(20))
    kept = [set(text.dropped_words(said, share, draw("dropped_words")).split()) for share in (0.05, 0.2, 0.5)]
    assert [len(words) for words in kept] == [19, 16, 10] and kept[0] > kept[1] > kept[2]


def test_words_are_dropped_in_place_and_one_stays():
    assert text.dropped_words("a b", 1.0, draw("dropped_words")) in ("a ", "b")
    assert text.dropped_words("alone", 1.0, draw("dropped_words")) == "alone" and text.dropped_words("", 1, draw()) == ""


def test_casing_raises_the_stated_share_of_words_and_lowers_those_that_are_capitals():
    assert text.casing("one  TWO three", 1.0, draw("casing")) == "ONE  two THREE"
    made = text.casing("a b c d e f g h", 0.25, draw("casing"))
    assert sum(word.isupper() for word in made.split()) == 2 and made.lower() == "a b c d e f g h"
    assert text.casing("", 1.0, draw("casing")) == ""


def test_jitter_is_measured_by_each_channels_own_spread():
    x = np.stack([np.sin(np.arange(5000)), 100 * np.cos(np.arange(5000)), np.full(5000, 7.0)])
    added = series.jitter(x, 0.1, draw("jitter")) - x
    assert added.std(axis=1)[:2] == pytest.approx(0.1 * x.std(axis=1)[:2], rel=0.05) and not added[2].any()


def test_dropped_steps_show_the_last_kept_value():
    x = np.arange(20.0)[None].repeat(2, axis=0)
    made = series.dropout(x, 0.3, draw("dropout"))
    lost = made[0] != x[0]
    assert np.array_equal(made[0], made[1])
    last = x[0, ~lost][0]
    for step in range(20):
        last = x[0, step] if not lost[step] else last
        assert made[0, step] == last
    assert lost.sum() == 6
    assert np.array_equal(series.dropout(x[:, :1], 0.5, draw("dropout")), x[:, :1])


def test_a_shift_moves_by_whole_steps_either_way_and_holds_the_end():
    x = np.arange(10.0)[None]
    later, earlier = [0, 0, 0, *range(1, 8)], [*range(2, 10), 9, 9]
    found = {tuple(series.time_shift(x, 0.2, draw("time_shift", f"s{i}"))[0].astype(int)) for i in range(20)}
    assert found == {tuple(later), tuple(earlier)}


def test_of_a_table_exactly_the_stated_share_of_columns_is_disturbed():
    row = {f"c{i}": float(i) for i in range(10)}
    rows = [{name: 100.0 * j + value for name, value in row.items()} for j in range(1, 4)]
    columns = table.Columns(dict.fromkeys(row), {"c0": 2.0, "c9": 5.0}, len(rows), lambda key, i: rows[i])
    lost = table.missing(row, 0.3, draw("missing"), columns)
    assert sum(value is None for value in lost.values()) == 3 and list(lost) == list(row)
    swapped = table.swap(row, 0.5, draw("swap"), columns)
    moved = {name: value for name, value in swapped.items() if value != row[name]}
    assert len(moved) == 5 and all(any(value == other[name] for other in rows) for name, value in moved.items())
    assert len({value // 100 for value in moved.values()}) > 1  # drawn anew for each column
    noisy = [table.noise(row, 0.1, draw("noise", f"s{i}"), columns) for i in range(2000)]
    assert np.std([one["c9"] - 9 for one in noisy]) == pytest.approx(0.5, rel=0.06)
    assert np.std([one["c0"] for one in noisy]) == pytest.approx(0.2, rel=0.06)
    assert all(one["c1"] == 1 for one in noisy)
    assert table.noise({**row, "c0": None}, 0.1, draw(), columns)["c0"] is None
