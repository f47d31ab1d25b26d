"""Ports written as other people write them: right ones pass, and of wrong ones the cause is named,
which makes them agree."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
DIFFERING = {
    "live_field": {
        "frames_normalised_with_another_epsilon": ["bn-epsilon"],
        "frames_normalised_over_time": ["bn-axis"],
        "another_activation_exported": ["activation-replaced"],
        "cells_returned_beside_what_the_lstm_gives": ["rnn-state"],
        "later_steps_masked_one_too_late": ["mha-mask-replaced"],
        "mask_of_an_input_lost": ["mha-mask-missing"],
        "decoder_that_begins_with_zeros": ["rnn-initial-state"],
        "decoder_whose_states_change_places": ["rnn-initial-state"],
        "first_step_repeated": ["rnn-last-step"],
        "gate_by_another_hard_sigmoid": ["hard-sigmoid"],
        "channels_shuffled_in_three_groups": ["groups"],
        "script_with_another_slope": ["leaky-relu-slope"],
        "trace_with_another_slope": ["leaky-relu-slope"],
        "script_inside": ["activation-replaced"],
        "lazy_normalisation_with_another_epsilon": ["bn-epsilon"],
    },
    "live_returned": {
        "first_head_twice": ["not-returned"],
        "one_head_alone": ["not-returned"],
        "deeper_head_twice": ["not-returned"],
        "heads_at_two_depths_exchanged": ["outputs-exchanged", "outputs-exchanged"],
        "zeros_returned": ["constant-returned"],
        "input_returned": ["input-returned"],
        "tripled_outside_torch": ["not-returned"],
        "one_of_two_sides_twice": ["wiring"],
        "cast_by_autocast": ["dtype"],
        "truths_by_another_number": ["number"],
    },
    "live_steps": {  # a port's own steps
        "gated_by_the_first_half": ["parts-exchanged"],
        "shift_and_scale": ["parts-exchanged"],
        "skip_spoilt_by_an_addition_in_place": ["changed-in-place"],
        "encoder_that_normalises_last": ["norm-first"],
        "positions_joined_where_they_are_interleaved": ["feature-order"],
        "window_of_half_the_places": [],
        "another_offset_in_a_logarithm": ["number"],
        "causal_on_a_square_padded_at_both_sides": ["causal-padding"],
        "scale_lost": ["layer-missing"],
        "complement_lost": ["layer-missing"],
        "joined_with_itself": ["wiring"],
        "multiplied_with_itself": ["wiring"],
        "skip_that_the_second_block_lost": ["layer-missing"],
        "skips_of_which_the_last_is_returned": ["wiring"],
        "skip_spoilt_through_a_view": ["changed-in-place"],
        "joined_behind_an_addition_in_place": ["changed-in-place"],
    },
    "live_lost": {
        "skip_lost": ["layer-missing"],
        "skip_from_in_front_of_the_normalisation": ["wiring"],
        "skip_behind_a_convolution_lost": ["layer-missing"],
        "likeness_not_divided_by_its_sums": ["layer-missing"],
        "zeros_for_a_reflection_of_ones_own": ["padding-mode"],
        "a_convolution_s_zeros_for_a_reflection_of_ones_own": ["padding-mode"],
        "another_epsilon_in_a_layer_that_no_symbol_enters": ["bn-epsilon"],
        "joined_with_itself": ["layer-missing"],
        "scores_not_scaled": ["mha-scale"],
        "scores_not_masked": ["mha-mask-missing"],
        "a_step_early": ["zeropadding-order", "other-places"],
        "positions_of_another_rate": ["table"],
        "positions_from_one_on": ["rows-shifted"],
        "cosines_before_sines": ["feature-order"],
        "statistics_lost": ["layer-missing"],
        "divided_by_the_variance": ["power"],
        "slopes_lost": ["activation-replaced"],
        "blocks_that_normalise_last_in_the_port": ["norm-first"],
        "blocks_that_normalise_first_in_the_port": ["norm-first"],
        "values_above_another_bound": ["number"],
        "steps_read_backwards": ["rnn-backwards"],
        "steps_read_backwards_and_turned_back": ["rnn-backwards"],
        "steps_that_begin_with_ones": ["rnn-initial-state"],
        "steps_of_keras_1": ["gru-reset-after"],
        "unbound_steps_with_other_gates": ["rnn-activations"],
        "a_policy_of_float16_beside_a_fault": ["activation-replaced"],
        "kernels_that_are_standardised_otherwise": [],
        "kernels_that_are_not_standardised": ["weight-function"] * 2,
        "a_normalisation_of_each_place_for_that_of_all": ["norm-kind"],
        "layers_that_part_values_and_join_them_beside_a_fault": ["activation-missing"],
        "a_layer_without_its_activation_inside": ["activation-missing"],
        "a_silu_for_a_quick_gelu_of_ones_own": ["activation-replaced"],
        "layers_that_cross_another_value": ["wiring"],
        "a_layer_that_lost_the_activation_it_ends_with": ["activation-missing"],
        "scores_of_a_layer_that_are_not_scaled": ["mha-scale"],
        "gates_behind_a_dense_with_the_activation_they_have": ["activation-missing"],
    },
    "live_equal_sizes": {
        "rows_for_columns": ["axis-order"],
        "rows_that_stay_columns": ["axis-order"],
        "rows_for_columns_and_an_activation_lost": ["activation-missing", "axis-order"],
        "convolutions_of_one_step_as_linears_with_another_activation": ["activation-replaced"],
        "a_cube_that_the_port_turns_and_pads_evenly": ["conv-same-stride"],
        "turns_around_a_dense_lost": ["axis-order"],
        "branches_joined_along_another_axis": ["concat-axis"],
        "branches_joined_the_other_way_round": ["merge-order"],
        "cube_turned_the_other_way": ["axis-order"],
        "gate_of_the_mean_of_another_axis": ["axis-order"],
        "turn_at_the_end_lost": ["axis-order"],
        "turned_at_the_end": ["axis-order"],
        "softmax_of_likeness_over_the_other_axis": ["axis-order"],
        "quarters_joined_in_another_order": ["other-places"],
        "rotary_by_neighbours": ["feature-order"],
        "rotary_by_other_waves": [],
        "two_masks_that_are_lost": ["mask-zero"],
        "a_mask_of_queries_that_is_lost": ["mask-zero"],
        "two_masks_that_are_lost_in_a_layer_of_ones_own": ["mask-zero"],
        "another_activation_behind_a_packed_sequence": ["activation-replaced"],
        "one_number_for_a_batch_taken_otherwise": ["merge-kind"],
        "another_activation_in_a_gate_by_functions_of_the_backend": ["activation-replaced"],
        "another_activation_of_nodes_that_the_model_holds_itself": ["activation-replaced"],
        "rotary_added_to_waves": ["layer-extra"],
    },
    "live_output": {
        "frames_pooled_by_the_average": ["pool-kind"],
        "frames_of_which_the_mean_is_taken": ["pool-kind"],
        "pairs_added": ["merge-kind"],
        "pairs_counted_twice": ["number"],
        "widths_that_are_positive_alone": ["weight-function"],
        "a_scale_that_a_skip_lost": ["output-scaling"] * 2,
        "noise_of_another_deviation": ["number"],
        "a_variance_for_a_mean": ["merge-order"],
        "cut_by_numpy": ["outside-torch"],
        "a_batch_for_each_channel_of_a_sample": ["norm-kind"],
        "each_channel_of_a_sample_for_groups": ["norm-kind"],
        "each_channel_of_a_sample_for_a_batch": ["norm-kind"],
        "a_batch_for_the_features_of_a_sample": ["norm-kind"],
    },
    "live_positions": {
        "made_on_the_way_cosines_first": ["feature-order"],
        "made_on_the_way_from_one_on": ["rows-shifted"],
        "in_an_attribute_and_joined": ["feature-order"],
        "ahead_cosines_first": ["feature-order"],
        "ahead_from_the_last_to_the_first": ["table"],
        "ahead_and_rolled": ["rows-shifted"],
        "rows_from_the_last_to_the_first": ["other-places"],
        "one_row_for_all": ["other-places"],
    },
    "live_heads": {
        "more_heads": ["mha-key-dim"],
        "fewer_heads_in_a_layer_of_ones_own": ["mha-key-dim"],
        "more_heads_of_packed_projections": ["mha-key-dim"],
        "padded_steps_that_attend_to_all_alike": ["mask-zero"],
        "padded_steps_that_attend_to_what_is_no_padding": ["mask-zero"],
    },
    "live_functions": {
        "the_rest_with_the_sign_of_what_is_divided": ["function-replaced"],
        "cut_off_for_rounded_down": ["function-replaced"],
        "divided_towards_zero": ["function-replaced"],
        "a_mean_for_a_median": ["function-replaced"],
        "a_maximum_for_a_smooth_one": ["function-replaced"],
        "a_product_for_a_sum": ["function-replaced"],
    },
    "live_lacking": {
        "a_layer_of_another_width_lost": ["layer-missing"],
        "two_layers_of_other_widths_lost": ["layer-missing"],
        "the_first_layer_lost": ["layer-missing"],
        "a_convolution_of_other_filters_lost": ["layer-missing"],
        "a_convolution_of_other_filters_that_keras_has_not": ["layer-extra"],
        "a_layer_of_another_width": ["layer-width"],
        "groups_that_are_lost": ["groups"],
        "groups_that_keras_has_not": ["groups"],
        "groups_of_a_function_that_are_lost": ["groups"],
        "filters_of_another_number_and_their_normalisation": ["layer-width"],
        "a_gate_of_another_width": ["layer-width"],
        "a_layer_in_two_and_another_activation": ["activation-replaced"],
        "states_of_another_width": ["layer-width"],
        "rows_of_another_width": ["layer-width"],
        "pictures_that_are_not_padded": ["padding-amount"],
        "pictures_of_each_second_place": ["stride"],
        "pictures_that_are_not_pooled": ["layer-missing"],
        "pictures_that_are_pooled_in_the_port_alone": ["layer-extra"],
        "pictures_of_other_windows": ["pool-size"],
        "pictures_seen_through_another_kernel": ["kernel-size"],
        "pictures_seen_through_another_kernel_that_is_padded": ["kernel-size"],
        "pictures_of_other_filters": ["layer-width"],
        "pictures_that_are_flattened_where_they_have_a_mean": ["layer-missing"],
    },
    "live_several": {
        "a_permutation_and_zeros_for_the_border": ["axis-order", "padding-mode"],
        "a_normalisation_of_features_and_a_stride": ["layer-missing", "stride"],
        "a_slope_and_the_colours": ["activation-missing", "channel-order"],
        "an_activation_of_features_and_a_maximum": ["activation-missing", "pool-kind"],
        "another_hard_sigmoid_written_out_and_another_bound": [
            *("hard-sigmoid", "activation-replaced"),
        ],
        "inputs_shifted_and_scaled_behind_a_bound": ["activation-extra", "input-normalisation"],
        "inputs_scaled_so_that_an_exponential_has_no_number": ["input-scaling"],
        "a_bias_and_a_softmax": ["bias-missing", "softmax-missing"],
        "a_normalisation_behind_a_scale": ["layer-missing"],
        "a_block_that_nobody_takes": ["wiring"],
        "a_softmax_behind_a_permutation": ["softmax-missing"],
        "a_stride_of_a_port_that_pads_by_a_word": ["stride"],
        "projections_without_biases": ["bias-missing"],
        "packed_projections_without_biases": ["bias-missing"],
        "normalised_projections_without_biases": ["bias-missing", "layer-extra"],
        "packed_normalised_projections_without_biases": ["bias-missing", "layer-extra"],
        "a_stack_of_the_input_and_a_layer_without_its_activation": ["activation-missing"],
    },
    "live_books": {
        "boxes_of_several_scales_that_are_not_turned": ["reshape-order", "reshape-order"],
        "first_steps_by_a_range_and_another_divisor": ["output-scaling"],
        "gates_of_two_inputs_and_another_activation": ["activation-replaced"] * 2,
        "words_with_their_mask_and_another_epsilon": ["layernorm-epsilon"],
    },
    "live_signals": {
        "a_window_that_is_symmetric": ["spectrum"],
        "frames_that_are_centred": ["spectrum"],
        "frames_that_are_normalised": ["spectrum"],
        "a_logarithm_of_another_offset": ["number"],
        "a_logarithm_that_is_cut_off": ["logarithm"],
        "a_transform_of_features_alone": ["spectrum"],
        "a_transform_of_another_scale": ["spectrum"],
        "the_size_of_a_transform": ["spectrum"],
        "an_average_of_ends_of_zeros": ["padding-mode"],
        "an_average_of_fewer_at_the_ends": ["padding-mode"],
        "words_that_each_begin_anew": ["rnn-state-lost"],
        "a_decoder_that_begins_with_the_encoder_s_states": ["rnn-initial-state"],
        "a_cell_of_ones_own_with_another_activation": ["rnn-activations"],
    },
    "live_generative": {
        "a_code_of_all_the_logarithm": ["number"],
        "an_image_in_a_style_with_another_epsilon": ["number"],
        "times_in_float32_cosines_first": ["merge-order"],
        "a_vector_of_two_parts_and_a_softmax_of_the_other_axis": ["softmax-axis"],
        "three_matrices_in_a_linear_and_another_scale": ["mha-scale"],
        "a_gate_of_what_was_there": ["wiring"],
        "a_gated_unit_that_is_normalised_by_itself": ["norm-first"],
    },
}

Found = tuple[dict[str, Any], dict[str, list[str]]]


@pytest.fixture(scope="module", params=DIFFERING)
def found(request: pytest.FixtureRequest) -> Found:
    """What a script says, which runs once in a process of its own, and what differs, and why."""
    done = subprocess.run(
        [sys.executable, "-m", f"tests.{request.param}"],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told, DIFFERING[request.param]


def test_right_ports_pass(found: Found) -> None:
    told, differing = found
    right = {name: one for name, one in told.items() if name not in differing}
    assert right == {name: ["pass", [], None] for name in right}
    assert right


def test_wrong_ports_differ_and_agree_with_the_causes_mended(found: Found) -> None:
    told, differing = found
    assert {name: told[name] for name in differing} == {
        name: ["differ", causes, True if causes else None] for name, causes in differing.items()
    }
