"""What is said of a loss that is Keras's but for one thing."""

from parity.diagnose import losses_otherwise
from parity.records.interventions import LossOtherwise


def test_a_setting_of_the_loss_is_mended_by_the_one_that_keras_has() -> None:
    way = LossOtherwise("delta", value=0.5, keras=1.0)
    ((remedy,),) = (trial.remedies for trial in losses_otherwise.trials({way: []}))
    assert remedy.says == "delta is 0.5 in the port, 1 in Keras"
    assert remedy.fix == "delta=1"
