"""Weights, features and results that live ports hold in their own way are found, also where
another fault stands beside them, which is named alone."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DIFFERING = {
    "a_packed_block_with_another_activation": ["activation-replaced"],
    "a_packed_block_without_its_mask": ["mha-mask-missing"],
    "another_epsilon_behind_weights_of_ones_own": ["layernorm-epsilon"],
    "rows_of_a_table_cut_to_a_norm": ["embedding-max-norm"],
    "another_alpha_of_celu": ["elu-alpha"],
    "a_softplus_with_a_setting_that_keras_has_not": ["activation-replaced"],
    "a_layer_of_ones_own_in_the_place_of_another": [],
    "scores_scaled_otherwise_beside_a_buffer": ["mha-scale"],
    "a_normalisation_that_is_never_called": ["layer-missing"],
    "a_convolution_that_pads_itself_at_the_other_side": ["causal-padding"],
    "a_causal_convolution_cut_at_its_beginning": ["causal-padding"],
    "a_mask_of_a_number_that_is_lost": ["mask-zero"],
    "a_bound_behind_a_normalisation_that_is_lost": ["activation-replaced"],
    "another_divisor_than_a_lambda_has": ["output-scaling"],
    "a_shared_layer_called_once_less": ["layer-missing"],
    "padded_queries_that_attend": ["mask-zero"],
    "a_mask_that_is_lost_from_a_model_of_ones_own": ["mask-zero"],
    "a_mask_by_a_function_of_ones_own_that_is_lost": [],
    "a_bag_of_embeddings_that_is_summed": ["output-scaling"],
    "masked_steps_of_drawn_inputs_counted": ["mask-zero"],
    "another_epsilon_before_an_activation_and_an_empty_place": ["bn-epsilon"],
    "an_epsilon_in_float32_beside_another_activation": ["activation-replaced"],
    "a_table_that_keras_has_not": ["weights-extra"],
    "a_fault_that_is_not_known_behind_weights_that_their_rows_prove": [],
    "three_convolutions_in_one_and_another_activation_of_a_part": ["activation-replaced"],
    "three_convolutions_in_one_of_another_dilation": ["dilation"],
    "matrices_as_keras_has_them_and_a_product_with_another_value": [],
    "padding_at_another_position_in_a_longer_table": [],
    "an_lstm_written_out_with_another_activation": ["rnn-activations"],
    "an_lstm_written_out_that_gives_its_state_as_it_is": ["activation-missing"],
    "a_gru_whose_gate_keeps_what_it_should_let_through": ["rnn-gate"],
    "a_token_at_the_end_before_another_activation": ["gelu-approximate"],
    "layers_called_in_the_other_order": ["layers-exchanged"],
    "layers_called_in_turn": ["layers-exchanged"],
    "weights_of_a_layer_exchanged": ["layers-exchanged"],
    "queries_and_keys_exchanged": ["layers-exchanged"],
    "features_of_words_as_columns_before_another_activation": ["activation-replaced"] * 2,
    "another_activation_behind_many_sums": ["activation-replaced"],
    "signs_of_which_zero_has_another": [],
    "a_distant_bound_lost": [],
    "steps_without_a_zero": [],
    "a_faint_gelu_of_another_form": ["gelu-approximate"],
    "a_code_that_is_spread_twice_as_far": ["number"],
    "a_code_that_is_the_mean": ["layer-missing"],
    "a_dropout_that_is_to_be_never_off": ["layer-missing"],
    "a_layer_of_two_values_that_computes_something_else": ["number"],
    "statistics_of_all_for_those_of_each": ["norm-kind"] * 2,
    "a_norm_that_the_weight_of_the_port_never_exceeds": ["layer-extra"],
    "a_norm_that_is_cut_in_place_at_each_call": ["layer-extra"],
    "a_pruned_weight": ["layer-extra"],
    "an_orthogonal_weight": ["layer-extra"],
    "such_a_layer_and_a_norm": ["layer-extra"],
    "moments_of_rows_and_a_port_that_has_those_of_channels": ["bn-axis"],
    "moments_of_rows_without_a_scale_and_another_epsilon": ["bn-axis", "bn-epsilon"],
    "moments_of_a_whole_map_and_a_port_that_has_those_of_channels": ["layernorm-axes"],
    "moments_of_channels_and_a_port_that_has_those_of_a_whole_map": ["layernorm-axes"],
    "a_pooling_by_attention_without_its_softmax": ["softmax-missing"],
    "a_pooling_by_attention_without_its_bias": ["bias-missing"],
    "a_gate_that_does_not_add_its_bias": ["bias-missing"],
    "a_gated_unit_without_both_biases": ["bias-missing"],
    "a_gated_unit_that_does_what_no_cause_is_known_for": [],
    "a_unit_of_the_largest_of_three_others": [],
    "latents_that_are_normalised_with_another_epsilon": ["layernorm-epsilon"] * 2,
    "a_table_that_keras_has_not_beside_another_activation": [
        *("weights-extra", "gelu-approximate"),
    ],
    "flattened_frames_without_their_activation": ["activation-missing"],
    "frames_read_as_if_they_were_samples": ["axis-order"],
    "samples_read_as_if_they_were_frames": ["axis-order"],
    "heads_before_positions_and_a_softmax_over_another_axis": ["softmax-axis"],
    "more_heads_than_keras_has": ["mha-key-dim"],
    "attention_of_ones_own_by_a_module_that_takes_steps_first": ["mha-batch-first"],
    "attention_of_ones_own_by_a_module_of_more_heads": ["mha-key-dim"],
    "a_softplus_that_is_cut_off_earlier": ["activation-replaced"],
    "such_powers_that_are_cut_off": ["layer-extra"],
    "a_softmax_without_its_largest_value_taken_off": ["out-of-range"],
    "a_logarithm_of_a_softmax": ["out-of-range"],
    "a_layer_of_another_width_beside_what_no_cause_is_known_for": ["layer-width", "layer-inputs"],
    "a_layer_of_another_width_that_keras_has_not": [
        *("layer-width", "layer-extra", "activation-extra"),
    ],
}
OPEN = {
    "a_norm_that_keras_holds_in_training_alone",  # which weights that it has trained may fulfil
    "values_of_no_number_throughout",  # half of the values, on both sides alike
    "a_scale_that_is_the_exponential_of_keras_s",  # under the same name
    "parts_in_one_convolution_beside_a_part_that_is_lost",  # no width is another
}


@pytest.fixture(scope="module")
def found() -> dict[str, list[str]]:
    """What a script says that runs once, in a process of its own: verdicts, each with causes."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.live_placed"],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, list[str]] = json.loads(done.stdout.splitlines()[-1])
    return told


def test_right_ports_pass(found: dict[str, list[str]]) -> None:
    right = {name: told for name, told in found.items() if name not in {*DIFFERING, *OPEN}}
    assert right == {name: ["pass"] for name in right}
    assert len(right) > 7


def test_wrong_ports_differ_and_what_is_wrong_is_named_alone(found: dict[str, list[str]]) -> None:
    assert {name: found[name] for name in DIFFERING} == {
        name: ["differ", *causes] for name, causes in DIFFERING.items()
    }


def test_of_what_is_open_nothing_is_said(found: dict[str, list[str]]) -> None:
    assert {name: found[name] for name in OPEN} == {name: ["incomplete"] for name in OPEN}
