"""The report's ports, trained on a few digits: every reading of the same weights, and the costs."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from parity.course.reported import costs, folder, records, reproduction
from parity.course.reported.costs import End
from parity.course.reported.quirks import QUIRKS
from parity.course.reported.readings import lowest
from parity.course.reported.records import COURSE, NOISY, REPORT, UNDONE, WEIGHTED, Record
from parity.pairs import AS_REPORTED, select
from parity.records import variants
from parity.records.comparison import Array
from parity.records.results import Machine, Provenance, Side, Source
from parity.records.training import Variant
from parity.results.statistics import spread
from parity.sides import twin_file
from tests.small_runs import data, worker

NAMES = ("mlp", "cnn", "simple_ae", "conv_ae", "denoising_ae")
SIDE = Side("tensorflow", "cpu", "cpu")
PROVENANCE = Provenance({}, Machine("Linux", "p", 1), SIDE, SIDE, {}, Source())
TRAIN, TEST = 300, 140  # batches of 128, 128 and 44; of 128 and 12


class Silent:
    def planned(self, work: dict[str, float], samples: int) -> None:
        pass

    def seen(self, job: object, epoch: int, samples: int) -> None:
        pass

    def finished(self, run: object) -> None:
        pass


@pytest.fixture(scope="module")
def trained() -> dict[str, Record]:
    settings, few = reproduction.Settings(epochs=1), data(TRAIN, TEST)
    return {
        pair.name: reproduction.train(pair, worker("torch"), few, settings, PROVENANCE, Silent())
        for pair in select(list(NAMES), AS_REPORTED)
    }


def test_the_cnn_s_reported_accuracy_is_the_true_one_times_images_over_batches(
    trained: dict[str, Record],
) -> None:
    last = trained["cnn"].last
    assert last.test[REPORT].accuracy == pytest.approx(last.test[WEIGHTED].accuracy * TEST / 2)
    assert last.train[REPORT].accuracy == pytest.approx(last.train[WEIGHTED].accuracy * TRAIN / 3)
    assert last.test[REPORT].accuracy > 1


def test_a_reported_loss_is_the_mean_of_batch_means(trained: dict[str, Record]) -> None:
    last = trained["mlp"].last
    assert last.test[REPORT].loss != last.test[WEIGHTED].loss
    assert last.test[REPORT].accuracy == last.test[WEIGHTED].accuracy
    assert last.test[COURSE] == last.test[WEIGHTED], "of a classifier they are one"


def test_the_denoiser_is_reported_on_clean_images_and_read_on_noisy_ones(
    trained: dict[str, Record],
) -> None:
    record = trained["denoising_ae"]
    assert record.last.test[NOISY].loss != record.last.test[WEIGHTED].loss
    assert set(trained["conv_ae"].last.test) == {REPORT, WEIGHTED, COURSE}
    assert not np.array_equal(record.shown["outputs"], record.shown["clean_outputs"])


def test_the_floor_is_what_no_sigmoid_can_take_away(trained: dict[str, Record]) -> None:
    record, images = trained["simple_ae"], data(TRAIN, TEST).test_images
    x = (images / 255 - 0.1307) / 0.3081
    beyond = np.where(x < 0, -x, np.where(x > 1, x - 1, 0))
    floor = record.floors["test"]
    assert floor.own == pytest.approx(np.square(beyond).mean(), rel=1e-5)
    assert floor.course == 0
    assert floor.own < record.last.test[WEIGHTED].loss
    assert floor.outside == pytest.approx(((x < 0) | (x > 1)).mean(), abs=1e-4)


def test_the_floor_of_a_cross_entropy_is_the_entropy_of_the_greys() -> None:
    target = np.array([0.0, 0.5, 1.0])
    assert lowest("BCELoss", target) == pytest.approx(np.log(2) / 3)


def test_undone_reads_the_output_in_pixels(trained: dict[str, Record]) -> None:
    record = trained["simple_ae"]
    undone = record.shown["outputs"] * 0.3081 + 0.1307
    assert undone.max() < 0.44, "no pixel can be white"
    assert record.last.test[UNDONE].loss != record.last.test[COURSE].loss


def test_nothing_moves_the_normalisation_that_conv_ae_never_calls(
    trained: dict[str, Record],
) -> None:
    assert {name.rpartition(".")[0] for name in trained["conv_ae"].unmoved} == {
        "decoder.batch_norm"
    }
    assert trained["mlp"].unmoved == ()


def test_what_the_ports_do_to_images_is_what_the_recipe_says() -> None:
    images = data(TRAIN, TEST).test_images[:5]
    for pair in select(list(NAMES), AS_REPORTED):
        known = variants.variant("as_reported", pair.name)
        from_port = worker("torch").run(prepared, pair.torch, images)
        expected = variants.transform(images.reshape(5, -1).astype("float32") / 255, known)
        assert from_port.reshape(5, -1) == pytest.approx(expected, abs=1e-6), pair.name
        assert reproduction.definitions(pair.name).sd == Variant().sd


def prepared(module: str, images: Array) -> Array:
    return np.asarray(twin_file.read(module).prepare(images, "float32"))


def test_a_record_comes_back_as_it_was_written(trained: dict[str, Record], tmp_path: Path) -> None:
    records.write(tmp_path, trained["denoising_ae"])
    found = records.read(tmp_path, "denoising_ae")
    assert found is not None
    assert replace(found, shown={}) == replace(trained["denoising_ae"], shown={})
    assert found.shown.keys() == trained["denoising_ae"].shown.keys()
    assert records.read(tmp_path, "mlp") is None


@pytest.fixture(scope="module")
def of_two_seeds() -> Record:
    (pair,) = select(["simple_ae"], AS_REPORTED)
    settings = reproduction.Settings(epochs=1, seeds=2)
    return reproduction.train(
        pair, worker("torch"), data(TRAIN, TEST), settings, PROVENANCE, Silent()
    )


def test_a_second_seed_is_a_training_of_its_own_and_leaves_the_first_as_it_was(
    trained: dict[str, Record], of_two_seeds: Record, tmp_path: Path
) -> None:
    alone = trained["simple_ae"]
    assert of_two_seeds.seeds == (0, 1)
    assert [one.test for one in of_two_seeds.history] == [one.test for one in alone.history]
    (other,) = of_two_seeds.further
    assert other.history[0].test != alone.history[0].test, "its first weights are others"
    records.write(tmp_path, of_two_seeds)
    found = records.read(tmp_path, "simple_ae")
    assert found is not None
    assert found.further == of_two_seeds.further


def test_a_page_of_several_seeds_shows_how_far_they_lie_apart(
    of_two_seeds: Record, tmp_path: Path
) -> None:
    records.write(tmp_path, of_two_seeds)
    folder.make(tmp_path, tmp_path / "no-results")
    page = (tmp_path / "README.md").read_text(encoding="utf-8")
    histories = (of_two_seeds.history, of_two_seeds.further[0].history)
    losses = [history[-1].test[REPORT].loss for history in histories]
    assert f"| {np.mean(losses):.5f} ± {np.std(losses, ddof=1):.5f} |" in page
    assert "1 epochs, mean of 2 seeds" in page
    assert "**simple_ae**, seeds 0, 1" in page


def test_a_page_tells_what_every_quirk_costs(trained: dict[str, Record]) -> None:
    ours = {name: End(spread([0.1]), spread([0.9]), 10) for name in (*NAMES, "conv_transpose_ae")}
    for name in NAMES:
        record = trained[name]
        known = {quirk.id for quirk in QUIRKS[name]}
        assert set(costs.measured(record, ours)) <= known
        labels = [cost.label for cost in costs.together(record, ours)]
        assert any("the faithful port's test loss" in label for label in labels)
    floor = costs.measured(trained["simple_ae"], ours)["normalised-under-a-sigmoid"]
    assert 0 < next(c.value for c in floor if "is this floor" in c.label) < 1
    over = costs.measured(trained["cnn"], ours)["accuracy-over-batches"]
    assert [cost.value for cost in over][2] == pytest.approx(TEST / 2)


def test_the_folder_is_a_page_of_all_records(trained: dict[str, Record], tmp_path: Path) -> None:
    for name in ("cnn", "conv_ae"):
        records.write(tmp_path, trained[name])
    folder.make(tmp_path, tmp_path / "no-results")
    page = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert "## cnn" in page
    assert "## mlp" not in page
    assert "**floor-pooling** (model) [maxpool-same-odd]" in page
    assert "| reported accuracy, right answers a test batch |" in page
