"""Feature maps: what belongs together is pooled, spread and removed together."""

import pytest
import torch

from auditor.errors import AuditError
from auditor.inputs.features import FeatureMap, build_features, element_map
from auditor.plan.fields import FeaturesPlan


def test_a_grid_covers_an_image_whose_edge_is_no_multiple_of_the_patch():
    features, facts = build_features(FeaturesPlan(kind="grid", size=4), (3, 10, 6), "image")
    assert facts.grid == (3, 2) and features.spots == 6
    assert features.sizes[0].tolist() == [16, 8, 16, 8, 8, 4]
    assert features.names[0][3] == "patch 2,2"


def test_images_default_to_seven_patches_along_the_longer_edge():
    assert build_features(FeaturesPlan(), (1, 28, 28), "image")[1].grid == (7, 7)
    assert build_features(FeaturesPlan(), (3, 224, 160), "image")[1].grid == (7, 5)


def test_pooling_adds_or_averages_and_leaves_padding_out():
    features = element_map(torch.tensor([0, 0, 1, -1]))
    values = torch.tensor([[1.0, 2.0, 5.0, 100.0]])
    assert features.pool(values, "sum").tolist() == [[3.0, 5.0]]
    assert features.pool(values, "mean").tolist() == [[1.5, 5.0]]


def test_features_beyond_a_samples_count_are_nan():
    features = FeatureMap(torch.tensor([[0, 1, 2], [0, 0, -1]]), torch.tensor([3, 1]), (("a", "b", "c"), ("a", "", "")), 3)
    pooled = features.pool(torch.ones(2, 3), "sum")
    assert pooled[0].tolist() == [1, 1, 1]
    assert pooled[1, 0] == 2 and pooled[1, 1:].isnan().all()


def test_spreading_keeps_the_total():
    features = element_map(torch.tensor([[0, 0], [1, -1]]))
    spread = features.spread(torch.tensor([[4.0, 3.0]]))
    assert spread.tolist() == [[[2.0, 2.0], [3.0, 0.0]]]


def test_padding_is_never_removed():
    features = element_map(torch.tensor([0, 1, -1]))
    keep = torch.tensor([[True, False], [False, False]])
    assert features.element_keep(keep, torch.tensor([0, 0])).tolist() == [[True, False, True], [False, False, True]]


def test_one_feature_per_element_gives_the_same_mask_as_a_general_map():
    keep = torch.rand(5, 12, generator=torch.Generator().manual_seed(0)) < 0.5
    identity = element_map(torch.arange(12).reshape(3, 4))
    general = FeatureMap(identity.element.expand(5, 3, 4), torch.tensor([12] * 5), identity.names, 12)
    rows = torch.arange(5)
    assert torch.equal(identity.element_keep(keep, rows), general.element_keep(keep, rows))


@pytest.mark.parametrize("element", [torch.tensor([0, 2]), torch.tensor([-1, -1]), torch.tensor([0.0, 1.0])])
def test_indices_with_gaps_or_fractions_are_refused(element):
    with pytest.raises(AuditError):
        element_map(element)


def test_the_wrong_number_of_column_names_is_refused():
    with pytest.raises(AuditError, match="number of feature names"):
        build_features(FeaturesPlan(names=("a", "b")), (3,), "tabular")
