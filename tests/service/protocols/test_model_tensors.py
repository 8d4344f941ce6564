"""How input tensors become a plan."""

import numpy as np
import pytest

from digitgan.contract.errors import InvalidPlan
from service.protocols.model_tensors import metadata, plan_of
from tests.cards import a_card


def test_models_without_classes_have_no_labels() -> None:
    said = metadata(a_card(), ["1", "2"])
    assert {each.name for each in said.inputs} == {"latent", "seed", "truncation"}
    assert {each.name: each.shape for each in said.outputs} == {"image": [-1, 2, 3], "png": [-1]}
    with pytest.raises(InvalidPlan, match="no input 'label'"):
        plan_of({"seed": np.array([1]), "label": np.array([1])}, a_card(), 8)


def test_truncation_must_be_the_same_for_all_rows() -> None:
    seeds = np.array([1, 2])
    assert plan_of({"seed": seeds, "truncation": np.array([0.5, 0.5], np.float32)}, a_card(), 8).truncation == 0.5
    for wrong in ([0.5, 0.6], [np.nan], [2.5], [1, 1, 1]):
        with pytest.raises(InvalidPlan, match="'truncation'"):
            plan_of({"seed": seeds, "truncation": np.array(wrong, np.float32)}, a_card(), 8)


def test_latents_must_be_finite() -> None:
    with pytest.raises(InvalidPlan, match="finite"):
        plan_of({"latent": np.full((1, 4), np.inf, np.float32)}, a_card(), 8)
