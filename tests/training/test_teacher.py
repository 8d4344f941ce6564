"""Teachers: which models a student may learn from, and that the served file teaches."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from rich.console import Console

from digitgan.contract.card import read_card, read_model_file
from digitgan.contract.latents import seeds_to_latents
from training.data import Dataset
from training.errors import RunRefused, TeacherRefused
from training.export import export
from training.graphs.sessions import GeneratorSession
from training.launch import launch
from training.recipes import digits, digits_small
from training.run import Options, Run
from training.teacher import Teacher, teacher_for

LABEL = np.arange(20) % 10


def test_teacher_draws_the_same_images_as_its_exported_file(teacher: Teacher, models_dir: Path) -> None:
    folder = models_dir / "digits" / "1"
    latent = seeds_to_latents(range(20), 74)
    (served,) = GeneratorSession(read_model_file(folder, read_card(folder))).run(latent, LABEL)
    drawn = teacher.draw(torch.from_numpy(latent[:, :64]), torch.from_numpy(LABEL))
    assert drawn.shape == (20, 28, 28)
    assert drawn.min() >= -1 and drawn.max() <= 1
    np.testing.assert_array_equal(((drawn.numpy() + 1) * 127.5).round().astype(np.uint8), served)


def test_shipped_student_has_the_latents_of_its_teacher(models_dir: Path) -> None:
    taught_by = teacher_for(digits_small.RECIPE, models_dir / "digits" / "1")
    assert taught_by is not None
    assert taught_by.reference.sha256 == read_card(models_dir / "digits" / "1").file.sha256


def test_recipe_without_distillation_refuses_a_teacher(models_dir: Path) -> None:
    assert teacher_for(digits.RECIPE, None) is None
    with pytest.raises(TeacherRefused, match="recipe 'digits' has no teacher"):
        teacher_for(digits.RECIPE, models_dir / "digits" / "1")


def test_student_without_a_teacher_is_refused_with_a_hint() -> None:
    with pytest.raises(TeacherRefused, match="name its folder, for example --teacher exported/digits/1"):
        teacher_for(digits_small.RECIPE, None)


def test_teacher_with_other_latents_is_refused_with_both_sizes(models_dir: Path) -> None:
    with pytest.raises(TeacherRefused, match=r"100 style components and 0 classes; .* have 64 and 10"):
        Teacher(models_dir / "mlp" / "1").check(digits_small.RECIPE)


def test_teacher_that_does_not_match_its_card_is_refused(models_dir: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(models_dir / "digits" / "1", tmp_path / "1")
    content = bytearray((folder / "model.onnx").read_bytes())
    content[1000] ^= 1
    (folder / "model.onnx").write_bytes(content)
    with pytest.raises(TeacherRefused, match=r"the teacher is not usable: .*sha256"):
        Teacher(folder)
    with pytest.raises(TeacherRefused, match=r"the teacher is not usable: .*card.json"):
        Teacher(tmp_path)


def test_run_records_its_teacher_and_refuses_another_on_resume(
    teacher: Teacher, sample: Dataset, tmp_path: Path
) -> None:
    run = Run(tmp_path)
    options = Options(seed=1, iterations=1, budget_s=None, threads=1, data="sample")
    run.begin(digits_small.RECIPE, options, sample, 0, teacher.reference)
    assert run.read()["teacher"] == {"model": "digits", "version": "1", "sha256": teacher.card.file.sha256}
    run.begin(digits_small.RECIPE, options, sample, 0, teacher.reference)
    other = teacher.reference.model_copy(update={"sha256": "0" * 64})
    with pytest.raises(RunRefused, match=r"another teacher \(sha256: [0-9a-f]{64}, not 0{64}\)"):
        run.begin(digits_small.RECIPE, options, sample, 0, other)


@pytest.mark.usefixtures("short_measurements")
def test_student_card_contains_the_sha256_of_its_teacher(models_dir: Path, tmp_path: Path) -> None:
    options = Options(seed=1, iterations=2, budget_s=None, threads=1, data="sample")
    run, console = Run(tmp_path / "run"), Console(quiet=True)
    taught_by = models_dir / "digits" / "1"
    code = launch(
        digits_small.RECIPE,
        options,
        run,
        data_dir=None,
        teacher_dir=taught_by,
        resumes=False,
        console=console,
        watches=False,
    )
    assert code == 0
    card = read_card(export(run, tmp_path, "1", judge=None))
    assert card.model == "digits-small"
    assert card.multiply_adds is not None and card.multiply_adds <= 1_500_000
    assert card.teacher is not None and card.teacher.sha256 == read_card(taught_by).file.sha256
    with pytest.raises(TeacherRefused, match="name its folder"):
        launch(digits_small.RECIPE, options, run, data_dir=None, resumes=True, console=console)
